/* jitter: puts the received samples of one call back on the time line (RFC 3550 timestamps).
 * Pure.  The clock is the pull: one frame of 20 ms is taken out per tick, whatever came in.
 * A ring of samples addressed by timestamp, so that the sender's packet time, order and repeats
 * need no thought.  It holds back 40 ms at first, with lateness more, up to the limit.
 * It never shortens speech to get faster again: this is for recording, nobody waits for it.
 * Must not know: codecs, sockets, loss concealment. */
#ifndef EVERTRUNK_JITTER_H
#define EVERTRUNK_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JITTER_FRAME_MS = 20, JITTER_FRAME = 160, JITTER_ALL = (1 << JITTER_FRAME_MS) - 1 };

struct jitter;

struct jitter_frame {
	int16_t sample[JITTER_FRAME];
	uint32_t have; /* bit i: millisecond i was received; the samples of others are zero */
};

enum jitter_put {
	JITTER_IN_TIME,
	JITTER_STRETCHED, /* it was late, the play-out has waited for it */
	JITTER_LATE,      /* what follows it was heard already, or the limit is reached: dropped */
	JITTER_REPEATED,  /* known already: dropped */
	JITTER_FAR        /* far off the time line: dropped, unless the sender goes on there */
};

/* `max_ms`: the most it may hold back.  NULL when out of memory. */
struct jitter *jitter_new(unsigned max_ms);
void jitter_free(struct jitter *j); /* NULL is fine */
/* Forgets everything: another source, or the end of a hold. */
void jitter_reset(struct jitter *j);
/* Takes `n` samples beginning at timestamp `ts` (whole milliseconds of them). */
enum jitter_put jitter_put(struct jitter *j, uint32_t ts, const int16_t *samples, size_t n);
/* The next 20 ms. */
void jitter_pull(struct jitter *j, struct jitter_frame *ret);
/* At the end of a tick: lets go of what is held back beyond the limit (the sender's clock is
 * faster than ours, or a burst came).  Returns the milliseconds that were dropped. */
unsigned jitter_settle(struct jitter *j);
/* Milliseconds from the next frame to the newest sample. */
unsigned jitter_held(const struct jitter *j);

#endif
