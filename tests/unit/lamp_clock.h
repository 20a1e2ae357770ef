/* lamp_clock: the lamps known, with a clock of the test's own. */
#ifndef EVERTRUNK_TESTS_LAMP_CLOCK_H
#define EVERTRUNK_TESTS_LAMP_CLOCK_H

#include <stdlib.h>

#include "worker/lamp.h"

#define HOUR ((int64_t)3600000)

static struct lamps_known *l;
static struct mono now;
static int64_t wait_ms;

static inline int
set_up(void **state)
{
	(void)state;
	now = (struct mono){1000000000};
	l = lamp_new(6 * HOUR);
	return l ? 0 : -1;
}

static inline int
tear_down(void **state)
{
	(void)state;
	lamp_free(l);
	return 0;
}

static inline void
pass(int64_t ms)
{
	now = mono_add(now, ms);
}

static inline void
counted(uint32_t i, uint16_t fresh, uint16_t old)
{
	const struct tally t = {.fresh = fresh, .old = old};
	lamp_counted(l, i, &t, now);
}

static inline uint32_t
next(struct tally *t)
{
	return lamp_next(l, now, t, &wait_ms);
}

/* Passes time until something is to be told; how long that took. */
static inline int64_t
until_next(uint32_t want, uint16_t fresh, uint16_t old)
{
	const struct mono from = now;
	struct tally t;
	uint32_t i;

	while ((i = next(&t)) == LAMP_NONE) {
		assert_true(wait_ms > 0);
		pass(wait_ms);
	}
	assert_int_equal(i, want);
	assert_int_equal(t.fresh, fresh);
	assert_int_equal(t.old, old);
	return mono_ms(from, now);
}

static inline void
quiet_for(int64_t ms)
{
	struct tally t;
	assert_int_equal(next(&t), LAMP_NONE);
	assert_true(wait_ms < 0 || wait_ms >= ms);
}

/* One lamp that has been told 0/0. */
static inline void
one_told(void)
{
	assert_int_equal(lamp_add(l), 0);
	counted(0, 0, 0);
	until_next(0, 0, 0);
	assert_true(lamp_answered(l, 0, LAMP_TAKEN, now));
	assert_int_equal(lamp_waiting(l), 0);
	pass(1000);
}

#endif
