/* test_secure: SRTP and SRTCP against known packets, and both ends against each other: what is
 * forged, replayed or of another key, how a key is changed, and the sequence number's rollover. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/secure_pair.h"
#include "worker/rtcp.h"

/* ---- known packets ---- */

/* The packet of libsrtp's own tests; tests/e2e/harness/srtp.py, which shares nothing with it, makes
 * the same of it. */
static const uint8_t known_key[] = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f,
				    0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad,
				    0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6};
static const uint8_t known_head[] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca,
				     0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe};
static const uint8_t known_tail[] = {0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c,
				     0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d,
				     0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb};

static void
test_known_packet(void **state)
{
	struct sdp_crypto c = {.suite = SDP_AES_128_80};
	struct secure *s = NULL;
	struct packet p = {.n = sizeof(known_head) + 16};
	(void)state;
	memcpy(c.key, known_key, sizeof(known_key));
	assert_int_equal(secure_set(&s, FARS, &c, &c), 0);
	memcpy(p.byte, known_head, sizeof(known_head));
	memset(p.byte + sizeof(known_head), 0xab, 16);
	assert_int_equal(secure_rtp_out(s, p.byte, &p.n), 0);
	assert_int_equal(p.n, sizeof(known_head) + sizeof(known_tail));
	assert_memory_equal(p.byte, known_head, sizeof(known_head));
	assert_memory_equal(p.byte + sizeof(known_head), known_tail, sizeof(known_tail));
	assert_int_equal(secure_rtp_in(s, p.byte, &p.n), 0);
	assert_int_equal(p.n, sizeof(known_head) + 16);
	assert_int_equal(p.byte[27], 0xab);
	secure_free(s);
}

/* ---- both ends ---- */

static void
test_round_trip(void **state)
{
	static const struct {
		enum sdp_suite suite;
		size_t tag;
	} suites[] = {
	    {SDP_AES_128_80, 10}, {SDP_AES_128_32, 4}, {SDP_AES_256_80, 10}, {SDP_AES_256_32, 4}};
	(void)state;
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		struct pair p = joined(suites[i].suite);
		for (uint16_t seq = 0; seq < 300; seq++) {
			struct packet there = sent(p.near, OURS, seq),
				      back = sent(p.far, FARS, seq);
			assert_int_equal(there.n, PLAIN + suites[i].tag);
			assert_memory_not_equal(there.byte + RTP_HEADER, back.byte + RTP_HEADER,
						16);
			assert_int_equal(heard(p.far, &there), 0);
			assert_int_equal(heard(p.near, &back), 0);
		}
		part(&p);
	}
}

static void
test_reports(void **state)
{
	(void)state;
	for (unsigned suite = SDP_PLAIN + 1; suite < SDP_SUITES; suite++) {
		struct pair p = joined((enum sdp_suite)suite);
		struct packet r, copy;
		struct rtcp_out o = {.ssrc = OURS, .sender = true, .ntp = 7, .cname = "x"};
		struct rtcp_in in;
		size_t plain = r.n = rtcp_write(r.byte, &o);
		assert_int_equal(secure_rtcp_out(p.near, r.byte, &r.n), 0);
		assert_int_equal(r.n, plain + 4 + 10); /* index, and 80 bits with any suite */
		copy = r;
		copy.byte[20] ^= 1;
		assert_int_equal(secure_rtcp_in(p.far, copy.byte, &copy.n), -EBADMSG);
		copy = r;
		assert_int_equal(secure_rtcp_in(p.far, copy.byte, &copy.n), 0);
		assert_int_equal(copy.n, plain);
		assert_int_equal(rtcp_read(copy.byte, copy.n, FARS, &in), 0);
		assert_int_equal(in.ntp, 7);
		assert_int_equal(secure_rtcp_in(p.far, r.byte, &r.n), -EALREADY);
		part(&p);
	}
}

/* Signed, and for everybody to read; the sound is encrypted all the same.  Who encrypts his reports
 * though the other said so is not believed (RFC 3711 3.4: the E flag). */
static void
test_open_reports(void **state)
{
	struct pair p = joined(SDP_AES_128_80), closed = joined(SDP_AES_128_80);
	struct rtcp_out o = {.ssrc = OURS, .sender = true, .ntp = 7, .cname = "x"};
	struct packet r, copy, plain;
	(void)state;
	p.a.open_reports = p.b.open_reports = true;
	part(&p);
	p.near = p.far = NULL;
	assert_int_equal(secure_set(&p.near, OURS, &p.a, &p.b), 0);
	assert_int_equal(secure_set(&p.far, FARS, &p.b, &p.a), 0);
	r.n = plain.n = rtcp_write(plain.byte, &o);
	memcpy(r.byte, plain.byte, plain.n);
	assert_int_equal(secure_rtcp_out(p.near, r.byte, &r.n), 0);
	assert_int_equal(r.n, plain.n + 4 + 10);
	assert_memory_equal(r.byte, plain.byte, plain.n);
	assert_int_equal(r.byte[plain.n] >> 7, 0);
	copy = r;
	copy.byte[20] ^= 1;
	assert_int_equal(secure_rtcp_in(p.far, copy.byte, &copy.n), -EBADMSG);
	copy = r;
	assert_int_equal(secure_rtcp_in(closed.far, copy.byte, &copy.n), -EBADMSG);
	assert_int_equal(secure_rtcp_in(p.far, r.byte, &r.n), 0);
	assert_int_equal(r.n, plain.n);
	copy = sent(p.near, OURS, 1);
	write_plain(&plain, OURS, 1);
	assert_memory_not_equal(copy.byte + RTP_HEADER, plain.byte + RTP_HEADER, 16);
	assert_int_equal(heard(p.far, &copy), 0);
	part(&p);
	part(&closed);
}

static void
test_what_is_forged(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct sdp_crypto other = key(SDP_AES_128_80, 3);
	struct secure *stranger = NULL;
	struct packet good = sent(p.far, FARS, 100), bad;
	(void)state;
	/* a bit of any byte */
	for (size_t i = 0; i < good.n; i++) {
		bad = good;
		bad.byte[i] ^= 0x10;
		assert_int_not_equal(heard(p.near, &bad), 0);
	}
	/* any length */
	for (size_t n = 0; n < good.n; n++) {
		bad = good;
		bad.n = n;
		assert_int_equal(secure_rtp_in(p.near, bad.byte, &bad.n), -EBADMSG);
		bad = good;
		bad.n = n;
		assert_int_equal(secure_rtcp_in(p.near, bad.byte, &bad.n), -EBADMSG);
	}
	/* no SRTP at all, or of somebody else */
	write_plain(&bad, FARS, 100);
	assert_int_equal(heard(p.near, &bad), -EBADMSG);
	assert_int_equal(secure_set(&stranger, FARS, &other, &other), 0);
	bad = sent(stranger, FARS, 100);
	assert_int_equal(heard(p.near, &bad), -EBADMSG);
	/* our own, thrown back */
	bad = sent(p.near, OURS, 100);
	assert_int_equal(heard(p.near, &bad), -EBADMSG);
	/* none of which has spoiled anything */
	assert_int_equal(heard(p.near, &good), 0);
	secure_free(stranger);
	part(&p);
}

static void
test_what_is_replayed(void **state)
{
	struct pair p = joined(SDP_AES_128_32);
	struct packet kept[400];
	(void)state;
	for (uint16_t i = 0; i < 400; i++)
		kept[i] = sent(p.far, FARS, (uint16_t)(i + 1000));
	/* out of order, as networks do it: each once */
	for (unsigned i = 0; i < 400; i += 2) {
		assert_int_equal(heard(p.near, &kept[i + 1]), 0);
		assert_int_equal(heard(p.near, &kept[i]), 0);
		assert_int_equal(heard(p.near, &kept[i]), -EALREADY);
	}
	for (unsigned i = 0; i < 400; i++)
		assert_int_equal(heard(p.near, &kept[i]), -EALREADY);
	part(&p);
}

/* RFC 3711 3.3.1: the sequence number's wraps are counted on both sides, lost packets or not. */
static void
test_rollover(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct packet at_wrap[4], early = {.n = 0};
	(void)state;
	for (uint32_t i = 65000; i < 65000 + 3 * 65536; i++) {
		struct packet s = sent(p.far, FARS, (uint16_t)i);
		if (i == 65000)
			early = s;
		if (i >= 65534 && i < 65538) {
			at_wrap[i - 65534] = s;
			continue;
		}
		if (i == 65538) { /* the wrap itself comes late and in disorder */
			assert_int_equal(heard(p.near, &s), 0);
			assert_int_equal(heard(p.near, &at_wrap[2]), 0);
			assert_int_equal(heard(p.near, &at_wrap[0]), 0);
			assert_int_equal(heard(p.near, &at_wrap[3]), 0);
			assert_int_equal(heard(p.near, &at_wrap[1]), 0);
			continue;
		}
		if (i % 50 == 7 || i < 65100)
			assert_int_equal(heard(p.near, &s), 0);
	}
	/* the same sequence number three wraps later is another packet */
	assert_int_not_equal(heard(p.near, &early), 0);
	part(&p);
}

/* ---- keys that change ---- */

static void
test_same_keys_change_nothing(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct packet first = sent(p.far, FARS, 65535), second, again;
	struct sdp_crypto relabelled = p.b;
	(void)state;
	assert_int_equal(heard(p.near, &first), 0);
	second = sent(p.far, FARS, 0); /* the rollover counter is 1 from here on */
	again = sent(p.near, OURS, 1);
	relabelled.tag = 9;
	assert_int_equal(secure_set(&p.near, OURS, &p.a, &relabelled), 0);
	assert_int_equal(heard(p.near, &first), -EALREADY);
	assert_int_equal(heard(p.near, &second), 0);
	/* nor is a packet index of ours used twice: that would give the words away */
	write_plain(&again, OURS, 1);
	assert_int_equal(secure_rtp_out(p.near, again.byte, &again.n), -EIO);
	part(&p);
}

static void
test_new_key_of_theirs(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct packet old[3], fresh, replayed;
	struct sdp_crypto next = key(SDP_AES_128_80, 77);
	(void)state;
	for (uint16_t i = 0; i < 3; i++)
		old[i] = sent(p.far, FARS, (uint16_t)(65534 + i)); /* over the wrap */
	assert_int_equal(heard(p.near, &old[0]), 0);
	assert_int_equal(secure_set(&p.near, OURS, &p.a, &next), 0);
	/* what was on its way is still heard, once */
	assert_int_equal(heard(p.near, &old[1]), 0);
	assert_int_equal(heard(p.near, &old[0]), -EALREADY);
	assert_int_equal(secure_set(&p.far, FARS, &next, &p.a), 0);
	fresh = sent(p.far, FARS, 5); /* its rollover counter begins at 0 */
	replayed = fresh;
	assert_int_equal(heard(p.near, &fresh), 0);
	assert_int_equal(heard(p.near, &replayed), -EALREADY);
	/* from now on the old key is worth nothing */
	assert_int_equal(heard(p.near, &old[2]), -EBADMSG);
	/* and ours has not noticed */
	fresh = sent(p.near, OURS, 1);
	assert_int_equal(heard(p.far, &fresh), 0);
	part(&p);
}

static void
test_new_suite(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct sdp_crypto a = key(SDP_AES_256_32, 5), b = key(SDP_AES_256_32, 6);
	struct packet s = sent(p.near, OURS, 1);
	(void)state;
	assert_int_equal(s.n, PLAIN + 10);
	assert_int_equal(secure_set(&p.near, OURS, &a, &b), 0);
	assert_int_equal(secure_set(&p.far, FARS, &b, &a), 0);
	s = sent(p.near, OURS, 2);
	assert_int_equal(s.n, PLAIN + 4);
	assert_int_equal(heard(p.far, &s), 0);
	part(&p);
}

static void
test_no_key_is_no_context(void **state)
{
	struct sdp_crypto plain = {.suite = SDP_PLAIN}, good = key(SDP_AES_128_80, 1);
	struct secure *s = NULL;
	(void)state;
	assert_int_equal(secure_set(&s, OURS, &plain, &good), -EINVAL);
	assert_null(s);
	assert_int_equal(secure_set(&s, OURS, &good, &good), 0);
	assert_int_equal(secure_set(&s, OURS, &good, &plain), -EINVAL);
	assert_null(s); /* closed, not plain */
	secure_free(NULL);
}

/* ---- sources, and the key's name in the packet ---- */

static void
test_sources_are_bounded(void **state)
{
	struct pair p = joined(SDP_AES_128_80);
	struct packet s;
	(void)state;
	for (uint32_t i = 0; i < SECURE_SOURCES_MAX + 3; i++) {
		struct secure *source = NULL; /* the same key from another SSRC */
		assert_int_equal(secure_set(&source, 1000 + i, &p.b, &p.a), 0);
		s = sent(source, 1000 + i, 7);
		assert_int_equal(heard(p.near, &s), i < SECURE_SOURCES_MAX ? 0 : -ENOSPC);
		s = sent(source, 1000 + i, 8);
		assert_int_equal(heard(p.near, &s), i < SECURE_SOURCES_MAX ? 0 : -ENOSPC);
		secure_free(source);
	}
	part(&p);
}

/* RFC 3711 3.1: the MKI stands between the payload and the tag.  We hear it and send none. */
static void
test_mki(void **state)
{
	static const struct {
		uint8_t len;
		uint64_t value;
		const char *bytes;
	} cases[] = {{1, 1, "\x01"},
		     {4, 0x01020304, "\x01\x02\x03\x04"},
		     {10, 258, "\0\0\0\0\0\0\0\0\x01\x02"}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair p = joined(SDP_AES_128_80);
		struct sdp_crypto named = p.b;
		struct packet plain = sent(p.far, FARS, 9), with = plain;
		size_t tag = plain.n - 10, len = cases[i].len;
		named.mki_len = cases[i].len;
		named.mki = cases[i].value;
		assert_int_equal(secure_set(&p.near, OURS, &p.a, &named), 0);
		memcpy(with.byte + tag, cases[i].bytes, len);
		memcpy(with.byte + tag + len, plain.byte + tag, 10);
		with.n += len;
		with.byte[tag] ^= 0x80;
		struct packet wrong = with;
		assert_int_equal(heard(p.near, &wrong), -EBADMSG);
		with.byte[tag] ^= 0x80;
		assert_int_equal(heard(p.near, &with), 0);
		assert_int_equal(heard(p.near, &with), -EALREADY);
		part(&p);
	}
}

static int
finish(void **state)
{
	(void)state;
	secure_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_packet),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_open_reports),
	    cmocka_unit_test(test_what_is_forged),
	    cmocka_unit_test(test_what_is_replayed),
	    cmocka_unit_test(test_rollover),
	    cmocka_unit_test(test_same_keys_change_nothing),
	    cmocka_unit_test(test_new_key_of_theirs),
	    cmocka_unit_test(test_new_suite),
	    cmocka_unit_test(test_no_key_is_no_context),
	    cmocka_unit_test(test_sources_are_bounded),
	    cmocka_unit_test(test_mki),
	};
	return cmocka_run_group_tests_name("secure", tests, NULL, finish);
}
