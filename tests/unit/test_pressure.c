/* test_pressure: every resource from every level at every bound, and on both sides of it; off; what
 * swings about a bound; what nobody knows; the words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "supervisor/pressure.h"

#define N PRESSURE_NORMAL
#define M PRESSURE_MEDIUM
#define H PRESSURE_HIGH

/* One value: what becomes of each level when it comes. */
struct cell {
	int64_t value;
	enum pressure_level from[PRESSURE_LEVEL_COUNT];
};

static void
walk(enum pressure_of what, const struct pressure_bounds *b, const struct cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int from = 0; from < PRESSURE_LEVEL_COUNT; from++) {
			const enum pressure_level is =
			    pressure_judge(what, b, (enum pressure_level)from, cells[i].value);
			if (is != cells[i].from[from])
				fail_msg("%s %lld: %s -> %s", pressure_name(what),
					 (long long)cells[i].value,
					 pressure_level_name((enum pressure_level)from),
					 pressure_level_name(is));
		}
}
#define WALK(what, bounds, cells) walk(what, bounds, cells, sizeof(cells) / sizeof(cells[0]))

/* Free disk: medium at 1000, left above 1200; high at 500, left above 600. */
static void
what_falls(void **state)
{
	static const struct pressure_bounds b = {.medium = 1000, .high = 500};
	static const struct cell cells[] = {
	    {INT64_MAX, {N, N, N}}, {1201, {N, N, N}}, {1200, {N, M, M}}, {1001, {N, M, M}},
	    {1000, {M, M, M}},      {601, {M, M, M}},  {600, {M, M, H}},  {501, {M, M, H}},
	    {500, {H, H, H}},       {0, {H, H, H}},
	};

	(void)state;
	WALK(PRESSURE_DISK, &b, cells);
}

/* The others: medium at 80, left below 72; high at 100, left below 90. */
static void
what_rises(void **state)
{
	static const struct pressure_bounds b = {.medium = 80, .high = 100};
	static const struct cell cells[] = {
	    {0, {N, N, N}},   {71, {N, N, N}},        {72, {N, M, M}}, {79, {N, M, M}},
	    {80, {M, M, M}},  {89, {M, M, M}},        {90, {M, M, H}}, {99, {M, M, H}},
	    {100, {H, H, H}}, {INT64_MAX, {H, H, H}},
	};

	(void)state;
	for (int what = 0; what < PRESSURE_COUNT; what++)
		if (what != PRESSURE_DISK)
			WALK((enum pressure_of)what, &b, cells);
}

/* A level that is off is left at once, and never entered. */
static void
what_is_off(void **state)
{
	static const struct pressure_bounds none = {0}, high = {.high = 100},
					    medium = {.medium = 80};
	static const struct cell off[] = {{0, {N, N, N}}, {INT64_MAX, {N, N, N}}};
	static const struct cell no_medium[] = {
	    {89, {N, N, N}}, {90, {N, N, H}}, {99, {N, N, H}}, {100, {H, H, H}}};
	static const struct cell no_high[] = {
	    {71, {N, N, N}}, {72, {N, M, M}}, {80, {M, M, M}}, {INT64_MAX, {M, M, M}}};

	(void)state;
	for (int what = 0; what < PRESSURE_COUNT; what++)
		WALK((enum pressure_of)what, &none, off);
	WALK(PRESSURE_CALLS, &high, no_medium);
	WALK(PRESSURE_CALLS, &medium, no_high);
}

static struct conf *
conf_of(uint64_t medium, uint64_t high)
{
	struct conf *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->pressure.disk_medium = medium;
	c->pressure.disk_high = high;
	c->pressure.memory_medium = 90;
	c->pressure.memory_high = 150;
	return c;
}

static struct mono
second(int64_t s)
{
	return (struct mono){s * 1000000000};
}

static bool
disk(struct pressure *p, const struct conf *c, int64_t value, int64_t at)
{
	return pressure_take(p, c, PRESSURE_DISK, value, second(at));
}

/* Worse at once, better only when the worse level has lasted. */
static void
a_change_of_level(void **state)
{
	struct conf *c = conf_of(1000, 500);
	struct pressure p;

	(void)state;
	pressure_init(&p);
	assert_false(disk(&p, c, 5000, 100));
	assert_true(disk(&p, c, 900, 102));
	assert_true(disk(&p, c, 400, 103));
	assert_int_equal(pressure_worst(&p), PRESSURE_HIGH);
	assert_false(disk(&p, c, 5000, 107)); /* 4 s */
	assert_int_equal(pressure_worst(&p), PRESSURE_HIGH);
	assert_int_equal(p.of[PRESSURE_DISK].value, 5000);
	assert_true(disk(&p, c, 5000, 108));
	assert_int_equal(pressure_worst(&p), PRESSURE_NORMAL);
	assert_true(disk(&p, c, 400, 109)); /* again, and worse is believed at once */
	free(c);
}

/* A value that swings about a bound, every 2 s for an hour: one change; one that swings from end
 * to end: no more than the dwelling lets through. */
static void
what_swings(void **state)
{
	struct conf *c = conf_of(1000, 500);
	struct pressure p;
	int changes = 0;

	(void)state;
	pressure_init(&p);
	for (int64_t t = 0; t < 3600; t += 2)
		changes += disk(&p, c, t % 4 ? 1190 : 990, 1000 + t);
	assert_int_equal(changes, 1);
	changes = 0;
	for (int64_t t = 0; t < 3600; t += 2)
		changes += disk(&p, c, t % 4 ? 5000 : 100, 10000 + t);
	assert_in_range(changes, 2, 2 * 3600 / 6 + 1);
	free(c);
}

/* What cannot be found out changes nothing. */
static void
what_nobody_knows(void **state)
{
	struct conf *c = conf_of(1000, 500);
	struct pressure p;
	char text[64];
	struct buf b = BUF(text);

	(void)state;
	pressure_init(&p);
	assert_false(disk(&p, c, PRESSURE_UNKNOWN, 1));
	pressure_value_words(PRESSURE_DISK, p.of[PRESSURE_DISK].value, &b);
	assert_string_equal(buf_cstr(&b), "unknown");
	assert_true(disk(&p, c, 1, 2));
	assert_false(disk(&p, c, PRESSURE_UNKNOWN, 100));
	assert_int_equal(p.of[PRESSURE_DISK].level, PRESSURE_HIGH);
	assert_int_equal(p.of[PRESSURE_DISK].value, 1);
	free(c);
}

/* New bounds count with the next value. */
static void
after_a_reload(void **state)
{
	struct conf *c = conf_of(1000, 500);
	struct pressure p;

	(void)state;
	pressure_init(&p);
	assert_true(disk(&p, c, 400, 100));
	c->pressure.disk_high = 0;
	assert_true(disk(&p, c, 400, 110));
	assert_int_equal(p.of[PRESSURE_DISK].level, PRESSURE_MEDIUM);
	c->pressure.disk_medium = 0;
	assert_true(disk(&p, c, 400, 120));
	assert_int_equal(pressure_worst(&p), PRESSURE_NORMAL);
	free(c);
}

static const char *
value(enum pressure_of what, int64_t v)
{
	static char text[64];
	struct buf b = BUF(text);

	pressure_value_words(what, v, &b);
	return buf_cstr(&b);
}

static void
words(void **state)
{
	struct conf *c = conf_of(1000, 500);
	struct pressure p;
	char text[96];
	struct buf b = BUF(text);

	(void)state;
	pressure_init(&p);
	pressure_words(&p, &b);
	assert_int_equal(b.n, 0);
	disk(&p, c, 700, 1);
	pressure_take(&p, c, PRESSURE_MEMORY, 160, second(1));
	pressure_words(&p, &b);
	assert_string_equal(buf_cstr(&b), "disk medium, memory high");
	assert_string_equal(value(PRESSURE_DISK, (87ll << 20) + (1 << 19)), "87.5M free");
	assert_string_equal(value(PRESSURE_DISK, 0), "0.0M free");
	assert_string_equal(value(PRESSURE_DISK, 12ll << 30), "12G free");
	assert_string_equal(value(PRESSURE_MEMORY, 92), "92 %");
	assert_string_equal(value(PRESSURE_QUEUE, 12), "12 messages");
	assert_string_equal(value(PRESSURE_OLDEST, 119999), "119s");
	assert_string_equal(value(PRESSURE_OLDEST, 3600000), "60m");
	b = BUF(text);
	pressure_bound_words(PRESSURE_CALLS, 0, &b);
	assert_string_equal(buf_cstr(&b), "no value");
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_falls),     cmocka_unit_test(what_rises),
	    cmocka_unit_test(what_is_off),    cmocka_unit_test(a_change_of_level),
	    cmocka_unit_test(what_swings),    cmocka_unit_test(what_nobody_knows),
	    cmocka_unit_test(after_a_reload), cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
