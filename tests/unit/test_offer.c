/* test_offer: our side of offer and answer: when the version goes up, what is refused with what,
 * who is on hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tests/unit/offer_talk.h"

static void
test_version_goes_up_with_a_change_only(void **state)
{
	struct offer o = fresh();

	(void)state;
	assert_int_equal(answered(&o, AUDIO), 1);
	assert_int_equal(answered(&o, AUDIO), 1);
	assert_int_equal(answered(&o, AUDIO "a=sendonly\r\n"), 2);
	assert_int_equal(answered(&o, AUDIO "a=sendonly\r\n"), 2);
	assert_int_equal(answered(&o, AUDIO), 3);
}

static void
test_delayed_offer(void **state)
{
	struct offer o = fresh();
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);
	struct sdp_remote r;

	(void)state;
	offer_make(&o, some_random(), &out);
	assert_int_equal(version_of(buf_cstr(&out)), 1);
	assert_non_null(strstr(text, "m=audio 20000 RTP/AVP 0 8 101"));
	assert_true(o.waiting);
	r = read_ok(&o, AUDIO);
	offer_take(&o, &r);
	assert_false(o.waiting);
	assert_int_equal(o.remote.rtp.port, 5208);
	/* The same offer again, after a refresh without SDP, says nothing new. */
	offer_make(&o, some_random(), &out);
	assert_int_equal(version_of(buf_cstr(&out)), 1);
}

static void
test_what_is_refused(void **state)
{
	struct offer o = fresh();
	struct sdp_remote r;
	char long_line[512];
	const struct body words = {.type = SLICE("text/plain"), .bytes = SLICE("hello")};
	const struct body endless = {.type = SLICE("multipart/mixed"), .bytes = SLICE("--x\r\n")};

	(void)state;
	assert_int_equal(read_sdp(&o, "", &r), -ENOENT);
	assert_int_equal(read_sdp(&o, "\r\n", &r), -ENOENT);
	assert_int_equal(offer_read(&o, &words, &r), 415);
	assert_non_null(strstr(o.refusal, "no session description"));
	assert_int_equal(read_sdp(&o, "nonsense", &r), 400);
	assert_int_equal(offer_read(&o, &endless, &r), 400);
	assert_int_equal(read_sdp(&o, HEAD "m=image 5208 udptl t38\r\n", &r), 488);
	assert_int_equal(read_sdp(&o, HEAD "m=audio 5208 RTP/AVP 18\r\n", &r), 488);
	snprintf(long_line, sizeof(long_line), AUDIO "m=%0200d 1 x y\r\n", 0);
	assert_int_equal(read_sdp(&o, long_line, &r), 488);
}

static void
check_longest(const char *audio)
{
	struct offer o = fresh();
	char theirs[2048];
	int n = snprintf(theirs, sizeof(theirs), "%s", audio);

	for (int i = 1; i < SDP_MEDIA_MAX; i++)
		n += snprintf(theirs + n, sizeof(theirs) - (size_t)n, "m=%0110d 1 x y\r\n", 0);
	assert_int_equal(answered(&o, theirs), 1);
}

static void
test_longest_answer_fits(void **state)
{
	(void)state;
	check_longest(AUDIO);
	check_longest(SECURE
		      "a=crypto:999999999 AES_256_CM_HMAC_SHA1_80 inline:"
		      "0123456789012345678901234567890123456789012345678901234567890A==\r\n");
}

static void
test_hold(void **state)
{
	static const struct {
		const char *sdp;
		bool held;
	} cases[] = {
	    {AUDIO, false},
	    {AUDIO "a=sendrecv\r\n", false},
	    {AUDIO "a=sendonly\r\n", true},
	    {AUDIO "a=recvonly\r\n", true},
	    {AUDIO "a=inactive\r\n", true},
	    {"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
	     "m=audio 5208 RTP/AVP 0\r\n",
	     true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct offer o = fresh();

		answered(&o, cases[i].sdp);
		assert_int_equal(offer_is_held(&o), cases[i].held);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_version_goes_up_with_a_change_only),
	    cmocka_unit_test(test_delayed_offer),
	    cmocka_unit_test(test_what_is_refused),
	    cmocka_unit_test(test_longest_answer_fits),
	    cmocka_unit_test(test_hold),
	};

	return cmocka_run_group_tests_name("offer", tests, NULL, NULL);
}
