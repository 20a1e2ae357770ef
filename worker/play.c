/* play: see play.h. */
#include "worker/play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worker/codec.h"
#include "worker/prompt.h"

enum { PACKET = 160, SAMPLES_PER_MS = 8, TONE_HZ = 1000, TONE_DBM0 = -10 };

int
play_samples(struct play *p, const int16_t *samples, size_t n)
{
	const size_t all = (n + PACKET - 1) / PACKET * PACKET;

	*p = (struct play){.n = all};
	for (unsigned law = 0; law < SDP_CODECS; law++) {
		p->codes[law] = malloc(all > 0 ? all : 1);
		if (p->codes[law] == NULL) {
			play_free(p);
			return -ENOMEM;
		}
		codec_encode((enum sdp_codec)law, samples, n, p->codes[law]);
		memset(p->codes[law] + n, codec_zero((enum sdp_codec)law), all - n);
	}
	return 0;
}

int
play_load(struct play *p, const char *path, struct buf *why)
{
	struct prompt words = {0};
	int e = prompt_load(path, &words, why);

	*p = (struct play){0};
	if (e != 0)
		return e;
	e = play_samples(p, words.samples, words.n);
	if (e != 0)
		buf_printf(why, "%s: out of memory", path);
	prompt_free(&words);
	return e;
}

static int
made(struct play *p, int64_t ms, bool sound)
{
	const size_t n = (size_t)ms * SAMPLES_PER_MS;
	int16_t *samples = calloc(n + 1, sizeof(*samples));
	int e;

	if (samples == NULL)
		return -ENOMEM;
	if (sound)
		codec_tone(TONE_HZ, TONE_DBM0, samples, n);
	e = play_samples(p, samples, n);
	free(samples);
	return e;
}

int
play_tone(struct play *p, int64_t ms)
{
	return made(p, ms, true);
}

int
play_quiet(struct play *p, int64_t ms)
{
	return made(p, ms, false);
}

void
play_free(struct play *p)
{
	for (unsigned law = 0; law < SDP_CODECS; law++)
		free(p->codes[law]);
	*p = (struct play){0};
}
