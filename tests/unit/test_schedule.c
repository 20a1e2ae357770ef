/* test_schedule: the triggers, with a clock and a memory of the test's making; the nights in which
 * Berlin, Lord Howe and Cairo change their clocks; clocks set forward and back.  The zones are
 * spelled out, so that the test needs no zone files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "supervisor/schedule.h"

enum { SUNDAY, MONDAY, DAILY = 7 };
#define BERLIN    "CET-1CEST,M3.5.0,M10.5.0/3"
#define CAIRO     "EET-2EEST,M4.5.5/0,M10.5.4/24"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
#define AUCKLAND  "NZST-12NZDT,M9.5.0,M4.1.0/3"
#define ST_JOHNS  "NST3:30NDT,M3.2.0,M11.1.0"
#define DUBLIN    "IST-1GMT0,M10.5.0,M3.5.0/1" /* winter is its daylight time */

#define MINUTE    60000ll
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* UTC, to seconds. */
static time_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {0, minute, hour, day, month - 1, year - 1900, .tm_isdst = 0};

	return timegm(&tm);
}

static struct conf *
quiet_conf(void)
{
	struct conf *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->recycle.when_calls = -1;
	return c;
}

static struct weekly
weekly(uint8_t weekday, uint8_t hour, uint8_t minute)
{
	return (struct weekly){true, weekday, hour, minute};
}

static void
expect(const struct weekly *w, time_t after, time_t want)
{
	assert_int_equal(schedule_occurrence(w, after), want);
}

static void
plain_days_and_weeks(void **state)
{
	struct weekly daily = weekly(DAILY, 3, 30), sunday = weekly(SUNDAY, 3, 30);

	(void)state;
	zone(BERLIN);
	/* 2026-01-14 is a Wednesday; 03:30 CET is 02:30 UTC */
	expect(&daily, utc(2026, 1, 14, 1, 0), utc(2026, 1, 14, 2, 30));
	expect(&daily, utc(2026, 1, 14, 2, 30), utc(2026, 1, 15, 2, 30));
	expect(&sunday, utc(2026, 1, 14, 1, 0), utc(2026, 1, 18, 2, 30));
	expect(&sunday, utc(2026, 1, 18, 2, 30), utc(2026, 1, 25, 2, 30));
	/* the end of a year, and a local date that differs from UTC's */
	zone(AUCKLAND);
	expect(&daily, utc(2026, 12, 31, 14, 31), utc(2027, 1, 1, 14, 30));
}

static void
spring_skips_the_hour(void **state)
{
	struct weekly gap = weekly(SUNDAY, 2, 30), before = weekly(DAILY, 1, 59);
	struct weekly after = weekly(DAILY, 3, 0);

	(void)state;
	zone(BERLIN); /* 2026-03-29 02:00 CET becomes 03:00 CEST at 01:00 UTC */
	expect(&gap, utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 1, 30));
	expect(&gap, utc(2026, 3, 29, 1, 30), utc(2026, 4, 5, 0, 30));
	expect(&before, utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 0, 59));
	expect(&after, utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 1, 0));
	zone(CAIRO); /* 2026-04-24 00:00 becomes 01:00: the skip is at midnight */
	gap = weekly(DAILY, 0, 15);
	expect(&gap, utc(2026, 4, 23, 12, 0), utc(2026, 4, 23, 22, 15));
}

static void
autumn_has_the_hour_once(void **state)
{
	struct weekly twice = weekly(SUNDAY, 2, 30), daily = weekly(DAILY, 2, 30);

	(void)state;
	zone(BERLIN); /* 2026-10-25 03:00 CEST becomes 02:00 CET at 01:00 UTC */
	expect(&twice, utc(2026, 10, 24, 12, 0), utc(2026, 10, 25, 0, 30));
	/* not again at the second 02:30 */
	expect(&twice, utc(2026, 10, 25, 0, 30), utc(2026, 11, 1, 1, 30));
	expect(&daily, utc(2026, 10, 25, 0, 45), utc(2026, 10, 26, 1, 30));
	zone(LORD_HOWE); /* half an hour of daylight time, ends 2026-04-05 02:00 */
	assert_int_equal(
	    schedule_occurrence(&(struct weekly){true, SUNDAY, 1, 45}, utc(2026, 4, 4, 6, 0)),
	    utc(2026, 4, 4, 14, 45));
}

/* Whatever the zone and the start: later than `after`, at most eight days and a bit, and walking
 * on from each meets every day once. */
static void
every_day_comes_once(void **state)
{
	static const char *const zones[] = {"UTC", BERLIN, LORD_HOWE, ST_JOHNS, DUBLIN};

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		zone(zones[z]);
		for (uint8_t hour = 0; hour < 5; hour++) {
			struct weekly w = weekly(DAILY, hour, 30);
			time_t t = utc(2025, 12, 31, 12, 0);

			for (int day = 0; day < 400; day++) {
				time_t next = schedule_occurrence(&w, t);

				assert_in_range(next - t, day ? 22 * 3600 : 1, 26 * 3600);
				t = next;
			}
		}
	}
}

/* --- one worker's watch, driven by a made clock --- */

struct night {
	struct conf *c;
	struct schedule s;
	struct schedule_facts f;
};

static void
night_begin(struct night *n, time_t wall)
{
	*n = (struct night){.c = quiet_conf()};
	n->f = (struct schedule_facts){.now = {1000000000000}, .wall = wall};
}

static void
night_serve(struct night *n)
{
	schedule_begin(&n->s, n->c, n->f.now, 0);
}

/* Both clocks move on; the wall clock is also set by `set` seconds. */
static void
pass(struct night *n, int64_t ms, time_t set)
{
	n->f.now = mono_add(n->f.now, ms);
	n->f.wall += (time_t)(ms / 1000) + set;
}

static int
check(struct night *n)
{
	enum recycle_reason r;

	return schedule_check(&n->s, n->c, &n->f, &r) ? (int)r : -1;
}

static void
age(void **state)
{
	struct night n;
	enum recycle_reason why;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(2026, 6, 1, 0, 0));
	n.c->recycle.every = 7 * DAY;
	n.c->recycle.jitter = HOUR;
	schedule_begin(&n.s, n.c, n.f.now, (uint64_t)(HOUR + 10 * MINUTE));
	assert_int_equal(n.s.jitter, 10 * MINUTE);
	assert_int_equal(schedule_next(&n.s, n.c, n.f.now, n.f.wall, &why), utc(2026, 6, 8, 0, 10));
	assert_int_equal(why, REASON_AGE);
	pass(&n, 7 * DAY + 9 * MINUTE, 0);
	assert_int_equal(check(&n), -1);
	pass(&n, MINUTE, 0);
	assert_int_equal(check(&n), REASON_AGE);
	/* the wall clock does not matter */
	night_serve(&n);
	pass(&n, DAY, 30 * 86400);
	assert_int_equal(check(&n), -1);
	n.c->recycle.every = 0;
	pass(&n, 1000 * DAY, 0);
	assert_int_equal(check(&n), -1);
	assert_int_equal(schedule_next(&n.s, n.c, n.f.now, n.f.wall, &why), 0);
	free(n.c);
}

static void
waits_for_few_calls(void **state)
{
	struct night n;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(2026, 6, 1, 0, 0));
	n.c->recycle.every = HOUR;
	n.c->recycle.when_calls = 2;
	night_serve(&n);
	pass(&n, HOUR, 0);
	n.f.calls = 3;
	assert_int_equal(check(&n), -1);
	assert_true(n.s.held && n.s.held_for == REASON_AGE);
	pass(&n, 5 * HOUR, 0);
	assert_int_equal(check(&n), -1);
	n.f.calls = 2;
	assert_int_equal(check(&n), REASON_AGE);
	/* a reload that takes the key away takes the waiting away */
	n.f.calls = 3;
	n.c->recycle.every = 0;
	assert_int_equal(check(&n), -1);
	assert_false(n.s.held);
	/* recycle.calls does not wait */
	n.c->recycle.calls = 100;
	n.f.served = 99;
	assert_int_equal(check(&n), -1);
	n.f.served = 100;
	assert_int_equal(check(&n), REASON_CALLS);
	free(n.c);
}

static void
memory_must_hold(void **state)
{
	struct night n;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(2026, 6, 1, 0, 0));
	n.c->recycle.memory = 100;
	night_serve(&n);
	n.f.memory_known = true;
	n.f.memory = 1000;
	for (int ms = 0; ms < 39000; ms += 1000) { /* a burst of 39 s, looked at every second */
		assert_int_equal(check(&n), -1);
		pass(&n, 1000, 0);
	}
	n.f.memory = 100;
	pass(&n, 1000, 0);
	assert_int_equal(check(&n), -1);
	n.f.memory = 101;
	pass(&n, 20000, 0);
	assert_int_equal(check(&n), -1);
	pass(&n, 20000, 0);
	assert_int_equal(check(&n), -1);
	assert_false(schedule_wants_memory(&n.s, n.c, n.f.now));
	pass(&n, 19999, 0);
	assert_int_equal(check(&n), -1);
	pass(&n, 1, 0);
	assert_true(schedule_wants_memory(&n.s, n.c, n.f.now));
	n.f.memory_known = false; /* it could not be read: nobody is judged by it */
	assert_int_equal(check(&n), -1);
	n.f.memory_known = true;
	assert_int_equal(check(&n), REASON_MEMORY);
	n.c->recycle.memory = 0;
	assert_int_equal(check(&n), -1);
	free(n.c);
}

/* Checks every 10 s from `n` on for `hours`; how often it was due.  A due one is carried out. */
static int
live(struct night *n, int hours)
{
	int due = 0;

	for (int i = 0; i < hours * 360; i++) {
		pass(n, 10000, 0);
		if (check(n) == REASON_SCHEDULE) {
			due++;
			n->f.last_at = n->f.now;
			pass(n, 2000, 0);
			night_serve(n);
		}
	}
	return due;
}

static void
at_comes_once_through_both_changes(void **state)
{
	struct night n;

	(void)state;
	zone(BERLIN);
	night_begin(&n, utc(2026, 3, 28, 12, 0));
	n.c->recycle.at = weekly(DAILY, 2, 30);
	night_serve(&n);
	assert_int_equal(live(&n, 13), 0);
	assert_int_equal(live(&n, 11), 1);
	n.f.wall = utc(2026, 10, 24, 12, 0);
	n.f.last_at = (struct mono){0};
	night_serve(&n);
	assert_int_equal(live(&n, 12), 0);
	assert_int_equal(live(&n, 24), 1);
	assert_int_equal(live(&n, 24), 1);
	free(n.c);
}

static void
at_and_a_clock_that_is_set(void **state)
{
	struct night n;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(1970, 1, 2, 0, 0)); /* no battery; the time server comes later */
	n.c->recycle.at = weekly(DAILY, 3, 0);
	night_serve(&n);
	pass(&n, HOUR, utc(2026, 6, 1, 11, 0) - utc(1970, 1, 2, 1, 0));
	assert_int_equal(live(&n, 15), 0); /* 11:00 to 02:00: nothing is made up */
	assert_int_equal(live(&n, 2), 1);
	pass(&n, 0, -2 * 3600); /* 04:00 becomes 02:00: not the same night twice */
	assert_int_equal(live(&n, 3), 0);
	assert_int_equal(live(&n, 24), 1);
	/* set forward over 03:00 by an hour at most: made up; by more: left out */
	n.f.wall = utc(2026, 6, 10, 2, 50);
	pass(&n, 20 * HOUR, -20 * 3600);
	pass(&n, 0, 40 * 60);
	assert_int_equal(check(&n), REASON_SCHEDULE);
	n.f.last_at = (struct mono){0};
	night_serve(&n);
	pass(&n, 20 * HOUR, utc(2026, 6, 20, 4, 30) - n.f.wall - 20 * 3600);
	assert_int_equal(check(&n), -1);
	free(n.c);
}

static void
a_worker_begun_after_the_time_is_left_alone(void **state)
{
	struct night n;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(2026, 6, 1, 3, 10));
	n.c->recycle.at = weekly(DAILY, 3, 0);
	n.c->recycle.jitter = 30 * MINUTE;
	schedule_begin(&n.s, n.c, n.f.now, (uint64_t)(25 * MINUTE));
	assert_int_equal(live(&n, 23), 0);
	free(n.c);
}

static void
jitter_moves_the_time(void **state)
{
	struct night n;
	enum recycle_reason why;

	(void)state;
	zone("UTC");
	night_begin(&n, utc(2026, 6, 1, 1, 0));
	n.c->recycle.at = weekly(DAILY, 3, 0);
	n.c->recycle.every = 7 * DAY;
	n.c->recycle.jitter = 2 * HOUR;
	schedule_begin(&n.s, n.c, n.f.now, (uint64_t)(90 * MINUTE));
	assert_int_equal(schedule_next(&n.s, n.c, n.f.now, n.f.wall, &why), utc(2026, 6, 1, 4, 30));
	assert_int_equal(why, REASON_SCHEDULE);
	pass(&n, 3 * HOUR + 29 * MINUTE, 0);
	assert_int_equal(check(&n), -1);
	pass(&n, MINUTE, 0);
	assert_int_equal(check(&n), REASON_SCHEDULE);
	free(n.c);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_days_and_weeks),
	    cmocka_unit_test(spring_skips_the_hour),
	    cmocka_unit_test(autumn_has_the_hour_once),
	    cmocka_unit_test(every_day_comes_once),
	    cmocka_unit_test(age),
	    cmocka_unit_test(waits_for_few_calls),
	    cmocka_unit_test(memory_must_hold),
	    cmocka_unit_test(at_comes_once_through_both_changes),
	    cmocka_unit_test(at_and_a_clock_that_is_set),
	    cmocka_unit_test(a_worker_begun_after_the_time_is_left_alone),
	    cmocka_unit_test(jitter_moves_the_time),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
