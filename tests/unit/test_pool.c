/* test_pool: the pool with fake workers on an ordinary day: start, recycles by order, drains,
 * the queue of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fakes/bed.h"

static struct bed bed;

/* --- conditions --- */

static bool
switched(struct bed *b)
{
	return bed_asked(b, b->ticket) != 1;
}

/* --- start --- */

static void
the_first_serves_and_the_second_waits(void **state)
{
	const struct snapshot *s;

	(void)state;
	bed_open(&bed, "", "");
	assert_int_equal(pool_view(bed.pool)->active, 0);
	assert_false(pool_view(bed.pool)->expected);
	pool_start(bed.pool);
	assert_true(pool_view(bed.pool)->expected);
	assert_false(bed_look(&bed)->ready);
	bed_until(&bed, bed_quiet, 5000);
	s = bed_look(&bed);
	assert_true(s->ready && s->enabled && !s->not_ready);
	assert_int_equal(s->active_generation, 1);
	assert_true(bed_is(&bed, 'A', "SERVING") && bed_is(&bed, 'B', "STANDBY"));
	assert_int_equal(s->slot[1].generation, 2);
	assert_true(s->slot[0].pid > 0 && s->slot[0].memory > 100000);
	assert_true(s->slot[0].test_age_ms >= 0 && s->slot[0].probe_age_ms >= 0);
	assert_true(bed.changes == 1 && bed.before == 0 && bed.now == 1);
	assert_int_equal(s->nledger, 0);
	assert_int_equal(s->worker_starts, 2);
	assert_true(s->tests == 2 && s->test_failures == 0 && s->salvaged == 2);
	assert_false(pool_view(bed.pool)->expected);
	assert_int_equal(bed_children(), 2);
	bed_run(&bed, 900);
	assert_true(bed_look(&bed)->probes >= 4 && bed_look(&bed)->probe_failures == 0);
	assert_true(pool_healthy(bed.pool));
	assert_int_equal(bed_look(&bed)->rtp_sent, 20);
	bed_close(&bed);
}

/* --- orders --- */

static void
a_recycle_without_calls(void **state)
{
	const struct ledger *l;

	(void)state;
	bed_ready(&bed, "", "");
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, "new greeting"), 0);
	bed_until(&bed, bed_two_active, 1000);
	assert_int_equal(bed_asked(&bed, bed.ticket), 0);
	assert_non_null(strstr(bed.say, "generation 2 in slot B is active"));
	bed_until(&bed, bed_quiet, 3000);
	l = bed_ledger(&bed);
	assert_int_equal(l->number, bed.ticket);
	assert_true(l->result == LEDGER_DONE && l->reason == REASON_OPERATOR);
	assert_string_equal(l->text, "new greeting");
	assert_true(l->old_generation == 1 && l->new_generation == 2);
	assert_true(l->old_slot == 'A' && l->new_slot == 'B');
	assert_int_equal(bed_look(&bed)->recycles[REASON_OPERATOR][LEDGER_DONE], 1);
	assert_true(bed.before == 1 && bed.now == 2 && bed.dead == 1);
	assert_int_equal(bed_slot(&bed, 'A')->generation, 3);
	assert_int_equal(bed_look(&bed)->rtp_sent % 10, 0);
	assert_true(bed_look(&bed)->rtp_sent >= 10); /* the dead one's last report counts */
	bed_close(&bed);
}

static void
calls_drain_and_one_order_waits(void **state)
{
	uint32_t first;

	(void)state;
	bed_ready(&bed, "", "");
	assert_int_equal(bed_call(&bed, "one"), 1);
	bed_call(&bed, "two");
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 0);
	first = bed.ticket;
	bed_until(&bed, bed_two_active, 1000);
	assert_true(bed_is(&bed, 'A', "DRAINING"));
	assert_true(pool_view(bed.pool)->slot[0].takes_sip);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_DRAINING);

	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, "second"), 1);
	assert_non_null(
	    strstr(bed.say, "generation 1 in slot A, which drains and has 2 calls left"));
	assert_string_equal(bed_look(&bed)->waiting, bed.say);
	assert_int_equal(bed_asked(&bed, bed.ticket), 1);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, "third"), -EBUSY);
	assert_non_null(strstr(bed.say, "second"));

	bed_hang_up(&bed, 1, "one");
	bed_run(&bed, 100);
	assert_true(bed_is(&bed, 'A', "DRAINING"));
	bed_hang_up(&bed, 1, "two");
	bed_until(&bed, bed_quiet, 5000);
	assert_int_equal(bed_asked(&bed, first), 0);
	assert_int_equal(bed_asked(&bed, bed.ticket), 0);
	assert_int_equal(pool_view(bed.pool)->active, 3);
	assert_int_equal(bed_look(&bed)->recycle_calls_drained, 2);
	assert_int_equal(bed_look(&bed)->ledger[1].drained, 2);
	assert_int_equal(bed_look(&bed)->ledger[1].lost + bed_look(&bed)->ledger[1].cut, 0);
	bed_close(&bed);
}

static void
now_cuts_what_is_left(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	assert_int_equal(bed_order(&bed, RECYCLE_NOW, ""), 0);
	bed_until(&bed, bed_ledger_closed, 2000);
	assert_int_equal(bed_ledger(&bed)->cut, 1);
	assert_int_equal(bed_ledger(&bed)->drained + bed_ledger(&bed)->lost, 0);
	assert_true(bed_two_active(&bed));
	bed_close(&bed);
}

static void
now_cuts_a_drain_and_hurries_what_waits(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_two_active, 1000);
	bed_call(&bed, "on-two");
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, "slow"), 1);
	assert_int_equal(bed_order(&bed, RECYCLE_NOW, "fast"), 1);
	assert_non_null(strstr(bed.say, "hurried: recycle 2 (operator: slow)"));
	assert_int_equal(bed.ticket, 2);
	assert_int_equal(bed_order(&bed, RECYCLE_NOW, "faster"), -EBUSY);
	bed.ticket = 2;
	bed_until(&bed, switched, 3000);
	bed_until(&bed, bed_quiet, 3000);
	assert_int_equal(pool_view(bed.pool)->active, 3);
	assert_int_equal(bed_look(&bed)->recycle_calls_cut, 2);
	bed_close(&bed);
}

static void
when_idle_waits_and_can_be_taken_back(void **state)
{
	uint32_t first;

	(void)state;
	bed_ready(&bed, "", "");
	assert_int_equal(pool_recycle_cancel(bed.pool, bed.say), -ENOENT);
	bed_call(&bed, "one");
	assert_int_equal(bed_order(&bed, RECYCLE_WHEN_IDLE, ""), 1);
	assert_non_null(strstr(bed.say, "until generation 1 has no call (1 now)"));
	first = bed.ticket;
	bed_run(&bed, 300);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_int_equal(pool_recycle_cancel(bed.pool, bed.say), 0);
	assert_int_equal(bed_asked(&bed, first), -ECANCELED);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_CANCELLED);
	assert_int_equal(bed_order(&bed, RECYCLE_WHEN_IDLE, ""), 1);
	bed_hang_up(&bed, 1, "one");
	bed_until(&bed, bed_two_active, 1000);
	bed_until(&bed, bed_quiet, 3000);
	assert_int_equal(pool_recycle_cancel(bed.pool, bed.say), -ENOENT);
	bed_close(&bed);
}

static void
without_a_standby(void **state)
{
	(void)state;
	bed_ready(&bed, "recycle.standby = no\n", "");
	bed_run(&bed, 200);
	assert_int_equal(bed_children(), 1);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 0);
	assert_int_equal(bed_asked(&bed, bed.ticket), 1);
	assert_non_null(strstr(bed.say, "generation 2 in slot B, which is being started"));
	bed_until(&bed, bed_two_active, 3000);
	bed_until(&bed, bed_ledger_closed, 1000);
	bed_run(&bed, 100);
	assert_int_equal(bed_children(), 1);
	assert_true(bed_is(&bed, 'A', "EMPTY"));
	bed_close(&bed);
}

static void
twenty_orders_in_two_seconds(void **state)
{
	unsigned accepted = 0;

	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "held");
	for (int i = 0; i < 20; i++) {
		if (bed_order(&bed, i % 5 == 4 ? RECYCLE_NOW : RECYCLE_NORMAL, "storm") >= 0)
			accepted++;
		assert_true(strlen(bed.say) > 10);
		for (int j = 0; j < 10; j++) {
			bed_run(&bed, 10);
			assert_true(bed_children() <= 2);
			assert_int_not_equal(pool_view(bed.pool)->active, 0);
		}
	}
	assert_true(accepted >= 2);
	bed_until(&bed, bed_quiet, 5000);
	assert_int_equal(bed_children(), 2);
	bed_close(&bed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(the_first_serves_and_the_second_waits, bed_sweep),
	    cmocka_unit_test_teardown(a_recycle_without_calls, bed_sweep),
	    cmocka_unit_test_teardown(calls_drain_and_one_order_waits, bed_sweep),
	    cmocka_unit_test_teardown(now_cuts_what_is_left, bed_sweep),
	    cmocka_unit_test_teardown(now_cuts_a_drain_and_hurries_what_waits, bed_sweep),
	    cmocka_unit_test_teardown(when_idle_waits_and_can_be_taken_back, bed_sweep),
	    cmocka_unit_test_teardown(without_a_standby, bed_sweep),
	    cmocka_unit_test_teardown(twenty_orders_in_two_seconds, bed_sweep),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
