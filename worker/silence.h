/* silence: how loud a frame is, and for how long nothing has been said.
 * Pure.  Levels in dBm0 as ITU-T G.711 means it: a full-scale sine is +3.14.
 * A frame or two above the threshold are a click on the line; voice is at least three in a row. */
#ifndef EVERTRUNK_SILENCE_H
#define EVERTRUNK_SILENCE_H

#include <stddef.h>
#include <stdint.h>

struct silence {
	int64_t loud;      /* mean square at the threshold */
	unsigned in_a_row; /* loud frames */
	uint32_t idle_ms;  /* since the last voice */
	uint32_t voice_ms; /* from the beginning to the end of the last voice */
	uint32_t total_ms;
};

/* Begins to count; below `dbm0` it is silence. */
void silence_begin(struct silence *s, int dbm0);
/* Takes a frame of `n` samples at 8 kHz. */
void silence_take(struct silence *s, const int16_t *samples, size_t n);
/* Nothing could be heard for a while (hold): the idle time begins anew. */
void silence_restart(struct silence *s);
/* The level of a frame; -96 for digital silence. */
double silence_level(const int16_t *samples, size_t n);

#endif
