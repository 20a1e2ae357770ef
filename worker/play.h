/* play: sound that is ready to be sent: encoded once, in both laws, in whole packets of 20 ms.
 * Must not know: RTP, what is said when. */
#ifndef EVERTRUNK_PLAY_H
#define EVERTRUNK_PLAY_H

#include "ipc/base/text.h"
#include "worker/sdp.h"

struct play {
	uint8_t *codes[SDP_CODECS]; /* NULL: nothing */
	size_t n;                   /* bytes of each */
};

/* Encodes `n` samples of 8 kHz.  0 or -ENOMEM. */
int play_samples(struct play *p, const int16_t *samples, size_t n);
/* The words of a WAV file.  0, or -errno with one line for the operator in `why`. */
int play_load(struct play *p, const char *path, struct buf *why);
/* The record tone, and silence.  0 or -ENOMEM. */
int play_tone(struct play *p, int64_t ms);
int play_quiet(struct play *p, int64_t ms);
void play_free(struct play *p);

#endif
