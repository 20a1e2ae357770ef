/* test_rounds: whose turn it is, with a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker/rounds.h"

static struct rounds *r;
static struct mono now, began;

static int
tear_down(void **state)
{
	(void)state;
	rounds_free(r);
	r = NULL;
	return 0;
}

static void
begin(int64_t interval, uint32_t rate, uint32_t n)
{
	now = began = (struct mono){1000000000};
	r = rounds_new(interval, rate);
	assert_non_null(r);
	rounds_begin(r, n, now);
}

static int64_t
passed(void)
{
	return mono_ms(began, now);
}

/* The next turn, at whatever time it is; the clock goes there. */
static uint32_t
next(void)
{
	int64_t wait;
	uint32_t i;

	while ((i = rounds_next(r, now, &wait)) == ROUNDS_NONE) {
		assert_true(wait > 0);
		now = mono_add(now, wait);
	}
	return i;
}

/* The same, and it is seen. */
static void
seen(uint32_t who, int64_t at)
{
	assert_int_equal(next(), who);
	assert_int_equal(passed(), at);
	rounds_done(r, ROUNDS_SEEN, now);
}

static void
refused(int times)
{
	while (times-- > 0) {
		next();
		rounds_done(r, ROUNDS_REFUSED, now);
	}
}

static void
first_as_fast_as_allowed_and_then_even(void **state)
{
	(void)state;
	begin(60000, 10, 3);
	assert_int_equal(rounds_state(r), ROUNDS_UNKNOWN);
	seen(0, 0);
	assert_int_equal(rounds_state(r), ROUNDS_UP);
	seen(1, 100);
	seen(2, 200);
	seen(0, 20200);
	seen(1, 40200);
	seen(2, 60200);
	seen(0, 80200);
}

static void
never_faster_than_the_rate(void **state)
{
	(void)state;
	begin(1000, 10, 50); /* which takes 5 s */
	for (uint32_t k = 0; k < 100; k++)
		seen(k % 50, 100 * k);
}

static void
nobody_is_there(void **state)
{
	int64_t wait;

	(void)state;
	begin(1000, 10, 0);
	rounds_hurry(r, 0, now);
	assert_int_equal(rounds_next(r, now, &wait), ROUNDS_NONE);
	assert_int_equal(wait, -1);
}

static void
who_is_late_does_not_catch_up_in_a_burst(void **state)
{
	(void)state;
	begin(10000, 100, 10);
	for (uint32_t k = 0; k < 10; k++)
		seen(k, 10 * k);
	now = mono_add(began, 30000); /* one look has taken so long */
	seen(0, 30000);
	seen(1, 31000);
	seen(2, 32000);
}

static void
a_hurry_comes_out_of_turn(void **state)
{
	(void)state;
	begin(60000, 10, 2);
	seen(0, 0);
	seen(1, 100);
	rounds_hurry(r, 1, now);
	seen(1, 1600);
	seen(1, 6100);
	seen(1, 20100);
	seen(0, 30100);
	seen(1, 60100);
}

static void
a_second_message_begins_anew(void **state)
{
	(void)state;
	begin(600000, 10, 1);
	seen(0, 0);
	rounds_hurry(r, 0, now);
	seen(0, 1500);
	now = mono_add(began, 5500);
	rounds_hurry(r, 0, now);
	seen(0, 6000); /* what was planned is not put off */
	seen(0, 7000);
	seen(0, 11500);
	seen(0, 25500);
	seen(0, 600000);
}

static void
hurries_do_not_starve_the_round(void **state)
{
	uint32_t in_turn = 0;

	(void)state;
	begin(1000, 10, 400);
	for (uint32_t i = 0; i < 400; i++)
		rounds_hurry(r, i, now);
	now = mono_add(now, 2000);
	for (uint32_t k = 0; k < 20; k++) {
		in_turn += next() == in_turn;
		rounds_done(r, ROUNDS_SEEN, now);
	}
	assert_int_equal(in_turn, 10);
	assert_int_equal(passed(), 2000 + 19 * 100);
}

static void
more_hurries_than_fit(void **state)
{
	(void)state;
	begin(60000, 1000, 2 * ROUNDS_HURRIES);
	for (uint32_t i = 0; i < 2 * ROUNDS_HURRIES; i++)
		rounds_hurry(r, i, now);
	for (uint32_t i = 0; i < 2 * ROUNDS_HURRIES; i++)
		seen(i, i);                       /* the first round sees them all */
	rounds_hurry(r, 2 * ROUNDS_HURRIES, now); /* is not there */
}

static void
one_try_at_a_time_in_an_outage(void **state)
{
	static const int64_t at[] = {0, 5000, 15000, 35000, 75000, 135000, 195000};

	(void)state;
	begin(1000, 10, 3);
	for (uint32_t k = 0; k < 7; k++) {
		assert_int_equal(next(), k % 3); /* another each time: it may be this one's fault */
		assert_int_equal(passed(), at[k]);
		rounds_done(r, ROUNDS_OUTAGE, now);
		assert_int_equal(rounds_state(r), ROUNDS_DOWN);
		rounds_hurry(r, 0, now);
	}
	assert_int_equal(next(), 1);
	assert_int_equal(passed(), 255000);
	rounds_done(r, ROUNDS_SEEN, now);
	assert_int_equal(rounds_state(r), ROUNDS_UP);
	/* and now all, as fast as allowed, those that hurry too */
	uint32_t all = 0;
	for (int k = 0; k < 4; k++) {
		all |= 1u << next();
		rounds_done(r, ROUNDS_SEEN, now);
	}
	assert_int_equal(all, 7);
	assert_int_equal(passed(), 255400);
}

static void
an_outage_outlives_a_reload(void **state)
{
	int64_t wait;

	(void)state;
	begin(1000, 10, 3);
	next();
	rounds_done(r, ROUNDS_OUTAGE, now);
	rounds_begin(r, 5, now);
	assert_int_equal(rounds_state(r), ROUNDS_DOWN);
	assert_int_equal(rounds_next(r, now, &wait), ROUNDS_NONE);
	assert_int_equal(wait, 5000);
}

static void
one_that_is_refused_is_not_all(void **state)
{
	(void)state;
	begin(1000, 1000, 100);
	refused(ROUNDS_REFUSED_MAX - 1);
	assert_int_equal(rounds_state(r), ROUNDS_UNKNOWN);
	next();
	rounds_done(r, ROUNDS_SEEN, now);
	refused(ROUNDS_REFUSED_MAX - 1);
	assert_int_equal(rounds_state(r), ROUNDS_UP);
	refused(1);
	assert_int_equal(rounds_state(r), ROUNDS_DOWN);
	const int64_t at = passed();
	refused(1);
	assert_int_equal(passed(), at + 5000);
	refused(1);
	assert_int_equal(passed(), at + 15000);
	next();
	rounds_done(r, ROUNDS_SEEN, now);
	assert_int_equal(rounds_state(r), ROUNDS_UP);
}

static void
all_of_a_few_are_all(void **state)
{
	(void)state;
	begin(1000, 10, 2);
	refused(1);
	assert_int_equal(rounds_state(r), ROUNDS_UNKNOWN);
	refused(1);
	assert_int_equal(rounds_state(r), ROUNDS_DOWN);
}

#define T(f) cmocka_unit_test_teardown(f, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(first_as_fast_as_allowed_and_then_even),
	    T(never_faster_than_the_rate),
	    T(nobody_is_there),
	    T(who_is_late_does_not_catch_up_in_a_burst),
	    T(a_hurry_comes_out_of_turn),
	    T(a_second_message_begins_anew),
	    T(hurries_do_not_starve_the_round),
	    T(more_hurries_than_fit),
	    T(one_try_at_a_time_in_an_outage),
	    T(an_outage_outlives_a_reload),
	    T(one_that_is_refused_is_not_all),
	    T(all_of_a_few_are_all),
	};

	return cmocka_run_group_tests_name("rounds", tests, NULL, NULL);
}
