/* prompt: see prompt.h. */
#include "worker/prompt.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 8000 };

static int
check_format(const char *path, const SF_INFO *info, struct buf *why)
{
	bool wav = (info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV ||
		   (info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAVEX;
	bool pcm16 = (info->format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16;
	if (!wav || !pcm16 || info->samplerate != RATE || info->channels != 1) {
		buf_printf(why,
			   "%s: %s%s, %d Hz, %d channel%s; needed is WAV, 16-bit PCM, 8000 Hz, 1 "
			   "channel (sox IN -r 8000 -c 1 -b 16 OUT.wav makes one)",
			   path, wav ? "WAV" : "not WAV",
			   pcm16 ? ", 16-bit PCM" : ", not 16-bit PCM", info->samplerate,
			   info->channels, info->channels == 1 ? "" : "s");
		return -EINVAL;
	}
	if (info->frames == 0 || info->frames > (sf_count_t)PROMPT_MAX_SECONDS * RATE) {
		buf_printf(why, "%s: %lld s long; needed is more than 0 and at most %d s", path,
			   (long long)(info->frames / RATE), PROMPT_MAX_SECONDS);
		return -EINVAL;
	}
	return 0;
}

static int
read_samples(const char *path, SNDFILE *file, sf_count_t frames, struct prompt *ret,
	     struct buf *why)
{
	int16_t *samples = malloc((size_t)frames * sizeof(*samples));
	if (samples == NULL) {
		buf_printf(why, "%s: out of memory", path);
		return -ENOMEM;
	}
	sf_count_t got = sf_readf_short(file, samples, frames);
	if (got != frames) {
		buf_printf(why, "%s: ends after %lld of %lld samples", path, (long long)got,
			   (long long)frames);
		free(samples);
		return -EIO;
	}
	*ret = (struct prompt){samples, (size_t)frames};
	return 0;
}

int
prompt_load(const char *path, struct prompt *ret, struct buf *why)
{
	SF_INFO info = {0};
	errno = 0;
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	if (file == NULL) {
		int e = errno;
		buf_printf(why, "%s: %s", path, e != 0 ? strerror(e) : sf_strerror(NULL));
		return e != 0 ? -e : -EINVAL;
	}
	int e = check_format(path, &info, why);
	if (e == 0)
		e = read_samples(path, file, info.frames, ret, why);
	sf_close(file);
	return e;
}

void
prompt_free(struct prompt *p)
{
	free(p->samples);
	*p = (struct prompt){0};
}
