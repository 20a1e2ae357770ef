/* recycle: see recycle.h. */
#include "supervisor/recycle.h"

#define TO(state, action)                                  \
	{                                                  \
		true, RECYCLE_##state, RECYCLE_DO_##action \
	}
#define CELL(event) [RECYCLE_ON_##event]

/* A cell that is missing here is a mistake of ours when it is reached.  What a worker can cause
 * at any moment (READY, PASSED, IDLE, BROKEN, SICK, its death) is therefore written out in every
 * state that has a process, if only to say that nothing happens. */
static const struct recycle_cell table[RECYCLE_STATE_COUNT][RECYCLE_EVENT_COUNT] =
    {
	[RECYCLE_EMPTY] =
	    {
		CELL(START) = TO(STARTING, SPAWN),
		CELL(RETIRE) = TO(EMPTY, NOTHING),
		CELL(CUT) = TO(EMPTY, NOTHING),
	    },
	[RECYCLE_STARTING] =
	    {
		CELL(READY) = TO(STARTING, TEST),
		CELL(PASSED) = TO(STANDBY, ADMIT),
		CELL(RETIRE) = TO(STOPPING, STOP),
		CELL(CUT) = TO(STOPPING, STOP),
		CELL(IDLE) = TO(STARTING, NOTHING),
		CELL(BROKEN) = TO(STOPPING, KILL),
		CELL(SICK) = TO(STOPPING, KILL),
		CELL(LATE) = TO(STOPPING, KILL),
		CELL(DIED) = TO(RESTING, REST),
	    },
	[RECYCLE_STANDBY] =
	    {
		CELL(READY) = TO(STANDBY, NOTHING),
		CELL(PASSED) = TO(STANDBY, ADMIT),
		CELL(PROMOTE) = TO(SERVING, SERVE),
		CELL(RETIRE) = TO(STOPPING, STOP),
		CELL(CUT) = TO(STOPPING, STOP),
		CELL(IDLE) = TO(STANDBY, NOTHING),
		CELL(BROKEN) = TO(STOPPING, KILL),
		CELL(SICK) = TO(STOPPING, KILL),
		CELL(LATE) = TO(STOPPING, KILL),
		CELL(DIED) = TO(RESTING, REST),
	    },
	[RECYCLE_SERVING] =
	    {
		CELL(READY) = TO(SERVING, NOTHING),
		CELL(PASSED) = TO(SERVING, NOTHING),
		CELL(RETIRE) = TO(DRAINING, DRAIN),
		CELL(CUT) = TO(STOPPING, CUT),
		CELL(IDLE) = TO(SERVING, NOTHING),
		CELL(BROKEN) = TO(SERVING, REPLACE),
		CELL(SICK) = TO(STOPPING, KILL),
		CELL(DIED) = TO(RESTING, REST),
	    },
	[RECYCLE_DRAINING] =
	    {
		CELL(READY) = TO(DRAINING, NOTHING),
		CELL(PASSED) = TO(DRAINING, NOTHING),
		CELL(RETIRE) = TO(DRAINING, NOTHING),
		CELL(CUT) = TO(STOPPING, CUT),
		CELL(IDLE) = TO(STOPPING, STOP),
		CELL(BROKEN) = TO(DRAINING, NOTHING),
		CELL(SICK) = TO(STOPPING, KILL),
		CELL(LATE) = TO(STOPPING, CUT),
		CELL(LEFT) = TO(EMPTY, BURY),
		CELL(DIED) = TO(RESTING, REST),
	    },
	[RECYCLE_STOPPING] =
	    {
		CELL(READY) = TO(STOPPING, NOTHING),
		CELL(PASSED) = TO(STOPPING, NOTHING),
		CELL(RETIRE) = TO(STOPPING, NOTHING),
		CELL(CUT) = TO(STOPPING, NOTHING),
		CELL(IDLE) = TO(STOPPING, STOP),
		CELL(BROKEN) = TO(STOPPING, NOTHING),
		CELL(SICK) = TO(STOPPING, NOTHING),
		CELL(LATE) = TO(STOPPING, ESCALATE),
		CELL(LEFT) = TO(EMPTY, BURY),
		CELL(DIED) = TO(RESTING, REST),
	    },
	[RECYCLE_RESTING] =
	    {
		CELL(START) = TO(STARTING, SPAWN),
		CELL(RETIRE) = TO(EMPTY, FORGET),
		CELL(CUT) = TO(EMPTY, FORGET),
		CELL(LATE) = TO(EMPTY, FORGET),
	    },
};

struct recycle_cell
recycle_step(enum recycle_state s, enum recycle_event e)
{
	return table[s][e];
}

#define X(id, word, deadline) [RECYCLE_##id] = {word, deadline},
static const struct {
	const char *word, *deadline;
} states[] = {RECYCLE_STATES(X)};
#undef X

#define X(id, what) [RECYCLE_ON_##id] = {#id, what},
static const struct {
	const char *word, *text;
} events[] = {RECYCLE_EVENTS(X)};
#undef X

#define X(id, what) [RECYCLE_DO_##id] = {#id, what},
static const struct {
	const char *word, *text;
} actions[] = {RECYCLE_ACTIONS(X)};
#undef X

const char *
recycle_state_name(enum recycle_state s)
{
	return states[s].word;
}

const char *
recycle_state_deadline(enum recycle_state s)
{
	return states[s].deadline;
}

const char *
recycle_event_name(enum recycle_event e)
{
	return events[e].word;
}

const char *
recycle_event_text(enum recycle_event e)
{
	return events[e].text;
}

const char *
recycle_action_name(enum recycle_action a)
{
	return actions[a].word;
}

const char *
recycle_action_text(enum recycle_action a)
{
	return actions[a].text;
}

bool
recycle_alive(enum recycle_state s)
{
	return s != RECYCLE_EMPTY && s != RECYCLE_RESTING;
}

static unsigned
failures_at(const struct recycle_tally *t, struct mono now)
{
	if (mono_set(t->rested) && mono_ms(t->rested, now) >= RECYCLE_FORGIVEN_MS)
		return 0;
	return t->failures;
}

static int64_t
rest_after(unsigned failures, int64_t backoff, int64_t max)
{
	int64_t rest = backoff;

	if (failures <= 1)
		return 0;
	for (unsigned i = 2; i < failures && rest < max; i++)
		rest *= 2;
	return rest < max ? rest : max;
}

int64_t
recycle_tally_next(const struct recycle_tally *t, struct mono now, int64_t backoff, int64_t max)
{
	return rest_after(failures_at(t, now) + 1, backoff, max);
}

int64_t
recycle_tally_add(struct recycle_tally *t, struct mono now, int64_t backoff, int64_t max)
{
	int64_t rest = recycle_tally_next(t, now, backoff, max);

	t->failures = failures_at(t, now) + 1;
	t->rested = mono_add(now, rest);
	return rest;
}
