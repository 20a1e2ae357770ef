/* test_pool_starts: the pool with fake workers that do not come up: the old one serves on, the
 * ledger says why, and nothing spins. */
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
order_decided(struct bed *b)
{
	return bed_asked(b, b->ticket) != 1;
}

static void
fails_with(const char *mode, const char *words)
{
	char modes[64];

	snprintf(modes, sizeof(modes), "1:good,*:%s", mode);
	bed_ready(&bed, "recycle.standby = no\n", modes);
	bed_call(&bed, "one");
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 0);
	bed_until(&bed, order_decided, 3500);
	assert_int_equal(bed_asked(&bed, bed.ticket), -EIO);
	if (!strstr(bed.say, words))
		fail_msg("%s: \"%s\" is not in: %s", mode, words, bed.say);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_FAILED);
	assert_true(strstr(bed_ledger(&bed)->text, words) != NULL);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_int_equal(bed.calls[1], 1);
	assert_int_equal(bed_look(&bed)->worker_start_failures, 1);
	assert_int_equal(bed_look(&bed)->starts_failed_in_row, 1);
	assert_int_equal(bed_look(&bed)->recycles[REASON_OPERATOR][LEDGER_FAILED], 1);
	/* and when the program is good again, so is the recycle */
	setenv("FAKE_MODES", "", 1);
	bed_run(&bed, 100);
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_another_serves, 3000);
	assert_int_equal(bed_look(&bed)->starts_failed_in_row, 0);
	bed_close(&bed);
}

static void
failed_successors_leave_the_old_one_serving(void **state)
{
	(void)state;
	fails_with("exit", "exited with status 3 before READY");
	fails_with("refuse", "self-test call refused with 488");
	fails_with("nonsense", "READY twice before it answered the self-test call");
	fails_with("shut", "closed its channel before it answered the self-test call");
}

static void
silent_successors_run_into_start_timeout(void **state)
{
	(void)state;
	fails_with("mute", "no READY within 2s");
	fails_with("deaf", "self-test call not answered within 2s");
}

static void
a_program_that_is_not_there(void **state)
{
	(void)state;
	bed_ready(&bed, "recycle.standby = no\n", "");
	pool_program(bed.pool, "/nonexistent/um-worker");
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, order_decided, 1000);
	bed_asked(&bed, bed.ticket);
	assert_non_null(strstr(bed.say, "/nonexistent/um-worker cannot be started: No such file"));
	assert_int_equal(pool_view(bed.pool)->active, 1);
	bed_close(&bed);
}

static void
a_hanging_standby_is_found_by_an_order(void **state)
{
	(void)state;
	bed_ready(
	    &bed,
	    "worker.probe_interval = 20s\nworker.start_timeout = 30s\nworker.heartbeat = 10s\n",
	    "");
	bed_run(&bed, 2100); /* its first self-test call is no longer fresh */
	bed_hit(&bed, 2, SIGSTOP);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 0);
	assert_non_null(strstr(bed.say, "self-test call of generation 2"));
	bed_until(&bed, order_decided, 1500);
	assert_int_equal(bed_asked(&bed, bed.ticket), -EIO);
	assert_non_null(strstr(bed.say, "self-test call not answered within 1s"));
	assert_int_equal(pool_view(bed.pool)->active, 1);
	bed_close(&bed);
}

static bool
rests(struct bed *b)
{
	return bed_is(b, 'A', "RESTING") && bed_is(b, 'B', "RESTING");
}

static void
a_crash_loop_rests_and_recovers(void **state)
{
	uint64_t starts;

	(void)state;
	bed_open(&bed, "", "*:exit");
	pool_start(bed.pool);
	bed_until(&bed, rests, 1000);
	assert_false(pool_view(bed.pool)->expected);
	assert_int_equal(pool_view(bed.pool)->active, 0);
	assert_true(pool_view(bed.pool)->failing);
	assert_string_equal(bed_look(&bed)->not_ready, "no worker can be started");
	bed_run(&bed, 2000);
	starts = bed_look(&bed)->worker_starts;
	bed_run(&bed, 1600);
	assert_in_range(bed_look(&bed)->worker_starts - starts, 2, 6); /* 800 ms apart by slot */
	assert_true(bed_look(&bed)->starts_failed_in_row > 4);
	setenv("FAKE_MODES", "", 1);
	bed_until(&bed, bed_quiet, 3000);
	assert_true(bed_look(&bed)->ready);
	assert_false(pool_view(bed.pool)->failing);
	bed_close(&bed);
}

static void
a_person_ends_the_rest(void **state)
{
	(void)state;
	bed_open(&bed, "recycle.backoff = 30s\nrecycle.backoff_max = 1m\n", "*:exit");
	pool_start(bed.pool);
	bed_until(&bed, rests, 1000);
	setenv("FAKE_MODES", "", 1);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 0);
	bed_until(&bed, bed_another_serves, 1000);
	assert_int_equal(bed_asked(&bed, bed.ticket), 0);
	assert_int_equal(bed_ledger(&bed)->result, LEDGER_DONE);
	assert_int_equal(bed_ledger(&bed)->old_generation, 0);
	bed_close(&bed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(failed_successors_leave_the_old_one_serving, bed_sweep),
	    cmocka_unit_test_teardown(silent_successors_run_into_start_timeout, bed_sweep),
	    cmocka_unit_test_teardown(a_program_that_is_not_there, bed_sweep),
	    cmocka_unit_test_teardown(a_hanging_standby_is_found_by_an_order, bed_sweep),
	    cmocka_unit_test_teardown(a_crash_loop_rests_and_recovers, bed_sweep),
	    cmocka_unit_test_teardown(a_person_ends_the_rest, bed_sweep),
	};

	return cmocka_run_group_tests_name("pool_starts", tests, NULL, NULL);
}
