/* test_pool_ills: the pool with fake workers that die, hang or lie: who takes over and how
 * fast, and what the ledger says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fakes/bed.h"

static struct bed bed;

static bool
three_is_active(struct bed *b)
{
	return pool_view(b->pool)->active == 3;
}

static bool
one_is_lost(struct bed *b)
{
	return pool_view(b->pool)->active != 1;
}

/* --- death --- */

static void
a_crash_promotes_the_standby_at_once(void **state)
{
	const struct ledger *l;

	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_call(&bed, "two");
	bed.unanswered = 3;
	bed_hit(&bed, 1, SIGKILL);
	bed_until(&bed, one_is_lost, 100);
	assert_int_equal(pool_view(bed.pool)->active, 2);
	assert_int_equal(bed.changes, 2); /* from one to the other, with nobody in between */
	assert_true(bed.before == 1 && bed.now == 2);
	assert_true(bed.dead == 1 && bed.lost == 2);
	assert_int_equal(bed.active_when_dead, 2);
	l = bed_ledger(&bed);
	assert_true(l->result == LEDGER_DONE && l->reason == REASON_CRASH && l->lost == 2);
	assert_int_equal(l->moved, 3);
	assert_string_equal(l->text, "killed by signal 9 (Killed)");
	assert_true(l->old_generation == 1 && l->new_generation == 2);
	bed_until(&bed, bed_quiet, 2000);
	assert_int_equal(bed_slot(&bed, 'A')->generation, 3);
	assert_int_equal(bed_look(&bed)->worker_exits_unexpected, 1);
	bed_close(&bed);
}

static void
a_crash_beside_a_drain_starts_anew_in_the_same_slot(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_two_active, 1000);
	bed_call(&bed, "on-two");
	bed_hit(&bed, 2, SIGKILL);
	bed_until(&bed, three_is_active, 1000);
	assert_true(bed_is(&bed, 'A', "DRAINING"));
	assert_int_equal(bed.calls[1], 1);
	assert_int_equal(bed_slot(&bed, 'B')->generation, 3);
	assert_true(bed_ledger(&bed)->result == LEDGER_DONE && bed_ledger(&bed)->lost == 1);
	assert_int_equal(bed_look(&bed)->ledger[1].result, LEDGER_DRAINING);
	bed_hang_up(&bed, 1, "one");
	bed_until(&bed, bed_quiet, 2000);
	assert_int_equal(bed_look(&bed)->ledger[1].drained, 1);
	bed_close(&bed);
}

static void
calls_wait_while_a_new_one_is_started(void **state)
{
	(void)state;
	bed_ready(&bed, "recycle.standby = no\n", "");
	bed_hit(&bed, 1, SIGKILL);
	bed_until(&bed, one_is_lost, 500);
	assert_int_equal(pool_view(bed.pool)->active, 0);
	assert_true(pool_view(bed.pool)->expected);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_FAILED); /* so far */
	bed_until(&bed, bed_another_serves, 2000);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_DONE);
	assert_int_equal(bed_ledger(&bed)->new_generation, 2);
	assert_int_equal(bed_look(&bed)->nledger, 1);
	bed_close(&bed);
}

static void
a_crash_ends_the_order_that_waits(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_order(&bed, RECYCLE_WHEN_IDLE, "");
	bed_hit(&bed, 1, SIGKILL);
	bed_until(&bed, bed_two_active, 500);
	assert_int_equal(bed_asked(&bed, bed.ticket), -ECANCELED);
	assert_non_null(strstr(bed.say, "generation 1 was lost first: killed by signal 9"));
	bed_close(&bed);
}

static void
a_worker_that_dies_of_the_drain(void **state)
{
	(void)state;
	bed_ready(&bed, "", "1:fragile");
	bed_call(&bed, "one");
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_ledger_closed, 2000);
	assert_true(bed_ledger(&bed)->reason == REASON_OPERATOR);
	assert_true(bed_ledger(&bed)->lost == 1 && bed_ledger(&bed)->result == LEDGER_DONE);
	bed_until(&bed, bed_quiet, 2000);
	bed_close(&bed);
}

static void
a_dead_standby_is_started_again(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_hit(&bed, 2, SIGKILL);
	bed_run(&bed, 50);
	bed_until(&bed, bed_quiet, 2000);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_int_equal(bed_slot(&bed, 'B')->generation, 3);
	assert_int_equal(bed_look(&bed)->nledger, 0);
	bed_close(&bed);
}

/* --- silence --- */

static void
a_stopped_process_is_found_within_two_intervals(void **state)
{
	struct mono when;
	int64_t took;

	(void)state;
	bed_ready(&bed, "worker.heartbeat = 10s\n", "");
	bed_run(&bed, 250);
	bed_call(&bed, "one");
	bed_hit(&bed, 1, SIGSTOP);
	when = clock_now();
	bed_until(&bed, bed_two_active, 2000);
	took = mono_ms(when, clock_now());
	assert_in_range(took, 0, 2 * bed.conf->worker.probe_interval);
	bed_until(&bed, bed_ledger_closed, 1000);
	assert_int_equal(bed_ledger(&bed)->reason, REASON_PROBE);
	assert_string_equal(bed_ledger(&bed)->text, "2 OPTIONS in a row not answered");
	assert_int_equal(bed_ledger(&bed)->lost, 1);
	assert_int_equal(bed_look(&bed)->probe_failures, 2);
	bed_close(&bed);
}

static void
missing_reports_are_found_too(void **state)
{
	(void)state;
	bed_ready(&bed, "", "1:silent");
	bed_until(&bed, bed_two_active, 1000);
	assert_int_equal(bed_ledger(&bed)->reason, REASON_HEARTBEAT);
	assert_string_equal(bed_ledger(&bed)->text, "3 reports missing");
	bed_close(&bed);
}

/* We slept: the answers lie in the socket, and nobody is blamed. */
static void
our_own_sleep_is_nobodys_fault(void **state)
{
	struct timespec nap = {1, 500000000};

	(void)state;
	bed_ready(&bed, "", "");
	for (int i = 0; i < 2; i++) {
		bed_run(&bed, 395); /* now and then a probe is under way */
		nanosleep(&nap, NULL);
	}
	bed_run(&bed, 1000);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_int_equal(bed_look(&bed)->slot[1].generation, 2);
	bed_close(&bed);
}

/* --- nonsense --- */

static void
nonsense_is_recycled(void **state)
{
	(void)state;
	bed_ready(&bed, "", "1:garble");
	bed.calls[1] = 1; /* goes down with it */
	bed_invite(&bed, "garbled");
	bed_until(&bed, bed_two_active, 2000);
	assert_int_equal(bed_ledger(&bed)->reason, REASON_PROTOCOL);
	assert_string_equal(bed_ledger(&bed)->text, "spoke nonsense on its channel");
	bed_until(&bed, bed_ledger_closed, 3000);
	assert_int_equal(bed_ledger(&bed)->lost, 1);
	bed_close(&bed);
}

static void
who_will_not_leave_is_killed(void **state)
{
	struct mono when;

	(void)state;
	bed_ready(&bed, "", "1:stubborn");
	when = clock_now();
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_two_active, 1000);
	bed_until(&bed, bed_ledger_closed, 2000);
	assert_true(mono_ms(when, clock_now()) >= 2 * bed.conf->worker.stop_grace);
	assert_int_equal(bed_look(&bed)->worker_exits_unexpected, 0);
	bed_until(&bed, bed_quiet, 2000);
	bed_close(&bed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_crash_promotes_the_standby_at_once, bed_sweep),
	    cmocka_unit_test_teardown(a_crash_beside_a_drain_starts_anew_in_the_same_slot,
				      bed_sweep),
	    cmocka_unit_test_teardown(calls_wait_while_a_new_one_is_started, bed_sweep),
	    cmocka_unit_test_teardown(a_crash_ends_the_order_that_waits, bed_sweep),
	    cmocka_unit_test_teardown(a_worker_that_dies_of_the_drain, bed_sweep),
	    cmocka_unit_test_teardown(a_dead_standby_is_started_again, bed_sweep),
	    cmocka_unit_test_teardown(a_stopped_process_is_found_within_two_intervals, bed_sweep),
	    cmocka_unit_test_teardown(missing_reports_are_found_too, bed_sweep),
	    cmocka_unit_test_teardown(our_own_sleep_is_nobodys_fault, bed_sweep),
	    cmocka_unit_test_teardown(nonsense_is_recycled, bed_sweep),
	    cmocka_unit_test_teardown(who_will_not_leave_is_killed, bed_sweep),
	};

	return cmocka_run_group_tests_name("pool_ills", tests, NULL, NULL);
}
