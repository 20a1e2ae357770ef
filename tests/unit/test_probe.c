/* test_probe: the texts of OPTIONS and of the self-test call are SIP that our scanner reads; only
 * the right answer counts; the call's steps, refusals, losses and forgeries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "supervisor/probe.h"
#include "supervisor/selftest.h"

static const struct hash_key key = {1, 2};
static const struct mono start = {5000000000};

static struct probe_ends
ends(const char *inner, const char *worker)
{
	struct probe_ends e;

	assert_int_equal(addr_parse(slice_str(inner), &e.inner), 0);
	assert_int_equal(addr_parse(slice_str(worker), &e.worker), 0);
	return e;
}

static struct probe_ends
usual(void)
{
	return ends("127.0.0.64:5064", "127.0.0.65:5065");
}

static struct sip_msg
scanned(const char *p, size_t n)
{
	static const struct scan_limits limits = {65536, 64};
	struct sip_msg m;

	assert_int_equal(scan_message(p, n, false, &limits, &m), SCAN_OK);
	return m;
}

/* Answers `request` as a user agent does: Via, From, To, Call-ID and CSeq are copied. */
static struct sip_msg
answer(const struct sip_msg *request, unsigned status, const char *tag, const char *body)
{
	static char text[4][PROBE_TEXT_MAX];
	static unsigned turn;
	struct buf b = {text[turn % 4], 0, PROBE_TEXT_MAX, false};

	turn++;
	buf_printf(&b, "SIP/2.0 %u Whatever\r\n", status);
	buf_slice(&b, request->via.line);
	buf_str(&b, "From: ");
	buf_slice(&b, request->from.value);
	buf_str(&b, "\r\nTo: ");
	buf_slice(&b, request->to.value);
	if (request->to.tag.n == 0)
		buf_str(&b, tag);
	buf_str(&b, "\r\nCall-ID: ");
	buf_slice(&b, request->call_id);
	buf_printf(&b, "\r\nCSeq: %u ", request->cseq);
	buf_slice(&b, request->method_token);
	buf_printf(&b, "\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	assert_false(b.full);
	return scanned(b.p, b.n);
}

#define SOUND "v=0\r\nm=audio 20000 RTP/AVP 0\r\n"

static void
options_is_a_request_with_our_number(void **state)
{
	struct probe_ends e = usual();
	struct probe p = {0};
	char text[PROBE_TEXT_MAX];
	struct buf b = BUF(text);
	struct sip_msg m;
	struct slice own;

	(void)state;
	probe_send(&p, &e, probe_id_make(&key, 77), start, &b);
	m = scanned(text, b.n);
	assert_true(m.request && m.method == SIP_OPTIONS);
	assert_true(scan_param(m.via.params, "own", &own) && slice_eq(own, SLICE("77")));
	assert_false(scan_param(m.via.params, "test", &own));
	assert_true(slice_eq(m.via.host, SLICE("127.0.0.64")) && m.via.port == 5064);
	assert_int_equal(m.max_forwards, 70);
	assert_true(m.via2.n == 0 && m.to.tag.n == 0 && m.from.tag.n == 16);
}

static void
only_its_own_answer_counts(void **state)
{
	struct probe_ends e = usual();
	struct probe p = {0};
	struct probe forger = {0};
	char text[PROBE_TEXT_MAX], forged[PROBE_TEXT_MAX];
	struct buf b = BUF(text), fb = BUF(forged);
	struct sip_msg m, request, guess;
	struct mono later = mono_add(start, 3);

	(void)state;
	probe_send(&p, &e, probe_id_make(&key, 77), start, &b);
	request = scanned(text, b.n);
	/* the number is right, the branch made with another key */
	probe_send(&forger, &e, probe_id_make(&(struct hash_key){3, 4}, 77), start, &fb);
	guess = scanned(forged, fb.n);
	m = answer(&guess, 200, ";tag=x", "");
	assert_int_equal(probe_answer(&p, &m, later), PROBE_IGNORED);
	assert_int_equal(probe_answer(&p, &request, later), PROBE_IGNORED);
	m = answer(&request, 100, "", "");
	assert_int_equal(probe_answer(&p, &m, later), PROBE_IGNORED);
	assert_true(p.waiting);
	m = answer(&request, 404, ";tag=x", "");
	assert_int_equal(probe_answer(&p, &m, later), PROBE_GOOD);
	assert_true(!p.waiting && p.answered.ns == later.ns);
	assert_int_equal(probe_answer(&p, &m, later), PROBE_IGNORED);
}

static void
two_misses_in_a_row_are_sick(void **state)
{
	struct probe_ends e = usual();
	struct probe p = {0};
	char text[PROBE_TEXT_MAX];
	struct buf b = BUF(text);
	struct sip_msg m, request;

	(void)state;
	probe_send(&p, &e, probe_id_make(&key, 1), start, &b);
	probe_miss(&p);
	assert_false(probe_sick(&p) || p.waiting);
	b = BUF(text);
	probe_send(&p, &e, probe_id_make(&key, 2), start, &b);
	request = scanned(text, b.n);
	m = answer(&request, 200, ";tag=x", "");
	assert_int_equal(probe_answer(&p, &m, start), PROBE_GOOD);
	assert_int_equal(p.misses, 0);
	b = BUF(text);
	probe_send(&p, &e, probe_id_make(&key, 3), start, &b);
	request = scanned(text, b.n);
	m = answer(&request, 503, ";tag=x", "");
	assert_int_equal(probe_answer(&p, &m, start), PROBE_BAD);
	assert_int_equal(p.misses, 1);
	probe_miss(&p);
	assert_true(probe_sick(&p));
}

static void
ipv6_is_written_right(void **state)
{
	struct probe_ends e = ends("[::1]:5064", "[::2]:5065");
	struct selftest t;
	char text[PROBE_TEXT_MAX];
	struct buf b = BUF(text);
	struct sip_msg m;

	(void)state;
	selftest_begin(&t, &e, probe_id_make(&key, 5), start, &b);
	m = scanned(text, b.n);
	assert_true(slice_eq(m.via.host, SLICE("[::1]")));
	assert_true(slice_find(m.body, SLICE("c=IN IP6 ::1\r\n"), false) > 0);
	assert_true(slice_eq(m.uri, SLICE("sip:self-test@[::2]:5065")));
}

/* --- the self-test call --- */

struct call {
	struct probe_ends e;
	struct selftest t;
	char invite[PROBE_TEXT_MAX], one[PROBE_TEXT_MAX], two[PROBE_TEXT_MAX], words[128];
	struct buf b;
	struct selftest_says says;
	struct sip_msg request;
};

static void
call_begin(struct call *c)
{
	memset(c, 0, sizeof(*c));
	c->e = usual();
	c->b = BUF(c->invite);
	selftest_begin(&c->t, &c->e, probe_id_make(&key, 9), start, &c->b);
	c->request = scanned(c->invite, c->b.n);
}

static enum selftest_verdict
feed(struct call *c, struct sip_msg m, int64_t ms)
{
	c->says = (struct selftest_says){BUF(c->one), BUF(c->two), BUF(c->words)};
	return selftest_answer(&c->t, &c->e, &m, mono_add(start, ms), &c->says);
}

static void
a_good_call_passes(void **state)
{
	struct call c;
	struct sip_msg ack, bye;
	struct slice test;

	(void)state;
	call_begin(&c);
	assert_true(c.request.method == SIP_INVITE && c.request.body.n > 50);
	assert_true(scan_param(c.request.via.params, "test", &test));
	assert_true(slice_eq(c.request.content_type, SLICE("application/sdp")));
	assert_int_equal(feed(&c, answer(&c.request, 100, "", ""), 1), SELFTEST_GO_ON);
	assert_int_equal(feed(&c, answer(&c.request, 180, ";tag=g7-x", ""), 2), SELFTEST_GO_ON);
	assert_int_equal(c.says.first.n, 0);
	assert_int_equal(feed(&c, answer(&c.request, 200, ";tag=g7-x", SOUND), 6), SELFTEST_GO_ON);
	assert_int_equal(c.t.answer_ms, 6);
	ack = scanned(c.one, c.says.first.n);
	bye = scanned(c.two, c.says.second.n);
	assert_true(ack.method == SIP_ACK && ack.cseq == 1);
	assert_true(bye.method == SIP_BYE && bye.cseq == 2);
	assert_true(slice_eq(ack.to.tag, SLICE("g7-x")) && slice_eq(bye.to.tag, SLICE("g7-x")));
	assert_true(slice_eq(bye.call_id, c.request.call_id));
	assert_true(slice_eq(bye.from.tag, c.request.from.tag));
	assert_false(slice_eq(ack.via.branch, c.request.via.branch));
	assert_false(slice_eq(bye.via.branch, ack.via.branch));
	assert_int_equal(feed(&c, answer(&bye, 200, "", ""), 8), SELFTEST_PASSED);
	assert_int_equal(feed(&c, answer(&bye, 200, "", ""), 8), SELFTEST_GO_ON);
}

static void
a_lost_ack_is_sent_again(void **state)
{
	struct call c;

	(void)state;
	call_begin(&c);
	assert_int_equal(feed(&c, answer(&c.request, 200, ";tag=a", SOUND), 6), SELFTEST_GO_ON);
	assert_int_equal(feed(&c, answer(&c.request, 200, ";tag=a", SOUND), 506), SELFTEST_GO_ON);
	assert_true(scanned(c.one, c.says.first.n).method == SIP_ACK);
	assert_int_equal(c.says.second.n, 0);
	assert_int_equal(c.t.answer_ms, 6);
}

static void
lost_requests_are_sent_again(void **state)
{
	struct call c;
	struct buf b;

	(void)state;
	call_begin(&c);
	b = BUF(c.one);
	selftest_resend(&c.t, &c.e, mono_add(start, SELFTEST_RESEND_MS - 1), &b);
	assert_int_equal(b.n, 0);
	selftest_resend(&c.t, &c.e, mono_add(start, SELFTEST_RESEND_MS), &b);
	assert_int_equal(b.n, c.b.n);
	assert_memory_equal(c.one, c.invite, b.n);
	feed(&c, answer(&c.request, 200, ";tag=a", SOUND), 600);
	b = BUF(c.one);
	selftest_resend(&c.t, &c.e, mono_add(start, 1099), &b);
	assert_int_equal(b.n, 0);
	selftest_resend(&c.t, &c.e, mono_add(start, 1100), &b);
	assert_int_equal(b.n, c.says.second.n);
	assert_memory_equal(c.one, c.two, b.n);
}

static void
refusals_fail_in_words(void **state)
{
	struct call c;
	struct sip_msg ack, bye;

	(void)state;
	call_begin(&c);
	assert_int_equal(feed(&c, answer(&c.request, 488, ";tag=a", ""), 6), SELFTEST_FAILED);
	assert_string_equal(buf_cstr(&c.says.why), "self-test call refused with 488");
	ack = scanned(c.one, c.says.first.n);
	assert_true(slice_eq(ack.via.branch, c.request.via.branch)); /* RFC 3261 17.1.1.3 */
	assert_int_equal(c.says.second.n, 0);
	assert_int_equal(feed(&c, answer(&c.request, 200, ";tag=a", SOUND), 7), SELFTEST_GO_ON);

	call_begin(&c);
	assert_int_equal(feed(&c, answer(&c.request, 200, "", SOUND), 6), SELFTEST_FAILED);
	assert_string_equal(buf_cstr(&c.says.why),
			    "self-test call answered without a usable To tag");

	call_begin(&c);
	assert_int_equal(feed(&c, answer(&c.request, 200, ";tag=a", "m=audio 0 RTP/AVP 0"), 6),
			 SELFTEST_FAILED);
	assert_string_equal(buf_cstr(&c.says.why),
			    "self-test call answered without an audio stream");
	assert_true(scanned(c.two, c.says.second.n).method == SIP_BYE);

	call_begin(&c);
	feed(&c, answer(&c.request, 200, ";tag=a", SOUND), 6);
	bye = scanned(c.two, c.says.second.n);
	assert_int_equal(feed(&c, answer(&bye, 481, "", ""), 7), SELFTEST_FAILED);
	assert_string_equal(buf_cstr(&c.says.why), "BYE of the self-test call refused with 481");
}

static void
an_endless_tag_is_refused(void **state)
{
	struct call c;
	char tag[SELFTEST_TO_MAX + 8];

	(void)state;
	call_begin(&c);
	memset(tag, 'a', sizeof(tag));
	memcpy(tag, ";tag=", 5);
	tag[sizeof(tag) - 1] = '\0';
	assert_int_equal(feed(&c, answer(&c.request, 200, tag, SOUND), 6), SELFTEST_FAILED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(options_is_a_request_with_our_number),
	    cmocka_unit_test(only_its_own_answer_counts),
	    cmocka_unit_test(two_misses_in_a_row_are_sick),
	    cmocka_unit_test(ipv6_is_written_right),
	    cmocka_unit_test(a_good_call_passes),
	    cmocka_unit_test(a_lost_ack_is_sent_again),
	    cmocka_unit_test(lost_requests_are_sent_again),
	    cmocka_unit_test(refusals_fail_in_words),
	    cmocka_unit_test(an_endless_tag_is_refused),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
