/* recycle: THE table of a slot's life, state x event, and the arithmetic of rests.
 * Pure: no socket, clock, log or memory.  slot.c looks a cell up, takes its state and carries out
 * its action; docs/recycling.md shows the same table and a test compares the two.
 * Must not know: the other slot (that is plan.c), processes, SIP. */
#ifndef EVERTRUNK_RECYCLE_H
#define EVERTRUNK_RECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/clock.h"

/*	  id         word        its deadline (LATE) */
#define RECYCLE_STATES(X)                                                  \
	X(EMPTY, "EMPTY", "none")                                          \
	X(STARTING, "STARTING", "worker.start_timeout")                    \
	X(STANDBY, "STANDBY", "a fresh self-test call, while one is made") \
	X(SERVING, "SERVING", "none")                                      \
	X(DRAINING, "DRAINING", "recycle.drain")                           \
	X(STOPPING, "STOPPING", "worker.stop_grace, at each of its steps") \
	X(RESTING, "RESTING", "the rest: 0, then recycle.backoff and its doubles")

enum recycle_state {
#define X(id, word, deadline) RECYCLE_##id,
	RECYCLE_STATES(X)
#undef X
	    RECYCLE_STATE_COUNT
};

/*	  id       what has happened */
#define RECYCLE_EVENTS(X)                                                   \
	X(START, "a worker is wanted in this slot")                         \
	X(READY, "the worker says that it is ready")                        \
	X(PASSED, "it has answered the self-test call")                     \
	X(PROMOTE, "it is to get the new calls")                            \
	X(RETIRE, "it is to get no new call any more")                      \
	X(CUT, "the same, and its calls are to be hung up")                 \
	X(IDLE, "its last call has ended")                                  \
	X(BROKEN, "its channel is closed or carries nonsense")              \
	X(SICK, "it missed its probes, its heartbeats or a self-test call") \
	X(LATE, "the deadline of the state has passed")                     \
	X(LEFT, "the process has ended, as it was told to")                 \
	X(DIED, "the process has ended otherwise, or never began")

enum recycle_event {
#define X(id, what) RECYCLE_ON_##id,
	RECYCLE_EVENTS(X)
#undef X
	    RECYCLE_EVENT_COUNT
};

/*	  id        what is done about it */
#define RECYCLE_ACTIONS(X)                                                       \
	X(NOTHING, "nothing")                                                    \
	X(SPAWN, "start a worker of the next generation")                        \
	X(TEST, "make the self-test call")                                       \
	X(ADMIT, "note the passed test")                                         \
	X(SERVE, "give it the new calls")                                        \
	X(REPLACE, "order a recycle: this worker can no longer be led")          \
	X(DRAIN, "tell it that no new call comes")                               \
	X(CUT, "tell it to hang up, then to leave when the last call has ended") \
	X(STOP, "tell it to leave")                                              \
	X(ESCALATE, "after the hang-up tell it to leave; then TERM; then KILL")  \
	X(KILL, "KILL to its process group, and remember the failure")           \
	X(BURY, "hang up what it left, close its ledger")                        \
	X(REST, "the same, and rest by the tally of failures")                   \
	X(FORGET, "the rest is over")

enum recycle_action {
#define X(id, what) RECYCLE_DO_##id,
	RECYCLE_ACTIONS(X)
#undef X
	    RECYCLE_ACTION_COUNT
};

/* One cell.  `defined` is false for a cell that only a mistake of our own can reach; nothing that
 * a worker says or fails to say leads there. */
struct recycle_cell {
	bool defined;
	enum recycle_state next;
	enum recycle_action action;
};

struct recycle_cell recycle_step(enum recycle_state s, enum recycle_event e);

const char *recycle_state_name(enum recycle_state s);
const char *recycle_state_deadline(enum recycle_state s);
const char *recycle_event_name(enum recycle_event e);
const char *recycle_event_text(enum recycle_event e);
const char *recycle_action_name(enum recycle_action a);
const char *recycle_action_text(enum recycle_action a);

/* Whether a process may exist in this state. */
bool recycle_alive(enum recycle_state s);

/* Failures of one slot in a row.  Ten minutes without one, counted from the end of the last rest,
 * forgive what was before. */
#define RECYCLE_FORGIVEN_MS (10 * 60 * 1000)
struct recycle_tally {
	unsigned failures;
	struct mono rested; /* when the last rest ends or ended */
};
/* One more failure at `now`: returns how many ms to rest: nothing after the first, then `backoff`,
 * doubling up to `max`. */
int64_t recycle_tally_add(struct recycle_tally *t, struct mono now, int64_t backoff, int64_t max);
/* What the next failure at `now` would cost; changes nothing. */
int64_t recycle_tally_next(const struct recycle_tally *t, struct mono now, int64_t backoff,
			   int64_t max);

#endif
