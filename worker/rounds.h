/* rounds: whose turn it is among many that have to be looked at again and again: each once within
 * `interval`, evenly spread; out of turn whoever something has just been put into; and one try at a
 * time while nobody can be looked at.
 * Pure: what became of a look and the time in, whose turn it is out.
 * Must not know: what is looked at, and how.
 *
 * The first round goes as fast as `rate` allows, the first one after an outage too. */
#ifndef EVERTRUNK_ROUNDS_H
#define EVERTRUNK_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/clock.h"

#define ROUNDS_NONE UINT32_MAX

enum {
	ROUNDS_HURRIES = 512,   /* out of turn at a time; who does not fit waits for its turn */
	ROUNDS_REFUSED_MAX = 10 /* refused one after another, or all: nobody can be looked at */
};

enum rounds_result {
	ROUNDS_SEEN,
	ROUNDS_REFUSED, /* this one cannot be looked at */
	ROUNDS_OUTAGE   /* nobody can */
};

enum rounds_state {
	ROUNDS_UNKNOWN, /* nobody has been looked at yet */
	ROUNDS_UP,
	ROUNDS_DOWN /* nobody can be looked at */
};

struct rounds;

/* `interval` in ms; never more than `rate` looks a second.  NULL: out of memory. */
struct rounds *rounds_new(int64_t interval, uint32_t rate);
void rounds_free(struct rounds *r); /* NULL is fine */
/* There are `n` now, numbered from 0: a first round begins.  An outage goes on. */
void rounds_begin(struct rounds *r, uint32_t n, struct mono now);
/* Whose turn it is; ROUNDS_NONE: nobody's, and *ret_wait is how many ms until it is somebody's, -1:
 * never. */
uint32_t rounds_next(struct rounds *r, struct mono now, int64_t *ret_wait);
/* What became of the look at whom rounds_next() said. */
void rounds_done(struct rounds *r, enum rounds_result result, struct mono now);
/* Something is on its way to `i`: it is looked at after 1.5, 6 and 20 s, too. */
void rounds_hurry(struct rounds *r, uint32_t i, struct mono now);
enum rounds_state rounds_state(const struct rounds *r);

#endif
