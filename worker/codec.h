/* codec: G.711 to samples and back, loss concealment, tones, digits heard in the sound.
 * spandsp's room.  One struct codec per call.  Must not know: RTP, who hears it. */
#ifndef EVERTRUNK_CODEC_H
#define EVERTRUNK_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/jitter.h"
#include "worker/sdp.h"

struct codec;

/* NULL when out of memory. */
struct codec *codec_new(void);
void codec_free(struct codec *c); /* NULL is fine */

/* One byte is one sample. */
void codec_decode(enum sdp_codec law, const uint8_t *in, size_t n, int16_t *out);
void codec_encode(enum sdp_codec law, const int16_t *in, size_t n, uint8_t *out);
/* The byte that stands for zero. */
uint8_t codec_zero(enum sdp_codec law);

/* Fills the milliseconds that the frame does not have with what probably was there (fading out
 * within 50 ms), and smooths the joint when the sound comes back. */
void codec_conceal(struct codec *c, struct jitter_frame *frame);

/* Listens for digits in the sound: only for peers without telephone-event.  Returns how many were
 * heard, written to `out`. */
size_t codec_listen(struct codec *c, const int16_t *samples, size_t n, char *out, size_t cap);

/* `n` samples of a sine at `hz` and `dbm0`. */
void codec_tone(unsigned hz, int dbm0, int16_t *out, size_t n);

#endif
