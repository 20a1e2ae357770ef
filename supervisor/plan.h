/* plan: what to do next with the two slots, as one decision at a time.
 * Pure: the states of both slots and the wishes go in, one act comes out; pool.c carries it out
 * and asks again until there is nothing left to do.  That at most one worker is active, at most
 * one drains and a third never exists follows from here, and a test walks every combination.
 * Must not know: processes, time, SIP, who wishes. */
#ifndef EVERTRUNK_PLAN_H
#define EVERTRUNK_PLAN_H

#include <stdbool.h>

#include "supervisor/recycle.h"

struct plan_slot {
	enum recycle_state state;
	bool stale;        /* its program or configuration has changed since it was started */
	bool testing;      /* a self-test call is being made */
	bool tested;       /* one was passed since the order may be carried out */
	bool insist;       /* a person has asked since it began to rest: it rests no longer */
	unsigned failures; /* in a row: the slot with fewer is tried first */
};

struct plan_in {
	struct plan_slot slot[2];
	bool standby;    /* recycle.standby: keep a successor ready */
	bool order;      /* a recycle is wanted: a successor is needed */
	bool may_switch; /* and it waits for nothing but the successor */
	bool now;        /* the calls of the old one are not waited for */
	bool ending;     /* all workers are to leave */
	bool ending_now; /* and their calls are cut */
};

/*	  id       with .slot */
#define PLAN_ACTS(X)                                                         \
	X(NOTHING, "nothing to do until something happens")                  \
	X(START, "start a worker here")                                      \
	X(TEST, "make a fresh self-test call to this standby")               \
	X(PROMOTE, "nobody serves: this standby takes over at once")         \
	X(SWITCH, "this tested standby takes over from the one that serves") \
	X(RETIRE, "this one is to leave; a serving one drains first")        \
	X(CUT, "this one is to leave at once, its calls are hung up")

enum plan_act {
#define X(id, what) PLAN_##id,
	PLAN_ACTS(X)
#undef X
	    PLAN_ACT_COUNT
};

struct plan {
	enum plan_act act;
	unsigned slot;
};

struct plan plan_next(const struct plan_in *in);

#endif
