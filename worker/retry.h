/* retry: what becomes of an item after a try, and how long everything waits when nobody takes
 * anything.
 * Pure.  Must not know: how a message is delivered, what an item is. */
#ifndef EVERTRUNK_RETRY_H
#define EVERTRUNK_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/clock.h"

/* How a try went.  OUTAGE is LATER for a reason that every other item would meet too: no
 * connection, a full disk. */
enum outcome { OUTCOME_DELIVERED, OUTCOME_LATER, OUTCOME_OUTAGE, OUTCOME_NEVER };

enum fate { FATE_DONE, FATE_AGAIN, FATE_BAD };

/* Milliseconds from the `tries`-th failed try (from 1) to the next: 30 s, 1, 2, 5, 10 min, and 10
 * min from then on. */
int64_t retry_pause(unsigned tries);
/* What an item comes to that has been in the queue for `age_s` seconds; `expire_ms` is
 * mail.expire. */
enum fate retry_fate(enum outcome o, int64_t age_s, int64_t expire_ms);

/* The gate: after an OUTAGE one item at a time is tried, as the schedule says, until one goes. */
struct retry_gate {
	unsigned failures; /* in a row; 0: open */
	struct mono until; /* shut */
	struct mono tried;
};

/* Whether a try may be made; *ret_until says when, if not. */
bool retry_gate_open(const struct retry_gate *g, struct mono now, struct mono *ret_until);
/* A new message has come: it may knock, though not more than once in 10 s. */
void retry_gate_knock(struct retry_gate *g, struct mono now);
/* Takes notice of a try.  True: the gate has just opened, what waited for it can go now. */
bool retry_gate_tried(struct retry_gate *g, enum outcome o, struct mono now);

#endif
