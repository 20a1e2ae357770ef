/* test_dtmf: key presses as gateways send them, with repeats, losses and bad habits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "worker/dtmf.h"

struct heard {
	struct dtmf d;
	char digits[64];
	size_t n;
};

static void
packet(struct heard *h, uint8_t event, int end, uint16_t duration, uint32_t ts)
{
	uint8_t p[4] = {event, (uint8_t)(end ? 0x8a : 0x0a), (uint8_t)(duration >> 8),
			(uint8_t)duration};
	char c = dtmf_take(&h->d, ts, p, sizeof(p));
	if (c != 0)
		h->digits[h->n++] = c;
}

/* A press of 100 ms; bit i of `lost` drops packet i of its five and three end packets. */
static void
press(struct heard *h, uint8_t event, uint32_t ts, unsigned lost)
{
	for (uint16_t i = 0; i < 5; i++)
		if (!(lost >> i & 1))
			packet(h, event, 0, (uint16_t)(160 * (i + 1)), ts);
	for (unsigned i = 5; i < 8; i++)
		if (!(lost >> i & 1))
			packet(h, event, 1, 800, ts);
}

static void
test_all_digits(void **state)
{
	struct heard h = {0};
	(void)state;
	for (uint8_t e = 0; e < 16; e++)
		press(&h, e, 1000 + e * 1600U, 0);
	assert_string_equal(h.digits, "0123456789*#ABCD");
}

/* Whichever packets of a press are lost: one digit as long as one comes. */
static void
test_every_loss(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 255; lost++) {
		struct heard h = {0};
		press(&h, 5, 0xffffff00, lost); /* the next timestamp wraps */
		press(&h, 5, 0xffffff00 + 1600, lost);
		press(&h, 11, 0xffffff00 + 3200, lost);
		assert_string_equal(h.digits, "55#");
	}
}

static void
test_stragglers(void **state)
{
	struct heard h = {0};
	(void)state;
	press(&h, 1, 1000, 0);
	press(&h, 2, 3000, 0);
	packet(&h, 1, 1, 800, 1000); /* a repeated end, overtaken */
	packet(&h, 2, 1, 800, 3000);
	assert_string_equal(h.digits, "12");
}

/* RFC 4733 2.5.1.3: longer than 8 s, in segments; the packets at the seam may be lost. */
static void
test_long_press(void **state)
{
	struct heard h = {0};
	uint32_t ts = 5000;
	(void)state;
	for (int segment = 0; segment < 3; segment++) {
		for (uint32_t d = 400; d <= 0xfff0; d += 400)
			packet(&h, 7, 0, (uint16_t)d, ts);
		ts += 0xffff;
	}
	packet(&h, 7, 1, 800, ts);
	assert_string_equal(h.digits, "7");
}

/* Gateways that move the timestamp with every packet, ends included. */
static void
test_moving_timestamp(void **state)
{
	struct heard h = {0};
	uint32_t ts = 100;
	(void)state;
	for (uint16_t i = 0; i < 6; i++, ts += 160)
		packet(&h, 9, i > 3, (uint16_t)(160 * (i + 1)), ts);
	ts += 1600;
	for (uint16_t i = 0; i < 6; i++, ts += 160)
		packet(&h, 9, i > 3, (uint16_t)(160 * (i + 1)), ts);
	assert_string_equal(h.digits, "99");
}

/* 50 ms on, 50 ms off, as fast diallers do. */
static void
test_fast(void **state)
{
	struct heard h = {0};
	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		packet(&h, 3, 1, 400, i * 800);
	assert_string_equal(h.digits, "3333");
}

static void
test_no_digits(void **state)
{
	struct heard h = {0};
	static const uint8_t shortened[3] = {1, 0, 0};
	(void)state;
	packet(&h, 16, 0, 160, 0); /* flash */
	packet(&h, 36, 0, 160, 0); /* CNG */
	packet(&h, 255, 1, 160, 0);
	assert_int_equal(dtmf_take(&h.d, 0, shortened, 3), 0);
	assert_int_equal(dtmf_take(&h.d, 0, NULL, 0), 0);
	assert_string_equal(h.digits, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_digits),       cmocka_unit_test(test_every_loss),
	    cmocka_unit_test(test_stragglers),       cmocka_unit_test(test_long_press),
	    cmocka_unit_test(test_moving_timestamp), cmocka_unit_test(test_fast),
	    cmocka_unit_test(test_no_digits),
	};
	return cmocka_run_group_tests_name("dtmf", tests, NULL, NULL);
}
