/* test_sdp_crypto: the a=crypto line: what is read, what makes it unusable, what we write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "worker/sdp_crypto.h"

/* 30 bytes "0123456789abcdef0123456789abcd" and 46 that go on to the 46th. */
#define BYTES  "0123456789abcdef0123456789abcdef0123456789abcd"
#define KEY30  "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
#define BARE46 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZA"
#define KEY46  BARE46 "=="
#define S80    "AES_CM_128_HMAC_SHA1_80 "
#define INLINE "inline:" KEY30

static const struct {
	const char *line;
	int result;
	uint32_t tag;
	enum sdp_suite suite;
	unsigned mki_len;
	uint64_t mki;
} lines[] = {
    /* RFC 4568 and what CUCM, Asterisk, AudioCodes and Lync write */
    {"1 " S80 INLINE, 0, 1, SDP_AES_128_80, 0, 0},
    {"999999999 AES_CM_128_HMAC_SHA1_32 " INLINE, 0, 999999999, SDP_AES_128_32, 0, 0},
    {"1\t " S80 "\t" INLINE "  ", 0, 1, SDP_AES_128_80, 0, 0},
    {"1 aes_cm_128_hmac_sha1_80 INLINE:" KEY30, 0, 1, SDP_AES_128_80, 0, 0},
    {"3 AES_256_CM_HMAC_SHA1_80 inline:" KEY46, 0, 3, SDP_AES_256_80, 0, 0},
    {"4 AES_256_CM_HMAC_SHA1_32 inline:" KEY46 "|2^31", 0, 4, SDP_AES_256_32, 0, 0},
    {"5 AES_256_CM_HMAC_SHA1_80 inline:" BARE46 "|2^31", 0, 5, SDP_AES_256_80, 0, 0},
    {"1 " S80 INLINE "|2^31", 0, 1, SDP_AES_128_80, 0, 0},
    {"1 " S80 INLINE "|1048576", 0, 1, SDP_AES_128_80, 0, 0},
    {"2 " S80 INLINE "|2^31|1:1", 0, 2, SDP_AES_128_80, 1, 1},
    {"2 " S80 INLINE "|1:4", 0, 2, SDP_AES_128_80, 4, 1},
    {"2 " S80 INLINE "|18446744073709551615:128", 0, 2, SDP_AES_128_80, 128, UINT64_MAX},
    {"1 " S80 INLINE "|2^48|255:1 KDR=0 WSH=64 -SOME=thing", 0, 1, SDP_AES_128_80, 1, 255},

    /* not for us */
    {"1 AES_CM_128_NULL_AUTH " INLINE, -ENOTSUP, 0, 0, 0, 0},
    {"1 AEAD_AES_128_GCM " INLINE, -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE ";" INLINE, -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE "|2^20|1:4;" INLINE "|2^20|2:4", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 "file:" KEY30, -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " UNENCRYPTED_SRTP", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " UNENCRYPTED_SRTCP UNENCRYPTED_SRTP", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " UNENCRYPTED_SRTCP=1", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " WSH=128 UNAUTHENTICATED_SRTP", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " KDR=1", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " FEC_ORDER=FEC_SRTP", -ENOTSUP, 0, 0, 0, 0},
    {"1 " S80 INLINE " SOME=thing", -ENOTSUP, 0, 0, 0, 0},

    /* not a line at all */
    {"", -EINVAL, 0, 0, 0, 0},
    {"1", -EINVAL, 0, 0, 0, 0},
    {"1 AES_CM_128_HMAC_SHA1_80", -EINVAL, 0, 0, 0, 0},
    {"-1 " S80 INLINE, -EINVAL, 0, 0, 0, 0},
    {"x " S80 INLINE, -EINVAL, 0, 0, 0, 0},
    {"1000000000 " S80 INLINE, -EINVAL, 0, 0, 0, 0},
    {"1 " S80 "inline:", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 "inline:abc", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 "inline:" KEY30 "MDEy", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmN=", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYm-_", -EINVAL, 0, 0, 0, 0},
    {"1 AES_256_CM_HMAC_SHA1_80 " INLINE, -EINVAL, 0, 0, 0, 0},
    {"1 AES_256_CM_HMAC_SHA1_80 inline:" BARE46 "=", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|2^49", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|0", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|2^31|", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|2^31|2^31", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|1:1|2^31", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|2^31|1:1|1:1", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|1:0", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|1:129", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|256:1", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE "|:1", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE " WSH=63", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE " WSH=", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE " -", -EINVAL, 0, 0, 0, 0},
    {"1 " S80 INLINE " -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a -a"
     " -a -a -a -a -a -a -a -a -a",
     -EINVAL, 0, 0, 0, 0},
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct sdp_crypto c = {.tag = 4711};
		int e = sdp_crypto_read(slice_str(lines[i].line), &c);
		if (e != lines[i].result)
			fail_msg("\"%s\": %d, not %d", lines[i].line, e, lines[i].result);
		if (e != 0) {
			assert_int_equal(c.tag, 4711); /* untouched */
			continue;
		}
		assert_int_equal(c.tag, lines[i].tag);
		assert_int_equal(c.suite, lines[i].suite);
		assert_memory_equal(c.key, BYTES, sdp_suite_key_len(c.suite));
		assert_int_equal(c.mki_len, lines[i].mki_len);
		assert_int_equal(c.mki, lines[i].mki);
		assert_false(c.open_reports);
	}
}

/* What we write reads back, whatever the bytes of the key. */
static void
test_written_reads_back(void **state)
{
	(void)state;
	for (unsigned suite = SDP_PLAIN + 1; suite < SDP_SUITES; suite++) {
		for (unsigned turn = 0; turn < 256; turn++) {
			struct sdp_crypto c = {.suite = (enum sdp_suite)suite, .tag = turn}, back;
			char text[160];
			struct buf out = BUF(text);
			for (unsigned i = 0; i < sdp_suite_key_len(c.suite); i++)
				c.key[i] = (uint8_t)(turn + i * 151);
			sdp_crypto_write(&out, &c);
			assert_false(out.full);
			assert_true(
			    slice_has_prefix((struct slice){text, out.n}, SLICE("a=crypto:")));
			assert_memory_equal(text + out.n - 2, "\r\n", 2);
			struct slice value = {text + 9, out.n - 11};
			assert_int_equal(sdp_crypto_read(value, &back), 0);
			assert_memory_equal(&back, &c, sizeof(c));
		}
	}
}

static void
test_same_key(void **state)
{
	struct sdp_crypto a = {0}, b;
	(void)state;
	assert_int_equal(sdp_crypto_read(SLICE("1 " S80 INLINE "|1:1"), &a), 0);
	b = a;
	b.tag = 2;
	assert_true(sdp_crypto_same_key(&a, &b));
	b.mki = 2;
	assert_false(sdp_crypto_same_key(&a, &b));
	b = a;
	b.suite = SDP_AES_128_32;
	assert_false(sdp_crypto_same_key(&a, &b));
	b = a;
	b.key[29] ^= 1;
	assert_false(sdp_crypto_same_key(&a, &b));
	b = a;
	b.open_reports = true;
	assert_false(sdp_crypto_same_key(&a, &b));
}

/* Avaya's, whose reports are signed only: said back as it came, or the offer is not accepted. */
static void
test_open_reports(void **state)
{
	static const char *const forms[] = {
	    "1 " S80 INLINE " UNENCRYPTED_SRTCP",
	    "1 " S80 INLINE "|2^31|1:1 WSH=64 unencrypted_srtcp",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct sdp_crypto c = {0};
		char text[160];
		struct buf out = BUF(text);
		assert_int_equal(sdp_crypto_read(slice_str(forms[i]), &c), 0);
		assert_true(c.open_reports);
		sdp_crypto_write(&out, &c);
		assert_string_equal(buf_cstr(&out),
				    "a=crypto:1 " S80 INLINE " UNENCRYPTED_SRTCP\r\n");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_written_reads_back),
	    cmocka_unit_test(test_same_key),
	    cmocka_unit_test(test_open_reports),
	};
	return cmocka_run_group_tests_name("sdp_crypto", tests, NULL, NULL);
}
