/* test_lamp_list: what is told when the list of mailboxes changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/lamp_clock.h"

/* Another list of mailboxes: `was` is the old one, l the new one. */
static struct lamps_known *was;

static void
new_list(uint32_t n)
{
	was = l;
	l = lamp_new(6 * HOUR);
	assert_non_null(l);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(lamp_add(l), i);
}

static void
test_new_list_tells_nothing_twice(void **state)
{
	(void)state;
	one_told();
	counted(0, 3, 1);
	until_next(0, 3, 1);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	pass(1000);
	new_list(2);
	lamp_move(l, 1, was, 0, now);
	assert_false(lamp_may_show(was, 0));
	lamp_free(was);
	assert_true(lamp_is_counted(l, 1));
	assert_false(lamp_is_counted(l, 0));
	counted(1, 3, 1);
	quiet_for(4 * HOUR);
	counted(0, 1, 0); /* the new one is told */
	until_next(0, 1, 0);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	pass(1000);
	counted(1, 3, 2); /* and so is what has changed */
	assert_true(until_next(1, 3, 2) <= LAMP_SETTLE_MS + 1);
	lamp_answered(l, 1, LAMP_TAKEN, now);
	assert_true(until_next(1, 3, 2) > 4 * HOUR); /* the refresh is not lost */
}

/* What waits or is on its way goes on in the new list. */
static void
test_new_list_in_the_middle(void **state)
{
	(void)state;
	one_told();
	assert_int_equal(lamp_add(l), 1);
	counted(1, 2, 0);
	until_next(1, 2, 0);
	counted(0, 1, 0);
	assert_int_equal(lamp_waiting(l), 2);
	new_list(2);
	lamp_move(l, 0, was, 0, now);
	lamp_move(l, 1, was, 1, now);
	lamp_free(was);
	assert_int_equal(lamp_waiting(l), 2);
	assert_true(until_next(0, 1, 0) <= LAMP_SETTLE_MS + 1);
	assert_true(lamp_answered(l, 0, LAMP_TAKEN, now));
	assert_true(until_next(1, 2, 0) <= 5001);
	assert_true(lamp_answered(l, 1, LAMP_TAKEN, now));
	assert_int_equal(lamp_waiting(l), 0);
}

/* The mailbox is gone: its telephone is told of none, once, and then no more. */
static void
test_leaving(void **state)
{
	struct tally t;
	(void)state;
	one_told();
	assert_false(lamp_may_show(l, 0));
	counted(0, 1, 0);
	until_next(0, 1, 0);
	assert_true(lamp_may_show(l, 0));
	lamp_answered(l, 0, LAMP_TAKEN, now);
	pass(1000);
	new_list(1);
	lamp_move(l, 0, was, 0, now);
	lamp_free(was);
	assert_true(lamp_may_show(l, 0));
	lamp_leave(l, 0, now);
	assert_int_equal(lamp_count(l), 0);
	assert_int_equal(lamp_waiting(l), 1);
	until_next(0, 0, 0);
	assert_true(lamp_answered(l, 0, LAMP_LATER, now));
	until_next(0, 0, 0);
	assert_true(lamp_answered(l, 0, LAMP_TAKEN, now));
	assert_false(lamp_may_show(l, 0));
	assert_int_equal(lamp_waiting(l), 0);
	lamp_resync(l, true, now);
	assert_int_equal(lamp_next(l, mono_add(now, 24 * HOUR), &t, &wait_ms), LAMP_NONE);
	assert_int_equal(wait_ms, -1);
}

/* It comes back: as any other, with what it was told last. */
static void
test_leaving_and_back(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	lamp_leave(l, 0, now);
	until_next(0, 0, 0);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	pass(1000);
	new_list(1);
	lamp_move(l, 0, was, 0, now);
	lamp_free(was);
	assert_int_equal(lamp_count(l), 1);
	quiet_for(4 * HOUR);
	counted(0, 1, 0);
	assert_true(until_next(0, 1, 0) <= LAMP_SETTLE_MS + 1);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	assert_true(until_next(0, 1, 0) > 4 * HOUR);
}

/* Whom nobody could be told about may show anything. */
static void
test_unsure_may_show(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	lamp_answered(l, 0, LAMP_REFUSED, now);
	assert_true(lamp_may_show(l, 0));
	assert_int_equal(lamp_add(l), 1);
	assert_false(lamp_may_show(l, 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_new_list_tells_nothing_twice),
	    TEST(test_new_list_in_the_middle),
	    TEST(test_leaving),
	    TEST(test_leaving_and_back),
	    TEST(test_unsure_may_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
