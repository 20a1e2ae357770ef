/* test_rtcp: what we write reads back, its bytes are those of RFC 3550, and nonsense is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "worker/rtcp.h"

static const struct rtcp_out full = {
    .ssrc = 0x11223344,
    .sender = true,
    .ntp = 0x0102030405060708,
    .rtp_ts = 77,
    .packets = 10,
    .octets = 1600,
    .has_block = true,
    .block = {.ssrc = 0x55667788,
	      .fraction = 12,
	      .lost = -3,
	      .highest = 70000,
	      .jitter = 40,
	      .lsr = 0x03040506,
	      .dlsr = 65536},
    .cname = "abc",
    .bye = true,
};

static void
test_round_trip(void **state)
{
	uint8_t bytes[RTCP_MAX];
	struct rtcp_in in;
	size_t n = rtcp_write(bytes, &full);
	(void)state;
	assert_int_equal(n, 52 + 16 + 8);
	assert_int_equal(rtcp_read(bytes, n, 0x55667788, &in), 0);
	assert_int_equal(in.ssrc, 0x11223344);
	assert_true(in.sr);
	assert_true(in.ntp == full.ntp);
	assert_true(in.bye);
	assert_true(in.has_block);
	assert_memory_equal(&in.block, &full.block, sizeof(in.block));
	assert_int_equal(rtcp_read(bytes, n, 1, &in), 0); /* about somebody else */
	assert_false(in.has_block);
}

static void
test_bytes(void **state)
{
	static const uint8_t want[] = {0x80, 201, 0,   1,   0,   0, 0, 9,  /* RR, empty */
				       0x81, 202, 0,   3,   0,   0, 0, 9,  /* SDES */
				       1,    3,   'a', 'b', 'c', 0, 0, 0}; /* CNAME */
	uint8_t bytes[RTCP_MAX];
	struct rtcp_out o = {.ssrc = 9, .cname = "abc"};
	(void)state;
	assert_int_equal(rtcp_write(bytes, &o), sizeof(want));
	assert_memory_equal(bytes, want, sizeof(want));
}

static void
test_limits(void **state)
{
	uint8_t bytes[RTCP_MAX];
	struct rtcp_in in;
	struct rtcp_out o = full;
	(void)state;
	o.cname = "0123456789012345678901234567890123456789";
	o.block.lost = 1 << 30;
	size_t n = rtcp_write(bytes, &o);
	assert_true(n <= RTCP_MAX);
	assert_int_equal(rtcp_read(bytes, n, 0x55667788, &in), 0);
	assert_int_equal(in.block.lost, 0x7fffff);
}

static void
test_nonsense(void **state)
{
	uint8_t bytes[RTCP_MAX], bad[RTCP_MAX];
	struct rtcp_in in;
	size_t n = rtcp_write(bytes, &full);
	(void)state;
	for (size_t cut = 0; cut < n; cut++) /* only whole packets are let through */
		assert_int_equal(rtcp_read(bytes, cut, 1, &in),
				 cut == 52 || cut == 68 ? 0 : -EBADMSG);
	memcpy(bad, bytes, n);
	bad[0] = 0x9f; /* 31 blocks said, one there */
	assert_int_equal(rtcp_read(bad, n, 1, &in), -EBADMSG);
	memcpy(bad, bytes, n);
	bad[1] = 202; /* does not begin with a report */
	assert_int_equal(rtcp_read(bad, n, 1, &in), -EBADMSG);
	memcpy(bad, bytes, n);
	bad[52] = 0x41; /* version 1 in the second packet */
	assert_int_equal(rtcp_read(bad, n, 1, &in), -EBADMSG);
}

static void
test_times(void **state)
{
	struct timespec wall = {.tv_sec = 1, .tv_nsec = 500000000};
	struct rtcp_block b = {.lsr = 0x00010000, .dlsr = 0x00008000};
	(void)state;
	assert_true(rtcp_ntp(wall) == (2208988801ULL << 32 | 0x80000000));
	assert_int_equal(rtcp_ntp_middle(0x0102030405060708), 0x03040506);
	/* sent at 1 s, held for 0.5 s, now 1.75 s: 0.25 s on the way */
	assert_int_equal(rtcp_round_trip_us((uint64_t)0x0001c000 << 16, &b), 250000);
	assert_int_equal(rtcp_round_trip_us((uint64_t)0x00010000 << 16, &b), -1);
	b.lsr = 0;
	assert_int_equal(rtcp_round_trip_us((uint64_t)0x0001c000 << 16, &b), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_limits),     cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_times),
	};
	return cmocka_run_group_tests_name("rtcp", tests, NULL, NULL);
}
