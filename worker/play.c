/* play: see play.h. */
#include "worker/play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/codec.h"
#include "worker/prompt.h"

enum { PACKET = 160, SAMPLES_PER_MS = 8, TONE_HZ = 1000, TONE_DBM0 = -10 };

static int
encode(struct play *p, const int16_t *samples, size_t n, struct buf *why)
{
	for (unsigned law = 0; law < SDP_CODECS; law++) {
		p->codes[law] = malloc(n > 0 ? n : 1);
		if (p->codes[law] == NULL) {
			play_free(p);
			buf_str(why, "prompts: out of memory");
			return -ENOMEM;
		}
		codec_encode((enum sdp_codec)law, samples, n, p->codes[law]);
	}
	p->n = n;
	return 0;
}

int
play_load(struct play *p, const struct play_words *from, int64_t tone_ms, struct buf *why)
{
	struct prompt words = {0};
	*p = (struct play){0};
	if (from->path[0] != '\0') {
		buf_printf(why, "%s: ", from->key);
		int e = prompt_load(from->path, &words, why);
		if (e != 0)
			return e;
		why->n = 0; /* nothing to say after all */
	}
	int e = 0;
	size_t tone = (size_t)tone_ms * SAMPLES_PER_MS;
	size_t all = (words.n + tone + PACKET - 1) / PACKET * PACKET;
	int16_t *samples = calloc(all + 1, sizeof(*samples));
	if (samples == NULL) {
		buf_str(why, "prompts: out of memory");
		e = -ENOMEM;
	} else {
		if (words.n > 0)
			memcpy(samples, words.samples, words.n * sizeof(*samples));
		codec_tone(TONE_HZ, TONE_DBM0, samples + words.n, tone);
		e = encode(p, samples, all, why);
	}
	free(samples);
	prompt_free(&words);
	return e;
}

void
play_free(struct play *p)
{
	for (unsigned law = 0; law < SDP_CODECS; law++)
		free(p->codes[law]);
	*p = (struct play){0};
}
