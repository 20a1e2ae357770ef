/* test_lamp: what is told when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/lamp_clock.h"

static void
test_burst(void **state)
{
	(void)state;
	one_told();
	quiet_for(4 * HOUR);
	for (uint16_t n = 1; n <= 7; n++) {
		counted(0, n, 0);
		assert_int_equal(lamp_waiting(l), 1);
		pass(100);
	}
	assert_in_range(until_next(0, 7, 0), 1, LAMP_SETTLE_MS - 700 + 2);
	quiet_for(HOUR);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	quiet_for(4 * HOUR);
	assert_int_equal(lamp_waiting(l), 0);
}

/* Gone before anybody was told: nobody is. */
static void
test_there_and_back(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	pass(100);
	counted(0, 0, 0);
	assert_int_equal(lamp_waiting(l), 0);
	pass(LAMP_SETTLE_MS);
	quiet_for(4 * HOUR);
	assert_true(until_next(0, 0, 0) > 4 * HOUR); /* the refresh is not lost */
}

/* A change while the last one is on its way. */
static void
test_change_in_flight(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	counted(0, 2, 0);
	quiet_for(HOUR);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	assert_in_range(until_next(0, 2, 0), 1, LAMP_SETTLE_MS + 1);
}

static void
test_five_minutes(void **state)
{
	int64_t last = 0, all = 0;
	int n = 1;
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	while (lamp_answered(l, 0, LAMP_LATER, now)) {
		const int64_t pause = until_next(0, 1, 0);
		assert_true(pause >= last);
		last = pause;
		all += pause;
		n++;
	}
	assert_in_range(n, 6, 12);
	assert_in_range(all, 4 * 60000, 5 * 60000);
	assert_int_equal(lamp_waiting(l), 1);
	quiet_for(4 * HOUR);
	counted(0, 2, 0); /* a change is tried at once, with patience */
	assert_true(until_next(0, 2, 0) <= LAMP_SETTLE_MS + 1);
	assert_true(lamp_answered(l, 0, LAMP_LATER, now));
	assert_true(until_next(0, 2, 0) <= 5001);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	assert_int_equal(lamp_waiting(l), 0);
}

/* After a failure nobody knows what the lamp shows: the old counts are told too. */
static void
test_back_to_what_was_told(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	lamp_answered(l, 0, LAMP_LATER, now);
	counted(0, 0, 0);
	until_next(0, 0, 0);
}

static void
test_refused(void **state)
{
	(void)state;
	one_told();
	counted(0, 1, 0);
	until_next(0, 1, 0);
	assert_false(lamp_answered(l, 0, LAMP_REFUSED, now));
	quiet_for(4 * HOUR);
	until_next(0, 1, 0); /* the refresh */
	assert_true(lamp_answered(l, 0, LAMP_TAKEN, now));
}

static void
test_urgent_is_a_change(void **state)
{
	struct tally t = {.fresh = 1, .fresh_urgent = 1}, got;
	(void)state;
	one_told();
	lamp_counted(l, 0, &t, now);
	pass(LAMP_SETTLE_MS);
	assert_int_equal(next(&got), 0);
	assert_int_equal(got.fresh_urgent, 1);
}

/* Ten thousand at once, and a change in the middle of it. */
static void
test_no_storm(void **state)
{
	enum { N = 10000 };
	struct tally t;
	const struct mono from = now;
	uint32_t told = 0, second = 0, i;
	int64_t changed_after = -1;
	struct mono tick = now, change = now;
	bool *seen = calloc(N, 1);
	(void)state;
	for (i = 0; i < N; i++)
		assert_int_equal(lamp_add(l), i);
	for (i = 0; i < N; i++)
		counted(i, 0, 0);
	while (told < N + 1) {
		i = next(&t);
		if (i == LAMP_NONE) {
			assert_true(wait_ms > 0);
			pass(wait_ms);
			if (mono_ms(tick, now) >= 1000) {
				assert_true(second <= LAMP_RATE + 1);
				second = 0;
				tick = now;
			}
			continue;
		}
		told++;
		second++;
		if (i == 3 && seen[3])
			changed_after = mono_ms(change, now);
		else
			assert_false(seen[i]);
		seen[i] = true;
		assert_true(lamp_answered(l, i, LAMP_TAKEN, now));
		if (told == 1000) {
			counted(3, 1, 0);
			change = now;
		}
	}
	assert_in_range(changed_after, 1, 1500);
	assert_in_range(mono_ms(from, now), 900000, 1100000);
	assert_int_equal(lamp_waiting(l), 0);
	free(seen);
}

/* Whoever does not answer holds up so many, not all that comes. */
static void
test_flying(void **state)
{
	struct tally t;
	(void)state;
	for (uint32_t i = 0; i <= LAMP_FLYING; i++) {
		lamp_add(l);
		counted(i, 1, 0);
	}
	for (uint32_t i = 0; i < LAMP_FLYING; i++)
		until_next(i, 1, 0);
	pass(HOUR);
	assert_int_equal(next(&t), LAMP_NONE);
	lamp_answered(l, 5, LAMP_LATER, now);
	until_next(LAMP_FLYING, 1, 0);
}

static void
test_resync(void **state)
{
	(void)state;
	one_told();
	assert_int_equal(lamp_add(l), 1); /* never counted: it has no Maildir */
	quiet_for(4 * HOUR);
	lamp_resync(l, true, now);
	assert_int_equal(lamp_spread(2), 1);
	assert_int_equal(lamp_waiting(l), 2);
	until_next(0, 0, 0);
	until_next(1, 0, 0);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	lamp_answered(l, 1, LAMP_TAKEN, now);
	assert_int_equal(lamp_waiting(l), 0);
	quiet_for(4 * HOUR);
}

/* Nobody could look into it yet: that says nothing of what it holds. */
static void
test_resync_of_what_is_known(void **state)
{
	(void)state;
	one_told();
	assert_int_equal(lamp_add(l), 1);
	lamp_resync(l, false, now);
	assert_int_equal(lamp_waiting(l), 1);
	until_next(0, 0, 0);
	lamp_answered(l, 0, LAMP_TAKEN, now);
	quiet_for(4 * HOUR);
}

static void
test_refresh_off(void **state)
{
	struct tally t;
	(void)state;
	lamp_free(l);
	l = lamp_new(0);
	one_told();
	assert_int_equal(next(&t), LAMP_NONE);
	assert_int_equal(wait_ms, -1);
	counted(0, 1, 0);
	until_next(0, 1, 0);
	lamp_answered(l, 0, LAMP_REFUSED, now);
	assert_int_equal(next(&t), LAMP_NONE);
	assert_int_equal(wait_ms, -1);
}

static void
test_names(void **state)
{
	struct tally t = {0};
	(void)state;
	static const char *const names[] = {
	    "1.0f8fad5b-d9cb+V.host,S=12",        /* new */
	    "1.0f8fad5b-d9cb+V.host,S=12:2,",     /* seen by a server, not by a person */
	    "1.0f8fad5b-d9cb+VU.host,S=12:2,F",   /* urgent and new */
	    "1.0f8fad5b-d9cb+V.host,S=12:2,RS",   /* read */
	    "1.0f8fad5b-d9cb+VU.S,S=12,W=13:2,S", /* read and urgent */
	    "1.0f8fad5b-d9cb+V.host,S=12:2,ST",   /* deleted */
	    "1.0f8fad5b-d9cb.host,S=12",          /* a missed call */
	    "1.0f8fad5b-d9cb.a+V.host,S=12",      /* the mark stands elsewhere */
	    "1.M1P2.host:2,",
	    "1",
	    "1.",
	    "1.x+",
	    "1.x+W.host",
	    "+V.x",
	    ".",
	    "..",
	    "",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		tally_name(&t, names[i]);
	assert_int_equal(t.fresh, 3);
	assert_int_equal(t.old, 2);
	assert_int_equal(t.fresh_urgent, 1);
	assert_int_equal(t.old_urgent, 1);
	for (int i = 0; i < 70000; i++)
		tally_name(&t, names[0]);
	assert_int_equal(t.fresh, 65535);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_burst),
	    TEST(test_there_and_back),
	    TEST(test_change_in_flight),
	    TEST(test_five_minutes),
	    TEST(test_back_to_what_was_told),
	    TEST(test_refused),
	    TEST(test_urgent_is_a_change),
	    TEST(test_no_storm),
	    TEST(test_flying),
	    TEST(test_resync),
	    TEST(test_resync_of_what_is_known),
	    TEST(test_refresh_off),
	    cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
