/* play: the greeting and the tone behind it, encoded once for all calls and both laws.
 * Must not know: RTP. */
#ifndef EVERTRUNK_PLAY_H
#define EVERTRUNK_PLAY_H

#include "ipc/base/text.h"
#include "worker/sdp.h"

struct play {
	uint8_t *codes[SDP_CODECS];
	size_t n; /* bytes of each, whole packets of 20 ms */
};

/* A prompt's file and the key that names it, for errors. */
struct play_words {
	const char *key, *path;
};

/* Reads the words (path "": none) and adds `tone_ms` of tone (0: none).  0, or -errno with one line
 * for the operator in `why`. */
int play_load(struct play *p, const struct play_words *words, int64_t tone_ms, struct buf *why);
void play_free(struct play *p);

#endif
