/* test_jitter: each sample says which millisecond it is, so that what comes out shows what was
 * kept, moved and dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "worker/jitter.h"

enum {
	MS = 8,
	FRAME = 160,
	MAX_MS = 200,
	NAMES = 30000,
	ORIGIN = 0xfffff000 /* timestamps wrap soon */
};

/* Packet `i` of `ms` milliseconds: its samples carry the number of their millisecond
 * (modulo NAMES, which no frame crosses). */
static enum jitter_put
put(struct jitter *j, uint32_t first_ms, uint32_t ms)
{
	int16_t samples[FRAME * 10];
	for (uint32_t i = 0; i < ms * MS; i++)
		samples[i] = (int16_t)((first_ms + i / MS) % NAMES + 1);
	return jitter_put(j, ORIGIN + first_ms * MS, samples, (size_t)ms * MS);
}

/* The number of the first millisecond in the next frame; -1 when it is empty, -2 when it is not
 * one whole frame in order. */
static int
pull(struct jitter *j)
{
	struct jitter_frame f;
	jitter_pull(j, &f);
	jitter_settle(j);
	if (f.have == 0)
		return -1;
	if (f.have != JITTER_ALL)
		return -2;
	for (int i = 0; i < JITTER_FRAME_MS; i++)
		if (f.sample[i * MS] != f.sample[0] + i || f.sample[i * MS + 7] != f.sample[0] + i)
			return -2;
	return f.sample[0] - 1;
}

static struct jitter *
fresh(void)
{
	struct jitter *j = jitter_new(MAX_MS);
	assert_non_null(j);
	return j;
}

static void
test_steady(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	assert_int_equal(pull(j), -1);
	for (int i = 0; i < 3000; i++) { /* a minute; the ring and the timestamps wrap */
		assert_int_equal(put(j, (uint32_t)i * 20, 20), JITTER_IN_TIME);
		assert_int_equal(pull(j), i < 2 ? -1 : (i - 2) * 20 % NAMES);
	}
	assert_int_equal(jitter_held(j), 40);
	jitter_free(j);
}

/* 10, 30, 40 and 60 ms per packet come out as the same 20 ms frames. */
static void
test_packet_times(void **state)
{
	static const uint32_t times[] = {10, 30, 40, 60, 120};
	(void)state;
	for (size_t t = 0; t < sizeof(times) / sizeof(times[0]); t++) {
		struct jitter *j = fresh();
		uint32_t sent = 0;
		int missing = 0;
		for (uint32_t now = 0; now < 6000; now += 20) {
			for (; sent <= now; sent += times[t])
				put(j, sent, times[t]);
			int got = pull(j);
			assert_int_not_equal(got, -2);
			missing += got == -1;
		}
		assert_int_equal(missing, 2); /* the first 40 ms */
		jitter_free(j);
	}
}

static void
test_reordered(void **state)
{
	static const uint32_t order[] = {0, 2, 1, 3, 5, 4, 6, 7};
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 8; i++) {
		assert_int_equal(put(j, order[i] * 20, 20), JITTER_IN_TIME);
		assert_int_equal(pull(j), i < 2 ? -1 : (i - 2) * 20);
	}
	jitter_free(j);
}

static void
test_repeated(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 20; i++) {
		put(j, (uint32_t)i * 20, 20);
		assert_int_equal(put(j, (uint32_t)i * 20, 20), JITTER_REPEATED);
		if (i > 4) /* long played */
			assert_int_equal(put(j, (uint32_t)(i - 4) * 20, 20), JITTER_REPEATED);
		assert_int_equal(pull(j), i < 2 ? -1 : (i - 2) * 20);
	}
	jitter_free(j);
}

static void
test_lost(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 20; i++) {
		if (i != 7)
			put(j, (uint32_t)i * 20, 20);
		assert_int_equal(pull(j), i < 2 || i == 9 ? -1 : (i - 2) * 20);
	}
	jitter_free(j);
}

/* From packet 10 on everything is 100 ms later than before: nothing is lost, there is one gap. */
static void
test_later_stream_is_waited_for(void **state)
{
	struct jitter *j = fresh();
	int got[40], n = 0, gaps = 0;
	(void)state;
	for (int tick = 0; tick < 40; tick++) {
		if (tick < 10)
			put(j, (uint32_t)tick * 20, 20);
		else if (tick >= 15)
			put(j, (uint32_t)(tick - 5) * 20, 20);
		got[n++] = pull(j);
	}
	int next = 0;
	for (int i = 2; i < n; i++) {
		if (got[i] == -1) {
			gaps++;
			continue;
		}
		assert_int_equal(got[i], next);
		next += 20;
	}
	assert_int_equal(gaps, 3); /* 100 ms, of which 40 were in hand */
	jitter_free(j);
}

/* One packet that is overtaken by more than what is held: it is dropped (it would be heard out of
 * order), and the next one that is as late is not. */
static void
test_overtaken(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 20; i++) {
		if (i != 10)
			put(j, (uint32_t)i * 20, 20);
		if (i == 14)
			assert_int_equal(put(j, 10 * 20, 20), JITTER_LATE);
		pull(j);
	}
	for (int i = 20; i < 40; i++) {
		if (i != 30)
			assert_int_equal(put(j, (uint32_t)i * 20, 20), JITTER_IN_TIME);
		if (i == 34)
			assert_int_equal(put(j, 30 * 20, 20), JITTER_IN_TIME);
		assert_int_not_equal(pull(j), -2);
	}
	jitter_free(j);
}

/* The limit: what is later than that is lost, and what is held beyond it is let go. */
static void
test_bounds(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 10; i++)
		put(j, (uint32_t)i * 20, 20);
	assert_int_equal(jitter_held(j), 240);
	assert_int_equal(jitter_settle(j), 20);
	assert_true(jitter_held(j) <= MAX_MS + 20);
	for (int i = 0; i < 30; i++)
		pull(j);
	assert_int_equal(jitter_held(j), 0);
	assert_int_equal(put(j, 200, 20), JITTER_LATE); /* 400 ms late */
	jitter_free(j);
}

/* The sender goes on elsewhere on its time line, forward or back: after three packets we follow. */
static void
test_jump(void **state)
{
	static const uint32_t jumps[] = {100000, (uint32_t)-100000, (uint32_t)-3000};
	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct jitter *j = fresh();
		for (uint32_t i = 0; i < 10; i++) {
			put(j, i * 20, 20);
			pull(j);
		}
		for (uint32_t i = 10; i < 13; i++) {
			enum jitter_put p = put(j, jumps[k] + i * 20, 20);
			assert_true(p == JITTER_FAR || p == JITTER_LATE);
			pull(j);
		}
		assert_int_equal(put(j, jumps[k] + 13 * 20, 20), JITTER_IN_TIME);
		assert_int_equal(jitter_held(j), 60);
		jitter_free(j);
	}
}

/* A sender whose clock is 1 % fast or slow for ten minutes stays within bounds, mostly heard. */
static void
test_drift(void **state)
{
	static const uint32_t per_hundred[] = {99, 101};
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct jitter *j = fresh();
		uint32_t sent = 0;
		int missing = 0;
		for (uint32_t tick = 1; tick <= 30000; tick++) {
			for (; sent < tick * per_hundred[k] / 100; sent++)
				put(j, sent * 20, 20);
			missing += pull(j) < 0;
			assert_true(jitter_held(j) <= MAX_MS + 20);
		}
		assert_in_range(missing, 0, 30000 * 12 / 1000);
		jitter_free(j);
	}
}

/* Silence suppression: the time line goes on during a pause. */
static void
test_pause(void **state)
{
	struct jitter *j = fresh();
	(void)state;
	for (int i = 0; i < 300; i++) {
		bool talks = i < 50 || i >= 200;
		if (talks)
			assert_int_equal(put(j, (uint32_t)i * 20, 20), JITTER_IN_TIME);
		assert_int_equal(pull(j), i < 2 || (i >= 52 && i < 202) ? -1 : (i - 2) * 20);
	}
	jitter_free(j);
}

/* Half frames: what is there is told millisecond by millisecond, the rest is zero. */
static void
test_partial(void **state)
{
	struct jitter *j = fresh();
	struct jitter_frame f;
	(void)state;
	put(j, 0, 10);
	put(j, 15, 25);
	for (int i = 0; i < 3; i++)
		jitter_pull(j, &f);
	assert_int_equal(f.have, JITTER_ALL & ~(0x1fU << 10));
	assert_int_equal(f.sample[9 * MS], 10);
	assert_int_equal(f.sample[10 * MS], 0);
	assert_int_equal(f.sample[15 * MS], 16);
	jitter_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_steady),    cmocka_unit_test(test_packet_times),
	    cmocka_unit_test(test_reordered), cmocka_unit_test(test_repeated),
	    cmocka_unit_test(test_lost),      cmocka_unit_test(test_later_stream_is_waited_for),
	    cmocka_unit_test(test_overtaken), cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_jump),      cmocka_unit_test(test_drift),
	    cmocka_unit_test(test_pause),     cmocka_unit_test(test_partial),
	};
	return cmocka_run_group_tests_name("jitter", tests, NULL, NULL);
}
