/* test_pool_triggers: the pool with fake workers when nobody gives an order: age, calls, a reload,
 * a changed program, the end of a drain and of the pool. */
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

static void
age_and_the_number_of_calls(void **state)
{
	(void)state;
	bed_ready(&bed, "recycle.every = 1s\nrecycle.when_calls = 0\n", "");
	bed_call(&bed, "one");
	bed_run(&bed, 1700);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_true(bed_look(&bed)->next_recycle > 0);
	assert_string_equal(bed_look(&bed)->next_reason, "age, when at most 0 calls are up");
	bed_hang_up(&bed, 1, "one");
	bed_until(&bed, bed_another_serves, 2000);
	assert_int_equal(bed_ledger(&bed)->reason, REASON_AGE);
	bed_close(&bed);

	bed_ready(&bed, "recycle.calls = 2\n", "");
	bed_call(&bed, "one");
	bed_call(&bed, "two");
	bed_until(&bed, bed_another_serves, 2000);
	assert_int_equal(bed_ledger(&bed)->reason, REASON_CALLS);
	bed_close(&bed);
}

static void
a_reload_replaces_both(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_reload(&bed, "worker.heartbeat = 120ms\n", false);
	bed_run(&bed, 200);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	bed_reload(&bed, "worker.heartbeat = 130ms\n", true);
	bed_until(&bed, bed_another_serves, 3000);
	bed_until(&bed, bed_quiet, 3000);
	assert_true(pool_view(bed.pool)->active >= 3); /* the standby was stale too */
	assert_int_equal(bed_ledger(&bed)->reason, REASON_CONFIGURATION);
	bed_close(&bed);
}

/* A copy of the fake worker, so that it can be changed. */
static void
copy_program(const char *to)
{
	char command[2 * CONF_PATH_MAX + 64];

	snprintf(command, sizeof(command), "cp '%s' '%s.new' && mv '%s.new' '%s'", bed.program, to,
		 to, to);
	assert_int_equal(system(command), 0);
}

static bool
standby_is_new(struct bed *b)
{
	return bed_slot(b, 'B')->generation > 2 && bed_is(b, 'B', "STANDBY");
}

static void
a_changed_program_replaces_the_standby(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_pool_worker.%d", (int)getpid());
	bed_open(&bed, "", "");
	copy_program(path);
	pool_program(bed.pool, path);
	pool_start(bed.pool);
	bed_until(&bed, bed_quiet, 5000);
	copy_program(path);
	bed_until(&bed, standby_is_new, 3000);
	assert_int_equal(pool_view(bed.pool)->active, 1);
	assert_int_equal(bed_look(&bed)->nledger, 0);
	/* an order does not wait for the next look */
	copy_program(path);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), 1);
	bed_until(&bed, bed_another_serves, 3000);
	assert_int_equal(pool_view(bed.pool)->active, 4);
	/* a missing file is no reason to throw away what runs */
	bed_until(&bed, bed_quiet, 3000);
	unlink(path);
	bed_run(&bed, 900);
	assert_true(bed_quiet(&bed));
	bed_close(&bed);
}

static bool
nothing_alive(struct bed *b)
{
	return b->stopped;
}

static void
note_stopped(void *arg)
{
	((struct bed *)arg)->stopped = true;
}

static void
stop_waits_for_calls_and_stop_now_does_not(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_order(&bed, RECYCLE_WHEN_IDLE, "");
	pool_stop(bed.pool, false, note_stopped, &bed);
	assert_int_equal(pool_view(bed.pool)->active, 0);
	assert_false(pool_view(bed.pool)->expected);
	assert_int_equal(bed_asked(&bed, bed.ticket), -ECANCELED);
	assert_int_equal(bed_order(&bed, RECYCLE_NORMAL, ""), -EBUSY);
	bed_run(&bed, 300);
	assert_false(bed.stopped);
	assert_true(bed_is(&bed, 'A', "DRAINING"));
	bed_hang_up(&bed, 1, "one");
	bed_until(&bed, nothing_alive, 2000);
	bed.stopped = false;
	bed_close(&bed);

	bed_ready(&bed, "", "");
	bed_call(&bed, "one");
	bed_close(&bed); /* now: within its own patience */
}

static void
enable_is_shown(void **state)
{
	(void)state;
	bed_ready(&bed, "", "");
	pool_enable(bed.pool, false);
	assert_false(pool_view(bed.pool)->enabled);
	assert_false(bed_look(&bed)->ready);
	assert_string_equal(bed_look(&bed)->not_ready, "drained by the operator: no new calls");
	pool_enable(bed.pool, true);
	assert_true(bed_look(&bed)->ready);
	pool_log_level(bed.pool, LOG_UA, LOG_DEBUG_);
	bed_close(&bed);
}

static bool
a_is_empty_or_new(struct bed *b)
{
	return bed_slot(b, 'A')->generation != 1;
}

static void
the_drain_has_an_end(void **state)
{
	int64_t drain;

	(void)state;
	bed_ready(&bed, "", "");
	drain = bed.conf->recycle.drain;
	bed_call(&bed, "one");
	/* shorter than the configuration allows, and only until it has been read */
	bed.conf->recycle.drain = 700;
	bed_order(&bed, RECYCLE_NORMAL, "");
	bed_until(&bed, bed_two_active, 1000);
	bed.conf->recycle.drain = drain;
	bed_run(&bed, 500);
	assert_true(bed_is(&bed, 'A', "DRAINING"));
	bed_until(&bed, a_is_empty_or_new, 1500);
	assert_true(bed_ledger(&bed)->cut == 1 && bed_ledger(&bed)->result == LEDGER_DONE);
	assert_true(bed_ledger(&bed)->drain_ms >= 700);
	bed_close(&bed);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(age_and_the_number_of_calls, bed_sweep),
	    cmocka_unit_test_teardown(a_reload_replaces_both, bed_sweep),
	    cmocka_unit_test_teardown(a_changed_program_replaces_the_standby, bed_sweep),
	    cmocka_unit_test_teardown(stop_waits_for_calls_and_stop_now_does_not, bed_sweep),
	    cmocka_unit_test_teardown(enable_is_shown, bed_sweep),
	    cmocka_unit_test_teardown(the_drain_has_an_end, bed_sweep),
	};

	return cmocka_run_group_tests_name("pool_triggers", tests, NULL, NULL);
}
