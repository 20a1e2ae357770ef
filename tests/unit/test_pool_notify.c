/* test_pool_notify: NOTIFYs that the operator orders: whoever is to send them leaves, dies or says
 * nothing, the operator gets an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/fakes/bed.h"

static struct bed bed;
static char say[256], lines[1024];
static uint32_t ticket;

static int
notify(const char *trunk)
{
	struct msg_notify m = {.fresh = 1, .number = "2101"};

	snprintf(m.trunk, sizeof(m.trunk), "%s", trunk);
	return pool_notify(bed.pool, &m, say, &ticket);
}

static int
state_of(uint32_t number)
{
	struct buf b = BUF(lines);
	const int r = pool_notify_state(bed.pool, number, &b);

	buf_cstr(&b);
	return r;
}

static bool
answered(struct bed *b)
{
	(void)b;
	return state_of(ticket) != 1;
}

static void
taken_by_the_second_trunk(void **state)
{
	unsigned told;

	(void)state;
	bed_ready(&bed, "", "");
	told = bed.told;
	assert_int_equal(notify(""), 0);
	assert_int_equal(state_of(ticket), 1);
	bed_until(&bed, answered, 1000);
	assert_int_equal(state_of(ticket), 0);
	assert_string_equal(lines, "403 by a\n200 by b, generation 1");
	assert_true(bed.told > told); /* whoever waits is looked at */
	assert_int_equal(notify("never"), 0);
	bed_until(&bed, answered, 1000);
	assert_int_equal(state_of(ticket), -EIO);
	assert_string_equal(lines, "403 by a");
	assert_int_equal(state_of(ticket + 1), -EIO);
	assert_string_equal(lines, "it is not remembered");
	bed_close(&bed);
}

static void
nobody_serves(void **state)
{
	(void)state;
	bed_open(&bed, "", "");
	assert_int_equal(notify(""), -EAGAIN);
	assert_string_equal(say, "no worker serves: nobody can send it now");
	bed_close(&bed);
}

static void
kill_active(void)
{
	const struct snapshot *s = bed_look(&bed);

	for (int i = 0; i < 2; i++)
		if (s->slot[i].generation == pool_view(bed.pool)->active)
			kill(s->slot[i].pid, SIGKILL);
}

static void
its_worker_dies(void **state)
{
	(void)state;
	bed_ready(&bed, "", "1:mum");
	assert_int_equal(notify(""), 0);
	bed_run(&bed, 100);
	assert_int_equal(state_of(ticket), 1);
	kill_active();
	bed_until(&bed, answered, 5000);
	assert_int_equal(state_of(ticket), 0);
	assert_string_equal(lines, "403 by a\n200 by b, generation 2");
	bed_close(&bed);
}

static void
its_worker_is_replaced(void **state)
{
	uint32_t recycle;

	(void)state;
	bed_ready(&bed, "", "1:mum");
	assert_int_equal(notify(""), 0);
	assert_int_equal(pool_recycle(bed.pool, RECYCLE_NORMAL, "", say, &recycle), 0);
	bed_until(&bed, answered, 5000);
	assert_int_equal(state_of(ticket), 0);
	assert_string_equal(lines, "403 by a\n200 by b, generation 2");
	bed_close(&bed);
}

static void
both_its_workers_die(void **state)
{
	(void)state;
	bed_ready(&bed, "", "*:mum");
	assert_int_equal(notify(""), 0);
	kill_active();
	bed_until(&bed, bed_another_serves, 5000);
	bed_run(&bed, 50);
	assert_int_equal(state_of(ticket), 1);
	kill_active();
	bed_until(&bed, answered, 5000);
	assert_int_equal(state_of(ticket), -EIO);
	assert_string_equal(lines, "the worker has left before an answer came");
	bed_close(&bed);
}

static void
so_many_and_no_more(void **state)
{
	(void)state;
	bed_ready(&bed, "", "*:mum");
	for (int i = 0; i < 16; i++)
		assert_int_equal(notify(""), 0);
	assert_int_equal(notify(""), -EBUSY);
	assert_string_equal(say, "16 others have no answer yet");
	kill_active();
	bed_until(&bed, bed_another_serves, 5000);
	kill_active();
	bed_until(&bed, answered, 5000);
	bed_until(&bed, bed_quiet, 10000);
	for (int i = 0; i < 16; i++) /* their places are free again */
		assert_int_equal(notify(""), 0);
	bed_close(&bed);
}

int
main(void)
{
#define T(f) cmocka_unit_test_teardown(f, bed_sweep)
	const struct CMUnitTest tests[] = {
	    T(taken_by_the_second_trunk), T(nobody_serves),        T(its_worker_dies),
	    T(its_worker_is_replaced),    T(both_its_workers_die), T(so_many_and_no_more),
	};

	return cmocka_run_group_tests_name("pool_notify", tests, NULL, NULL);
}
