/* test_rtp: headers with everything RFC 3550 allows in them, and the counting of a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "worker/rtp.h"

static void
test_round_trip(void **state)
{
	uint8_t bytes[RTP_HEADER + 4] = {0};
	struct rtp_packet in = {
	    .pt = 101, .marker = true, .seq = 0xfffe, .ts = 0x80000001, .ssrc = 0xdeadbeef};
	struct rtp_packet out;
	(void)state;
	rtp_write(&in, bytes);
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &out), 0);
	assert_int_equal(out.pt, 101);
	assert_true(out.marker);
	assert_int_equal(out.seq, 0xfffe);
	assert_int_equal(out.ts, 0x80000001);
	assert_int_equal(out.ssrc, 0xdeadbeef);
	assert_ptr_equal(out.payload, bytes + RTP_HEADER);
	assert_int_equal(out.payload_len, 4);
}

/* Two CSRCs, an extension of one word, three bytes of padding around "ab". */
static void
test_all_parts(void **state)
{
	static const uint8_t bytes[] = {0xb2, 0x00, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,   1,   1, 1, 1, 2,
					2,    2,    2, 9, 9, 0, 1, 7, 7, 7, 7, 'a', 'b', 0, 0, 3};
	struct rtp_packet p;
	(void)state;
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &p), 0);
	assert_int_equal(p.payload_len, 2);
	assert_memory_equal(p.payload, "ab", 2);
	for (size_t n = 0; n < 28; n++) /* cut anywhere before the payload */
		assert_int_equal(rtp_read(bytes, n, &p), -EBADMSG);
}

static void
test_nonsense(void **state)
{
	uint8_t bytes[RTP_HEADER + 1] = {0x80};
	struct rtp_packet p;
	(void)state;
	bytes[0] = 0x40; /* version 1 */
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &p), -EBADMSG);
	bytes[0] = 0xa0; /* padding of 0, of more than there is, of all there is */
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &p), -EBADMSG);
	bytes[RTP_HEADER] = 2;
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &p), -EBADMSG);
	bytes[RTP_HEADER] = 1;
	assert_int_equal(rtp_read(bytes, sizeof(bytes), &p), 0);
	assert_int_equal(p.payload_len, 0);
}

static enum rtp_verdict
take(struct rtp_source *s, uint16_t seq, uint32_t ts, uint32_t arrival)
{
	struct rtp_packet p = {.seq = seq, .ts = ts, .ssrc = 5};
	return rtp_source_take(s, &p, arrival);
}

static void
test_loss_and_wrap(void **state)
{
	struct rtp_source s = {0};
	(void)state;
	assert_int_equal(rtp_source_lost_ever(&s), 0);
	assert_int_equal(take(&s, 65534, 0, 0), RTP_FIRST);
	assert_int_equal(take(&s, 65535, 160, 160), RTP_GOES_ON);
	assert_int_equal(take(&s, 1, 480, 480), RTP_GOES_ON); /* 0 is missing */
	assert_int_equal(rtp_source_highest(&s), 65537);
	assert_int_equal(rtp_source_lost(&s), 1);
	assert_int_equal(rtp_source_fraction(&s), 64);        /* one of four */
	assert_int_equal(take(&s, 0, 320, 500), RTP_GOES_ON); /* only late */
	assert_int_equal(rtp_source_lost(&s), 0);
	assert_int_equal(rtp_source_highest(&s), 65537);
	take(&s, 0, 320, 500); /* a duplicate */
	assert_int_equal(rtp_source_lost(&s), -1);
	assert_int_equal(rtp_source_lost_ever(&s), 0);
	assert_int_equal(rtp_source_fraction(&s), 0);
	take(&s, 10, 0, 0);
	assert_int_equal(rtp_source_lost(&s), 7);
	assert_int_equal(rtp_source_fraction(&s), (8U << 8) / 9);
}

/* A jump is believed when the next packet follows it. */
static void
test_restart(void **state)
{
	struct rtp_source s = {0};
	(void)state;
	take(&s, 100, 0, 0);
	take(&s, 102, 0, 0);
	assert_int_equal(take(&s, 30000, 0, 0), RTP_STRAY);
	assert_int_equal(take(&s, 103, 0, 0), RTP_GOES_ON);
	assert_int_equal(take(&s, 40000, 0, 0), RTP_STRAY);
	assert_int_equal(take(&s, 40001, 0, 0), RTP_FIRST);
	assert_int_equal(take(&s, 40002, 0, 0), RTP_GOES_ON);
	assert_int_equal(rtp_source_lost(&s), 0);
	assert_int_equal(rtp_source_lost_ever(&s), 1);
}

static void
test_other_source(void **state)
{
	struct rtp_source s = {0};
	struct rtp_packet other = {.seq = 9, .ssrc = 6};
	(void)state;
	take(&s, 1, 0, 0);
	take(&s, 4, 0, 0);
	assert_int_equal(rtp_source_take(&s, &other, 0), RTP_FIRST);
	assert_int_equal(rtp_source_highest(&s), 9);
	assert_int_equal(rtp_source_lost(&s), 0);
	assert_int_equal(rtp_source_lost_ever(&s), 2);
}

/* RFC 3550 A.8: a steady stream has none; one that swings by 16 ms comes near 16 ms. */
static void
test_jitter(void **state)
{
	struct rtp_source s = {0};
	(void)state;
	for (uint16_t i = 0; i < 100; i++)
		take(&s, i, i * 160U, 7000U + i * 160U);
	assert_int_equal(rtp_source_jitter(&s), 0);
	for (uint16_t i = 100; i < 300; i++)
		take(&s, i, i * 160U, 7000U + i * 160U + i % 2 * 128U);
	assert_in_range(rtp_source_jitter(&s), 120, 128);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_all_parts),
	    cmocka_unit_test(test_nonsense),   cmocka_unit_test(test_loss_and_wrap),
	    cmocka_unit_test(test_restart),    cmocka_unit_test(test_other_source),
	    cmocka_unit_test(test_jitter),
	};
	return cmocka_run_group_tests_name("rtp", tests, NULL, NULL);
}
