/* plan: see plan.h. */
#include "supervisor/plan.h"

static const struct plan nothing = {PLAN_NOTHING, 0};

static bool
has(const struct plan_in *in, enum recycle_state s, unsigned *ret_slot)
{
	for (unsigned i = 0; i < 2; i++) {
		if (in->slot[i].state == s) {
			*ret_slot = i;
			return true;
		}
	}
	return false;
}

static struct plan
plan_end(const struct plan_in *in)
{
	for (unsigned i = 0; i < 2; i++) {
		enum recycle_state s = in->slot[i].state;

		if (s == RECYCLE_EMPTY || s == RECYCLE_STOPPING)
			continue;
		if (in->ending_now)
			return (struct plan){PLAN_CUT, i};
		if (s != RECYCLE_DRAINING)
			return (struct plan){PLAN_RETIRE, i};
	}
	return nothing;
}

/* Whether a worker may be started in slot `i` now. */
static bool
free_slot(const struct plan_in *in, unsigned i)
{
	const struct plan_slot *s = &in->slot[i];

	return s->state == RECYCLE_EMPTY || (s->state == RECYCLE_RESTING && in->order && s->insist);
}

/* Nobody serves: the first that can takes over.  No fresh test: a caller is waiting. */
static struct plan
plan_outage(const struct plan_in *in)
{
	unsigned slot;
	bool a = free_slot(in, 0), b = free_slot(in, 1);

	if (has(in, RECYCLE_STANDBY, &slot))
		return (struct plan){PLAN_PROMOTE, slot};
	if (has(in, RECYCLE_STARTING, &slot) || (!a && !b))
		return nothing;
	if (a && b)
		slot = in->slot[1].failures < in->slot[0].failures ? 1 : 0;
	else
		slot = b ? 1 : 0;
	return (struct plan){PLAN_START, slot};
}

/* One serves, and `o` is the other slot; no recycle is wanted. */
static struct plan
plan_standby(const struct plan_in *in, unsigned o)
{
	const struct plan_slot *s = &in->slot[o];

	if (s->state == RECYCLE_EMPTY && in->standby)
		return (struct plan){PLAN_START, o};
	if (s->state != RECYCLE_STARTING && s->state != RECYCLE_STANDBY)
		return nothing;
	if (s->stale || !in->standby)
		return (struct plan){PLAN_RETIRE, o};
	return nothing;
}

/* One serves and is to be replaced by a worker in slot `o`. */
static struct plan
plan_succession(const struct plan_in *in, unsigned o)
{
	const struct plan_slot *s = &in->slot[o];

	if (free_slot(in, o))
		return (struct plan){PLAN_START, o};
	if (s->state == RECYCLE_DRAINING && in->now)
		return (struct plan){PLAN_CUT, o};
	if (s->state != RECYCLE_STARTING && s->state != RECYCLE_STANDBY)
		return nothing;
	if (s->stale)
		return (struct plan){PLAN_RETIRE, o};
	if (s->state == RECYCLE_STARTING || !in->may_switch || s->testing)
		return nothing;
	return (struct plan){s->tested ? PLAN_SWITCH : PLAN_TEST, o};
}

struct plan
plan_next(const struct plan_in *in)
{
	unsigned active;

	if (in->ending)
		return plan_end(in);
	if (!has(in, RECYCLE_SERVING, &active))
		return plan_outage(in);
	return in->order ? plan_succession(in, 1 - active) : plan_standby(in, 1 - active);
}
