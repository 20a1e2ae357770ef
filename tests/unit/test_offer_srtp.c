/* test_offer_srtp: what each setting of trunk.srtp makes of each kind of offer and answer, and how
 * long a key of ours lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/offer_talk.h"

/* Whether the answer is RTP/SAVP; 400, 488: refused. */
enum { PLAIN, SRTP };

static int
outcome(enum demand srtp, const char *theirs)
{
	struct offer o = fresh_for(srtp);
	struct sdp_remote r;
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);
	int status = read_sdp(&o, theirs, &r);

	if (status != 0) {
		assert_non_null(o.refusal);
		return status;
	}
	offer_answer(&o, &r, some_random(), &out);
	buf_cstr(&out);
	assert_int_equal(strstr(text, "m=audio 20000 RTP/SAVP ") != NULL,
			 strstr(text, "a=crypto:") != NULL);
	assert_int_equal(strstr(text, "a=crypto:") != NULL, o.local.ncrypto == 1);
	assert_null(strstr(text, KEY_A)); /* theirs is never said back */
	return o.local.ncrypto == 1 ? SRTP : PLAIN;
}

/* THE policy. */
static void
test_srtp_policy(void **state)
{
	static const struct {
		const char *what, *sdp;
		int result[3]; /* never, optional, required */
	} cases[] = {
	    {"plain", AUDIO, {PLAIN, PLAIN, 488}},
	    {"secure", SECURE LINE_A, {488, SRTP, SRTP}},
	    {"secure, its reports in the clear",
	     SECURE "a=crypto:1" SUITE80 KEY_A " UNENCRYPTED_SRTCP\r\n",
	     {488, SRTP, SRTP}},
	    {"secure without a line", SECURE, {488, 488, 488}},
	    {"secure, unknown suite alone",
	     SECURE "a=crypto:1 F8_128_HMAC_SHA1_80 " KEY_A "\r\n",
	     {488, 488, 488}},
	    {"secure, unknown suite first",
	     SECURE "a=crypto:1 F8_128_HMAC_SHA1_80 " KEY_A "\r\na=crypto:2" SUITE32 KEY_A "\r\n",
	     {488, SRTP, SRTP}},
	    {"best effort by capabilities (RFC 5939)",
	     AUDIO "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n" LINE_A,
	     {PLAIN, PLAIN, 488}},
	    {"best effort by two streams",
	     SECURE LINE_A "m=audio 5210 RTP/AVP 0\r\n",
	     {PLAIN, SRTP, SRTP}},
	    {"the other way round",
	     AUDIO "m=audio 5210 RTP/SAVP 0\r\n" LINE_A,
	     {PLAIN, SRTP, SRTP}},
	    {"the secure one cannot be used",
	     AUDIO "m=audio 5210 RTP/SAVP 0\r\n",
	     {PLAIN, PLAIN, 488}},
	    {"the secure one has no codec",
	     AUDIO "m=audio 5210 RTP/SAVP 18\r\n" LINE_A,
	     {PLAIN, PLAIN, 488}},
	    {"keys by DTLS", HEAD "m=audio 5208 UDP/TLS/RTP/SAVP 0\r\n" LINE_A, {488, 488, 488}},
	    {"a line of the session",
	     "v=0\r\nc=IN IP4 192.0.2.1\r\n" LINE_A "m=audio 5208 RTP/SAVP 0\r\n",
	     {488, 488, 488}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned d = DEMAND_NEVER; d <= DEMAND_REQUIRED; d++) {
			int got = outcome((enum demand)d, cases[i].sdp);

			if (got != cases[i].result[d])
				fail_msg("%s, srtp %u: %d, not %d", cases[i].what, d, got,
					 cases[i].result[d]);
		}
	}
}

/* RFC 4568 5.1.2: the offerer's order, its tag, and a key of our own. */
static void
test_srtp_answer_says_tag_and_suite(void **state)
{
	struct offer o = fresh();
	struct sdp_remote r = read_ok(&o, SECURE "a=crypto:77" SUITE32 KEY_A "\r\n" LINE_B);
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);

	(void)state;
	assert_true(offer_wants_key(&o, &r));
	offer_answer(&o, &r, some_random(), &out);
	assert_non_null(strstr(buf_cstr(&out), "a=crypto:77" SUITE32 "inline:"));
	assert_null(strstr(text, SUITE80));
	assert_int_equal(o.remote.crypto.suite, SDP_AES_128_32);
	assert_memory_not_equal(o.local.crypto[0].key, o.remote.crypto.key, 30);
	assert_false(offer_wants_key(&o, &r));
}

/* Hold, a new key of theirs, another tag: ours stays.  Another suite, reports that are encrypted no
 * more, plain between: it is new. */
static void
test_srtp_key_lives_as_long_as_the_suite(void **state)
{
	static const struct {
		const char *sdp;
		bool stays;
		unsigned version;
	} then[] = {
	    {SECURE LINE_A, true, 1},
	    {SECURE LINE_B, true, 1},
	    {SECURE LINE_B "a=sendonly\r\n", true, 2},
	    {SECURE "a=crypto:2" SUITE80 KEY_B "\r\n", true, 3},
	    {SECURE "a=crypto:2" SUITE32 KEY_B "\r\n", false, 4},
	    {AUDIO, false, 5},
	    {SECURE "a=crypto:2" SUITE32 KEY_B "\r\n", false, 6},
	    {SECURE "a=crypto:2" SUITE32 KEY_B " UNENCRYPTED_SRTCP\r\n", false, 7},
	    {SECURE "a=crypto:2" SUITE32 KEY_B " UNENCRYPTED_SRTCP\r\n", true, 7},
	    {SECURE "a=crypto:2" SUITE32 KEY_B "\r\n", false, 8},
	};
	struct offer o = fresh();
	uint8_t key[SDP_KEY_MAX];

	(void)state;
	assert_int_equal(answered(&o, SECURE LINE_A), 1);
	for (size_t i = 0; i < sizeof(then) / sizeof(then[0]); i++) {
		memcpy(key, o.local.crypto[0].key, sizeof(key));
		assert_int_equal(answered(&o, then[i].sdp), then[i].version);
		assert_int_equal(memcmp(key, o.local.crypto[0].key, sizeof(key)) == 0,
				 then[i].stays);
	}
}

static void
test_srtp_downgrade(void **state)
{
	struct offer o = fresh_for(DEMAND_REQUIRED), p = fresh();
	struct sdp_remote r;

	(void)state;
	answered(&o, SECURE LINE_A);
	assert_int_equal(read_sdp(&o, AUDIO, &r), 488);
	assert_string_equal(o.refusal, "SRTP is required (RTP/SAVP)");
	assert_int_equal(o.remote.crypto.suite, SDP_AES_128_80); /* as it was */
	answered(&p, SECURE LINE_A);
	answered(&p, AUDIO);
	assert_int_equal(p.local.ncrypto, 0);
}

/* What we offer when we have to: two suites with a key each, and what an answer may make of it. */
static void
test_srtp_offer_of_ours(void **state)
{
	static const struct {
		const char *sdp;
		int status;
		unsigned line; /* taken */
	} answers[] = {
	    {SECURE "a=crypto:1" SUITE80 KEY_A "\r\n", 0, 0},
	    {SECURE "a=crypto:2" SUITE32 KEY_A "\r\n", 0, 1},
	    {SECURE "a=crypto:2" SUITE80 KEY_A "\r\n", 488, 0},
	    {SECURE "a=crypto:3" SUITE80 KEY_A "\r\n", 488, 0},
	    {SECURE "a=crypto:1" SUITE80 KEY_A " UNENCRYPTED_SRTCP\r\n", 488, 0},
	    {SECURE, 488, 0},
	    {AUDIO, 488, 0},
	    {AUDIO LINE_A, 488, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct offer o = fresh_for(DEMAND_REQUIRED);
		struct sdp_crypto ours;
		char text[OFFER_TEXT_MAX];
		struct buf out = BUF(text);
		struct sdp_remote r;

		assert_true(offer_wants_key(&o, NULL));
		offer_make(&o, some_random(), &out);
		assert_non_null(strstr(buf_cstr(&out), "m=audio 20000 RTP/SAVP 0 8 101\r\n"));
		assert_non_null(strstr(text, "a=crypto:1" SUITE80));
		assert_non_null(strstr(text, "a=crypto:2" SUITE32));
		assert_memory_not_equal(o.local.crypto[0].key, o.local.crypto[1].key, 30);
		ours = o.local.crypto[answers[i].line];
		assert_int_equal(read_sdp(&o, answers[i].sdp, &r), answers[i].status);
		if (answers[i].status != 0)
			continue;
		offer_take(&o, &r);
		assert_int_equal(o.local.ncrypto, 1);
		assert_memory_equal(&o.local.crypto[0], &ours, sizeof(ours));
		/* once more, by a re-INVITE without an offer: the same key alone */
		assert_false(offer_wants_key(&o, NULL));
		offer_make(&o, NULL, &out);
		assert_memory_equal(&o.local.crypto[0], &ours, sizeof(ours));
		assert_int_equal(o.local.ncrypto, 1);
	}
}

static void
test_srtp_offers_are_as_the_call_is(void **state)
{
	struct offer o = fresh();
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);
	struct sdp_remote r;

	(void)state;
	assert_false(offer_wants_key(&o, NULL));
	offer_make(&o, NULL, &out);
	assert_non_null(strstr(buf_cstr(&out), " RTP/AVP "));
	/* what was offered plain cannot be answered otherwise */
	assert_int_equal(read_sdp(&o, SECURE LINE_A, &r), 488);
	assert_string_equal(o.refusal, "SRTP is not allowed (RTP/SAVP only)");
	r = read_ok(&o, AUDIO LINE_A);
	offer_take(&o, &r);
	assert_int_equal(o.local.ncrypto, 0);
	/* but the next offer may be theirs, and then ours are secure too */
	answered(&o, SECURE LINE_A);
	offer_make(&o, NULL, &out);
	assert_non_null(strstr(buf_cstr(&out), " RTP/SAVP "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_srtp_policy),
	    cmocka_unit_test(test_srtp_answer_says_tag_and_suite),
	    cmocka_unit_test(test_srtp_key_lives_as_long_as_the_suite),
	    cmocka_unit_test(test_srtp_downgrade),
	    cmocka_unit_test(test_srtp_offer_of_ours),
	    cmocka_unit_test(test_srtp_offers_are_as_the_call_is),
	};

	return cmocka_run_group_tests_name("offer_srtp", tests, NULL, NULL);
}
