/* test_silence: levels against known signals, and what counts as voice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "worker/codec.h"
#include "worker/silence.h"

enum { FRAME = 160 };

static void
frames(struct silence *s, int dbm0, int n)
{
	int16_t samples[FRAME] = {0};
	if (dbm0 > -90)
		codec_tone(400, dbm0, samples, FRAME);
	for (int i = 0; i < n; i++)
		silence_take(s, samples, FRAME);
}

static void
test_level(void **state)
{
	int16_t samples[800];
	(void)state;
	for (int i = 0; i < 800; i++)
		samples[i] = (int16_t)lrint(32767 * sin(i * M_PI / 10));
	assert_true(fabs(silence_level(samples, 800) - 3.14) < 0.02); /* a full-scale sine */
	codec_tone(400, -45, samples, 800);
	assert_true(fabs(silence_level(samples, 800) + 45) < 0.5);
	memset(samples, 0, sizeof(samples));
	assert_true(silence_level(samples, 800) < -90);
	assert_true(silence_level(samples, 0) < -90);
}

static void
test_threshold(void **state)
{
	struct silence s;
	(void)state;
	silence_begin(&s, -45);
	frames(&s, -47, 50);
	assert_int_equal(s.idle_ms, 1000);
	assert_int_equal(s.voice_ms, 0);
	frames(&s, -43, 50);
	assert_int_equal(s.idle_ms, 0);
	assert_int_equal(s.voice_ms, 2000);
	frames(&s, -96, 100);
	assert_int_equal(s.idle_ms, 2000);
	assert_int_equal(s.voice_ms, 2000);
	assert_int_equal(s.total_ms, 4000);
}

/* Clicks of up to two frames do not prolong a recording, three are voice. */
static void
test_clicks(void **state)
{
	struct silence s;
	(void)state;
	silence_begin(&s, -45);
	for (int i = 0; i < 10; i++) {
		frames(&s, -10, 2);
		frames(&s, -96, 8);
	}
	assert_int_equal(s.idle_ms, 2000);
	assert_int_equal(s.voice_ms, 0);
	frames(&s, -10, 3);
	assert_int_equal(s.idle_ms, 0);
}

static void
test_restart(void **state)
{
	struct silence s;
	(void)state;
	silence_begin(&s, -45);
	frames(&s, -10, 10);
	frames(&s, -96, 100);
	silence_restart(&s);
	assert_int_equal(s.idle_ms, 0);
	assert_int_equal(s.voice_ms, 200);
	assert_int_equal(s.total_ms, 2200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_level),
	    cmocka_unit_test(test_threshold),
	    cmocka_unit_test(test_clicks),
	    cmocka_unit_test(test_restart),
	};
	return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
