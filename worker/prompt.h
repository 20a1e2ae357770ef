/* prompt: what callers hear, read from WAV files; libsndfile's room.
 * Must not know: codecs, who plays it. */
#ifndef EVERTRUNK_PROMPT_H
#define EVERTRUNK_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "ipc/base/text.h"

/* The longest call.greeting_max, and what a late tick may add to it. */
enum { PROMPT_MAX_SECONDS = 601 };

struct prompt {
	int16_t *samples; /* malloced, 8 kHz */
	size_t n;
};

/* Reads `path`: WAV, 8000 Hz, mono, 16-bit PCM, at most PROMPT_MAX_SECONDS.  0 and *ret (give it
 * to prompt_free()), or -errno with one line for the operator in `why`. */
int prompt_load(const char *path, struct prompt *ret, struct buf *why);
void prompt_free(struct prompt *p);

#endif
