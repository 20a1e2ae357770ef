/* test_plan: every combination of two slots and wishes, and long random lives driven through the
 * real table: never two active, never two draining, never a third worker, never an endless plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "supervisor/plan.h"
#include "tests/unit/dice.h"

#define EMPTY    RECYCLE_EMPTY
#define STARTING RECYCLE_STARTING
#define STANDBY  RECYCLE_STANDBY
#define SERVING  RECYCLE_SERVING
#define DRAINING RECYCLE_DRAINING
#define STOPPING RECYCLE_STOPPING
#define RESTING  RECYCLE_RESTING

static struct plan_in
slots(enum recycle_state a, enum recycle_state b)
{
	struct plan_in in = {.standby = true};

	in.slot[0].state = a;
	in.slot[1].state = b;
	return in;
}

static void
expect(const struct plan_in *in, enum plan_act act, unsigned slot)
{
	struct plan p = plan_next(in);

	assert_int_equal(p.act, act);
	if (act != PLAN_NOTHING)
		assert_int_equal(p.slot, slot);
}

static void
an_outage_ends_as_fast_as_it_can(void **state)
{
	struct plan_in in = slots(EMPTY, EMPTY);

	(void)state;
	expect(&in, PLAN_START, 0);
	in.slot[0].failures = 1;
	expect(&in, PLAN_START, 1);
	in = slots(EMPTY, DRAINING);
	expect(&in, PLAN_START, 0);
	in = slots(STOPPING, STANDBY);
	expect(&in, PLAN_PROMOTE, 1);
	in = slots(STARTING, EMPTY);
	expect(&in, PLAN_NOTHING, 0);
	in = slots(RESTING, EMPTY);
	expect(&in, PLAN_START, 1);
	in = slots(RESTING, RESTING);
	expect(&in, PLAN_NOTHING, 0);
	in.order = in.slot[0].insist = true;
	expect(&in, PLAN_START, 0);
}

static void
a_standby_is_kept_fresh(void **state)
{
	struct plan_in in = slots(SERVING, EMPTY);

	(void)state;
	expect(&in, PLAN_START, 1);
	in = slots(STARTING, SERVING);
	expect(&in, PLAN_NOTHING, 0);
	in.slot[0].stale = true;
	expect(&in, PLAN_RETIRE, 0);
	in = slots(SERVING, STANDBY);
	expect(&in, PLAN_NOTHING, 0);
	in.slot[1].stale = true;
	expect(&in, PLAN_RETIRE, 1);
	in = slots(SERVING, RESTING);
	expect(&in, PLAN_NOTHING, 0);
	in = slots(SERVING, DRAINING);
	expect(&in, PLAN_NOTHING, 0);
	in = slots(SERVING, EMPTY);
	in.standby = false;
	expect(&in, PLAN_NOTHING, 0);
	in = slots(SERVING, STANDBY);
	in.standby = false;
	expect(&in, PLAN_RETIRE, 1);
}

static void
a_recycle_tests_before_it_switches(void **state)
{
	struct plan_in in = slots(SERVING, STANDBY);

	(void)state;
	in.order = true;
	expect(&in, PLAN_NOTHING, 0); /* --when-idle: calls are up */
	in.may_switch = true;
	expect(&in, PLAN_TEST, 1);
	in.slot[1].testing = true;
	expect(&in, PLAN_NOTHING, 0);
	in.slot[1].testing = false;
	in.slot[1].tested = true;
	expect(&in, PLAN_SWITCH, 1);
	in.slot[1].stale = true;
	expect(&in, PLAN_RETIRE, 1);

	in = slots(EMPTY, SERVING);
	in.order = in.may_switch = true;
	in.standby = false;
	expect(&in, PLAN_START, 0);
	in.slot[0].state = STARTING;
	expect(&in, PLAN_NOTHING, 0);
}

static void
one_drains_at_most(void **state)
{
	struct plan_in in = slots(SERVING, DRAINING);

	(void)state;
	in.order = in.may_switch = true;
	expect(&in, PLAN_NOTHING, 0);
	in.now = true;
	expect(&in, PLAN_CUT, 1);
	in.slot[1].state = STOPPING;
	expect(&in, PLAN_NOTHING, 0);
}

static void
only_a_person_cuts_a_rest_short(void **state)
{
	struct plan_in in = slots(SERVING, RESTING);

	(void)state;
	in.order = in.may_switch = true;
	expect(&in, PLAN_NOTHING, 0);
	in.slot[1].insist = true;
	expect(&in, PLAN_START, 1);
}

static void
the_end_takes_everybody_along(void **state)
{
	struct plan_in in = slots(SERVING, DRAINING);

	(void)state;
	in.ending = true;
	expect(&in, PLAN_RETIRE, 0);
	in.slot[0].state = DRAINING;
	expect(&in, PLAN_NOTHING, 0);
	in.ending_now = true;
	expect(&in, PLAN_CUT, 0);
	in = slots(RESTING, STOPPING);
	in.ending = true;
	expect(&in, PLAN_RETIRE, 0);
	in = slots(EMPTY, EMPTY);
	in.ending = true;
	expect(&in, PLAN_NOTHING, 0);
}

/* --- random lives --- */

static void
apply(struct plan_in *in, unsigned slot, enum recycle_event e)
{
	struct recycle_cell c = recycle_step(in->slot[slot].state, e);

	assert_true(c.defined);
	if (c.next != in->slot[slot].state)
		in->slot[slot].testing = false;
	if (c.action == RECYCLE_DO_ADMIT)
		in->slot[slot].tested = true;
	if (c.action == RECYCLE_DO_SPAWN)
		in->slot[slot].tested = in->slot[slot].stale = false;
	in->slot[slot].state = c.next;
}

static void
carry_out(struct plan_in *in, struct plan p)
{
	switch (p.act) {
	case PLAN_START: apply(in, p.slot, RECYCLE_ON_START); break;
	case PLAN_TEST: in->slot[p.slot].testing = true; break;
	case PLAN_PROMOTE: apply(in, p.slot, RECYCLE_ON_PROMOTE); break;
	case PLAN_SWITCH:
		assert_true(in->slot[p.slot].tested && !in->slot[p.slot].stale);
		apply(in, p.slot, RECYCLE_ON_PROMOTE);
		apply(in, 1 - p.slot, in->now ? RECYCLE_ON_CUT : RECYCLE_ON_RETIRE);
		in->order = in->may_switch = in->now = false;
		break;
	case PLAN_RETIRE: apply(in, p.slot, RECYCLE_ON_RETIRE); break;
	case PLAN_CUT: apply(in, p.slot, RECYCLE_ON_CUT); break;
	case PLAN_NOTHING:
	case PLAN_ACT_COUNT: break;
	}
}

static unsigned
count_state(const struct plan_in *in, enum recycle_state s)
{
	return (in->slot[0].state == s ? 1u : 0u) + (in->slot[1].state == s ? 1u : 0u);
}

static void
settle(struct plan_in *in)
{
	struct plan p;
	int steps = 0;

	while ((p = plan_next(in)).act != PLAN_NOTHING) {
		carry_out(in, p);
		assert_true(++steps < 12);
		assert_true(count_state(in, SERVING) <= 1);
		assert_true(in->ending || count_state(in, DRAINING) <= 1);
	}
	/* somebody serves, starts or is about to: an outage is never just looked at */
	if (!in->ending && count_state(in, SERVING) == 0)
		assert_true(count_state(in, STARTING) > 0 || count_state(in, RESTING) +
								     count_state(in, STOPPING) +
								     count_state(in, DRAINING) ==
								 2);
}

static void
random_wish(struct plan_in *in)
{
	switch (dice(8)) {
	case 0:
		if (!in->order) {
			in->order = true;
			in->may_switch = dice(2) == 0;
			in->now = dice(4) == 0;
			in->slot[0].insist = in->slot[1].insist = dice(2) == 0;
		}
		break;
	case 1: in->may_switch = in->order; break;
	case 2: in->slot[dice(2)].stale = true; break;
	case 3: in->standby = dice(4) != 0; break;
	case 4: in->order = in->may_switch = in->now = false; break;
	default: break;
	}
}

static void
random_event(struct plan_in *in)
{
	unsigned slot = dice(2);
	enum recycle_event e = dice(RECYCLE_EVENT_COUNT);

	/* wishes are the plan's to make */
	if (e == RECYCLE_ON_START || e == RECYCLE_ON_PROMOTE || e == RECYCLE_ON_RETIRE ||
	    e == RECYCLE_ON_CUT)
		return;
	if (recycle_step(in->slot[slot].state, e).defined)
		apply(in, slot, e);
}

static void
random_lives_keep_the_rules(void **state)
{
	(void)state;
	for (int life = 0; life < 300; life++) {
		struct plan_in in = slots(EMPTY, EMPTY);

		for (int i = 0; i < 400; i++) {
			settle(&in);
			random_wish(&in);
			random_event(&in);
			in.ending = i > 380;
			in.ending_now = i > 390 && life % 2 == 0;
		}
	}
}

/* Every pair that can exist, with every set of wishes: the act asked for is one the table takes. */
static void
every_act_has_its_cell(void **state)
{
	static const enum recycle_event event[PLAN_ACT_COUNT] = {
	    [PLAN_START] = RECYCLE_ON_START,     [PLAN_TEST] = RECYCLE_ON_PASSED,
	    [PLAN_PROMOTE] = RECYCLE_ON_PROMOTE, [PLAN_SWITCH] = RECYCLE_ON_PROMOTE,
	    [PLAN_RETIRE] = RECYCLE_ON_RETIRE,   [PLAN_CUT] = RECYCLE_ON_CUT};

	(void)state;
	for (unsigned i = 0; i < 7 * 7 * 2048; i++) {
		unsigned bits = i / 49;
		struct plan_in in = slots(i % 7, i / 7 % 7);
		struct plan p;

		if (in.slot[0].state == SERVING && in.slot[1].state == SERVING)
			continue;
		in.standby = bits & 1;
		in.order = bits & 2;
		in.may_switch = in.order && (bits & 4);
		in.now = in.order && (bits & 8);
		in.slot[0].insist = in.slot[1].insist = bits & 16;
		in.ending = bits & 32;
		in.ending_now = in.ending && (bits & 64);
		for (unsigned s = 0; s < 2; s++) {
			in.slot[s].stale = bits & (128u << s);
			in.slot[s].testing = bits & (512u << s);
			in.slot[s].tested = !in.slot[s].testing;
		}
		p = plan_next(&in);
		if (p.act == PLAN_NOTHING)
			continue;
		assert_true(recycle_step(in.slot[p.slot].state, event[p.act]).defined);
		if (p.act == PLAN_SWITCH)
			assert_int_equal(in.slot[1 - p.slot].state, SERVING);
		if (p.act == PLAN_PROMOTE)
			assert_int_not_equal(in.slot[1 - p.slot].state, SERVING);
		if (p.act == PLAN_RETIRE && !in.ending)
			assert_int_not_equal(in.slot[p.slot].state, SERVING);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_outage_ends_as_fast_as_it_can),
	    cmocka_unit_test(a_standby_is_kept_fresh),
	    cmocka_unit_test(a_recycle_tests_before_it_switches),
	    cmocka_unit_test(one_drains_at_most),
	    cmocka_unit_test(only_a_person_cuts_a_rest_short),
	    cmocka_unit_test(the_end_takes_everybody_along),
	    cmocka_unit_test(random_lives_keep_the_rules),
	    cmocka_unit_test(every_act_has_its_cell),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
