/* test_offer: our side of offer and answer: when the version goes up, what is refused with what,
 * who is on hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "worker/offer.h"

#define SDP_TYPE SLICE("application/sdp")
#define HEAD     "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.14\r\nt=0 0\r\n"
#define AUDIO    HEAD "m=audio 5208 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"

static struct offer
fresh(void)
{
	struct offer o = {.local = {.session_id = 7, .version = 1, .ptime = 20}};

	assert_int_equal(addr_parse(SLICE("192.0.2.20:20000"), &o.local.rtp), 0);
	return o;
}

static struct sdp_remote
read_ok(const char *text)
{
	struct sdp_remote r;

	assert_int_equal(offer_read(SDP_TYPE, slice_str(text), &r), 0);
	return r;
}

/* The version in the o= line of what was written. */
static unsigned
version_of(const char *text)
{
	unsigned long long id;
	unsigned version;
	const char *o = strstr(text, "o=- ");

	assert_non_null(o);
	assert_int_equal(sscanf(o, "o=- %llu %u", &id, &version), 2);
	assert_int_equal(id, 7);
	return version;
}

static unsigned
answered(struct offer *o, const char *theirs)
{
	char text[OFFER_TEXT_MAX];
	struct buf out = BUF(text);
	struct sdp_remote r = read_ok(theirs);

	offer_answer(o, &r, &out);
	assert_false(out.full);
	return version_of(buf_cstr(&out));
}

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
	struct sdp_remote r = read_ok(AUDIO);

	(void)state;
	offer_make(&o, &out);
	assert_int_equal(version_of(buf_cstr(&out)), 1);
	assert_non_null(strstr(text, "m=audio 20000 RTP/AVP 0 8 101"));
	assert_true(o.waiting);
	offer_take(&o, &r);
	assert_false(o.waiting);
	assert_int_equal(o.remote.rtp.port, 5208);
	/* The same offer again, after a refresh without SDP, says nothing new. */
	offer_make(&o, &out);
	assert_int_equal(version_of(buf_cstr(&out)), 1);
}

static void
test_what_is_refused(void **state)
{
	struct sdp_remote r;
	char long_line[512];

	(void)state;
	assert_int_equal(offer_read(SDP_TYPE, SLICE(""), &r), -ENOENT);
	assert_int_equal(offer_read(SDP_TYPE, SLICE("\r\n"), &r), -ENOENT);
	assert_int_equal(offer_read(SLICE("text/plain"), SLICE("hello"), &r), -ENOENT);
	assert_int_equal(offer_read(SDP_TYPE, SLICE("nonsense"), &r), 400);
	assert_int_equal(offer_read(SLICE("multipart/mixed"), SLICE("--x\r\n"), &r), 400);
	assert_int_equal(offer_read(SDP_TYPE, SLICE(HEAD "m=image 5208 udptl t38\r\n"), &r), 488);
	assert_int_equal(offer_read(SDP_TYPE, SLICE(HEAD "m=audio 5208 RTP/AVP 18\r\n"), &r), 488);
	snprintf(long_line, sizeof(long_line), AUDIO "m=%0200d 1 x y\r\n", 0);
	assert_int_equal(offer_read(SDP_TYPE, slice_str(long_line), &r), 488);
}

static void
test_longest_answer_fits(void **state)
{
	struct offer o = fresh();
	char theirs[2048];
	int n = snprintf(theirs, sizeof(theirs), AUDIO);

	(void)state;
	for (int i = 1; i < SDP_MEDIA_MAX; i++)
		n += snprintf(theirs + n, sizeof(theirs) - (size_t)n, "m=%0110d 1 x y\r\n", 0);
	assert_int_equal(answered(&o, theirs), 1);
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
