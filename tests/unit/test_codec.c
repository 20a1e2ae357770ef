/* test_codec: G.711 against the values of the standard, concealment by what is left of a tone, and
 * digits that were keyed into the sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "worker/codec.h"
#include "worker/silence.h"

static void
test_known_codes(void **state)
{
	static const uint8_t ulaw[] = {0x80, 0x00, 0xff, 0x7f, 0xaa};
	static const int16_t ulaw_linear[] = {32124, -32124, 0, 0, 5372};
	static const uint8_t alaw[] = {0xaa, 0x2a, 0xd5, 0x55};
	static const int16_t alaw_linear[] = {32256, -32256, 8, -8};
	int16_t out[5];
	(void)state;
	codec_decode(SDP_PCMU, ulaw, 5, out);
	assert_memory_equal(out, ulaw_linear, sizeof(ulaw_linear));
	codec_decode(SDP_PCMA, alaw, 4, out);
	assert_memory_equal(out, alaw_linear, sizeof(alaw_linear));
}

/* Every code survives the way through samples (mu-law has two zeros). */
static void
test_all_codes(void **state)
{
	(void)state;
	for (unsigned law = 0; law < SDP_CODECS; law++) {
		for (unsigned i = 0; i < 256; i++) {
			uint8_t code = (uint8_t)i, back;
			int16_t sample;
			codec_decode((enum sdp_codec)law, &code, 1, &sample);
			codec_encode((enum sdp_codec)law, &sample, 1, &back);
			if (!(law == SDP_PCMU && code == 0x7f))
				assert_int_equal(back, code);
		}
	}
	assert_int_equal(codec_zero(SDP_PCMU), 0xff);
	assert_int_equal(codec_zero(SDP_PCMA), 0xd5);
}

static void
test_tone(void **state)
{
	int16_t tone[8000];
	int crossings = 0;
	(void)state;
	codec_tone(1000, -10, tone, 8000);
	for (int i = 1; i < 8000; i++)
		crossings += tone[i - 1] < 0 && tone[i] >= 0;
	assert_in_range(crossings, 998, 1001);
	assert_true(fabs(silence_level(tone, 8000) + 10) < 0.3);
}

/* One frame in twenty of a 400 Hz tone is lost: what is put in its place keeps the level. */
static void
test_conceal(void **state)
{
	struct codec *c = codec_new();
	struct jitter_frame f;
	int16_t tone[8000];
	(void)state;
	assert_non_null(c);
	codec_tone(400, -15, tone, 8000);
	for (int i = 0; i < 50; i++) {
		f.have = i % 20 == 19 ? 0 : JITTER_ALL;
		memset(f.sample, 0, sizeof(f.sample));
		if (f.have != 0)
			memcpy(f.sample, tone + i * JITTER_FRAME, sizeof(f.sample));
		codec_conceal(c, &f);
		assert_true(fabs(silence_level(f.sample, JITTER_FRAME) + 15) < 3);
	}
	f.have = 0; /* a longer gap fades out */
	for (int i = 0; i < 5; i++)
		codec_conceal(c, &f);
	assert_true(silence_level(f.sample, JITTER_FRAME) < -60);
	codec_free(c);
}

/* Only the missing milliseconds of a frame are replaced. */
static void
test_conceal_part(void **state)
{
	struct codec *c = codec_new();
	struct jitter_frame f;
	int16_t tone[1600];
	(void)state;
	codec_tone(400, -15, tone, 1600);
	for (int i = 0; i < 10; i++) {
		f.have = JITTER_ALL;
		memcpy(f.sample, tone + i * JITTER_FRAME, sizeof(f.sample));
		if (i == 9) {
			f.have = JITTER_ALL & ~(0x3ffU << 10);
			memset(f.sample + 80, 0, 80 * sizeof(*f.sample));
		}
		codec_conceal(c, &f);
	}
	assert_memory_equal(f.sample, tone + 9 * JITTER_FRAME, 80 * sizeof(*f.sample));
	assert_true(silence_level(f.sample + 80, 80) > -25);
	codec_free(c);
}

/* Gaps of every length at every place, at the lowest pitch: nothing is written outside of them. */
static void
test_conceal_stays_inside(void **state)
{
	struct jitter_frame f;
	int16_t tone[1600];
	(void)state;
	codec_tone(67, -10, tone, 1600);
	for (int first = 0; first < JITTER_FRAME_MS; first++) {
		for (int n = 1; first + n <= JITTER_FRAME_MS; n++) {
			struct codec *c = codec_new();
			for (int i = 0; i < 10; i++) {
				memcpy(f.sample, tone + i * JITTER_FRAME, sizeof(f.sample));
				f.have =
				    i < 9 ? JITTER_ALL : JITTER_ALL & ~(((1U << n) - 1) << first);
				codec_conceal(c, &f);
			}
			assert_int_equal(f.have, JITTER_ALL & ~(((1U << n) - 1) << first));
			assert_memory_equal(f.sample, tone + 9 * JITTER_FRAME,
					    (size_t)first * 8 * sizeof(*f.sample));
			int after = (first + n) * 8 + 40; /* behind the blended joint */
			if (after < JITTER_FRAME)
				assert_memory_equal(
				    f.sample + after, tone + 9 * JITTER_FRAME + after,
				    (size_t)(JITTER_FRAME - after) * sizeof(*f.sample));
			codec_free(c);
		}
	}
}

/* The two tones of '#', 80 ms long. */
static void
test_listen(void **state)
{
	struct codec *c = codec_new();
	int16_t low[160 * 8], high[160 * 8];
	char digits[8];
	size_t n = 0;
	(void)state;
	codec_tone(941, -10, low, 160 * 8);
	codec_tone(1477, -10, high, 160 * 8);
	for (int i = 0; i < 8; i++) {
		int16_t frame[160];
		for (int k = 0; k < 160; k++)
			frame[k] = i < 4 ? (int16_t)(low[i * 160 + k] + high[i * 160 + k]) : 0;
		n += codec_listen(c, frame, 160, digits + n, sizeof(digits) - n);
	}
	assert_int_equal(n, 1);
	assert_int_equal(digits[0], '#');
	codec_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_codes),  cmocka_unit_test(test_all_codes),
	    cmocka_unit_test(test_tone),         cmocka_unit_test(test_conceal),
	    cmocka_unit_test(test_conceal_part), cmocka_unit_test(test_conceal_stays_inside),
	    cmocka_unit_test(test_listen),
	};
	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
