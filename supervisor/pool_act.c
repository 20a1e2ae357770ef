/* pool_act: decides by plan.c what is to be done with the two slots, does it, and keeps the view.
 * Part of the room pool; see pool_inner.h. */
#include <stdio.h>

#include "supervisor/pool_inner.h"

/* A self-test call that was passed so lately needs no other before a switch. */
#define FRESH_MS 2000

int
pool_serving(const struct pool *p)
{
	for (int i = 0; i < 2; i++)
		if (p->slot[i].state == RECYCLE_SERVING)
			return i;
	return -1;
}

struct slot *
pool_active(struct pool *p)
{
	int i = pool_serving(p);

	return i < 0 ? NULL : &p->slot[i];
}

bool
pool_reaches(const struct pool *p, uint32_t generation)
{
	for (int i = 0; i < 2; i++)
		if (p->slot[i].generation == generation && p->slot[i].link &&
		    recycle_alive(p->slot[i].state))
			return true;
	return false;
}

struct slot *
pool_other(struct pool *p, const struct slot *s)
{
	return &p->slot[1 - s->index];
}

/* --- the view --- */

/* Nobody serves, but somebody will before held calls must be answered. */
static bool
is_expected(const struct pool *p, const struct slot *s)
{
	const struct conf *c = p->env.conf;
	struct mono now = loop_now(p->env.loop);

	if (s->state == RECYCLE_STARTING)
		return mono_ms(s->started, now) < c->limits.hold;
	/* killed by us, and to be started again the moment it is dead */
	return s->state == RECYCLE_STOPPING && s->failed &&
	       recycle_tally_next(&s->tally, now, c->recycle.backoff, c->recycle.backoff_max) == 0;
}

static void
view_slots(struct pool *p)
{
	p->view.active = 0;
	p->view.expected = false;
	for (unsigned i = 0; i < 2; i++) {
		const struct slot *s = &p->slot[i];
		struct pool_slot_view *v = &p->view.slot[i];

		v->generation = recycle_alive(s->state) ? s->generation : 0;
		v->takes_sip = slot_takes_sip(s);
		v->sip = slot_address(s);
		if (s->state == RECYCLE_SERVING) {
			p->view.active = s->generation;
			p->view.active_slot = (uint8_t)i;
		}
		p->view.expected = p->view.expected || is_expected(p, s);
	}
	p->view.expected = p->view.expected && p->view.active == 0 && !p->ending;
	p->view.failing = p->env.counts.failed_in_row > 1;
}

/* Brings the view up to date and tells the rest of the house. */
static void
publish(struct pool *p)
{
	uint32_t before = p->view.active;
	unsigned moved = 0;

	view_slots(p);
	if (p->view.active != before)
		moved = p->hooks.active_changed(p->hooks.arg, before, p->view.active);
	if (p->switching)
		pool_ledger_switched(p, moved);
	/* the dead come last: what could be moved to another worker is not hung up */
	for (int i = 0; i < 2; i++) {
		struct corpse c = p->corpse[i];

		p->corpse[i] = (struct corpse){0};
		if (c.generation)
			pool_ledger_bury(p, &c);
	}
}

/* --- deciding and acting --- */

static struct plan
next_act(struct pool *p)
{
	struct mono now = loop_now(p->env.loop);
	bool person = p->order.pending && p->order.ledger.reason == REASON_OPERATOR;
	struct plan_in in = {
	    .standby = p->env.conf->recycle.standby,
	    .order = p->order.pending,
	    .may_switch = pool_order_may_switch(p),
	    .now = p->order.pending && p->order.how == RECYCLE_NOW,
	    .ending = p->ending,
	    .ending_now = p->ending_now,
	};

	for (int i = 0; i < 2; i++) {
		const struct slot *s = &p->slot[i];

		in.slot[i] = (struct plan_slot){
		    .state = s->state,
		    .stale = s->stale,
		    /* one whose channel has just been shut is dying, or will be */
		    .testing = s->test.step != SELFTEST_NONE || s->hung_up,
		    .tested = mono_set(s->tested) && mono_ms(s->tested, now) <= FRESH_MS,
		    .insist = person && s->since.ns < p->order.asked.ns,
		    .failures = s->tally.failures,
		};
	}
	return plan_next(&in);
}

static void
act_start(struct pool *p, struct slot *s)
{
	if (!pool_active(p))
		slot_start(s, "nobody serves");
	else
		slot_start(s, p->order.pending ? "successor" : "standby");
}

static void
act_switch(struct pool *p, struct slot *new)
{
	struct slot *old = pool_other(p, new);
	bool now = p->order.how == RECYCLE_NOW;
	char why[LEDGER_TEXT];

	snprintf(why, sizeof(why), "takes over from generation %u", old->generation);
	slot_event(new, RECYCLE_ON_PROMOTE, why);
	pool_order_switched(p, old, new);
	snprintf(why, sizeof(why), "generation %u has taken over%s", new->generation,
		 now ? ", and no call is waited for" : "");
	slot_event(old, now ? RECYCLE_ON_CUT : RECYCLE_ON_RETIRE, why);
}

static void
act_retire(struct pool *p, struct slot *s, enum recycle_event e)
{
	const char *why = "recycle.standby is off";

	if (p->ending)
		why = "the supervisor stops";
	else if (e == RECYCLE_ON_CUT)
		why = "recycle --now";
	else if (s->stale)
		why = "its program or configuration has changed";
	slot_event(s, e, why);
}

static void
carry_out(struct pool *p, struct plan plan)
{
	struct slot *s = &p->slot[plan.slot];

	switch (plan.act) {
	case PLAN_START: act_start(p, s); break;
	case PLAN_TEST: slot_retest(s); break;
	case PLAN_PROMOTE:
		slot_event(s, RECYCLE_ON_PROMOTE, "nobody else serves");
		pool_ledger_rescue(p, s);
		break;
	case PLAN_SWITCH: act_switch(p, s); break;
	case PLAN_RETIRE: act_retire(p, s, RECYCLE_ON_RETIRE); break;
	case PLAN_CUT: act_retire(p, s, RECYCLE_ON_CUT); break;
	case PLAN_NOTHING:
	case PLAN_ACT_COUNT: break;
	}
}

/* A relieved worker without calls leaves. */
static bool
let_idle_leave(struct pool *p)
{
	bool left = false;

	for (int i = 0; i < 2; i++) {
		struct slot *s = &p->slot[i];
		bool waits = s->state == RECYCLE_DRAINING ||
			     (s->state == RECYCLE_STOPPING && s->step == STEP_CUT);

		if (waits && slot_calls(s) == 0) {
			slot_event(s, RECYCLE_ON_IDLE, "its last call has ended");
			left = true;
		}
	}
	return left;
}

/* What a worker is that must be replaced without being asked for by the clock. */
static void
replace_unfit(struct pool *p)
{
	struct slot *s = pool_active(p);

	if (s && s->unled)
		pool_order_trigger(p, REASON_PROTOCOL, s->failed_text);
	else if (s && s->stale)
		pool_order_trigger(p, REASON_CONFIGURATION, "");
}

/* A first failure rests for no time at all: what follows, follows now. */
static void
end_rests(struct pool *p)
{
	for (int i = 0; i < 2; i++) {
		struct slot *s = &p->slot[i];

		if (s->state == RECYCLE_RESTING && mono_due(s->deadline, loop_now(p->env.loop)))
			slot_event(s, RECYCLE_ON_LATE,
				   s->rest ? "rested" : "a first failure needs no rest");
	}
}

static void
settle_once(struct pool *p)
{
	struct plan plan;

	end_rests(p);
	do {
		replace_unfit(p);
		while ((plan = next_act(p)).act != PLAN_NOTHING) {
			/* somebody serves: what a dead worker left is not kept waiting for
			 * the start of a standby */
			if (plan.act == PLAN_START && pool_serving(p) >= 0)
				publish(p);
			carry_out(p, plan);
			publish(p);
		}
	} while (let_idle_leave(p));
	publish(p);
}

void
pool_settle(struct pool *p)
{
	p->again = true;
	if (p->settling || !p->started)
		return;
	p->settling = true;
	while (p->again) {
		p->again = false;
		settle_once(p);
	}
	p->settling = false;
	pool_notify_move(p);
	pool_watch_arm(p);
	if (p->news) {
		p->news = false;
		p->hooks.changed(p->hooks.changed_arg);
	}
}
