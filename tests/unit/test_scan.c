/* test_scan: what the scanner accepts, what it refuses and why, and that it reads the messages of
 * real PBXs as sofia-sip's parser does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/scan.h"
#include "tests/oracle/scan_oracle.h"

#define VECTORS "tests/vectors"
#define REST                                                                           \
	"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n" \
	"To: <sip:c@d>\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\n"

static const struct scan_limits limits = {16384, 64};

static enum scan_result
scan(const char *text, struct sip_msg *m)
{
	return scan_message(text, strlen(text), false, &limits, m);
}

static void
assert_slice(struct slice s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

/* Each message of tests/vectors, read by both parsers. */
static void
reads_the_vectors(void **state)
{
	DIR *d = opendir(VECTORS);
	struct dirent *e;
	unsigned seen = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[512], text[8192];
		struct sip_msg m;
		if (!strstr(e->d_name, ".sip"))
			continue;
		snprintf(path, sizeof(path), VECTORS "/%s", e->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		const size_t n = fread(text, 1, sizeof(text), f);
		fclose(f);
		assert_int_equal(scan_message(text, n, false, &limits, &m), SCAN_OK);
		assert_int_equal(scan_message(text, n, true, &limits, &m), SCAN_OK);
		assert_int_equal(m.whole.n, n);
		assert_null(scan_oracle_differs(&m));
		seen++;
	}
	closedir(d);
	assert_true(seen >= 20);
}

static void
takes_a_message_apart(void **state)
{
	static const char text[] =
	    "INVITE sip:3500;phone-context=cdp.udp@um.example.com;maddr=192.0.2.20;user=phone "
	    "SIP/2.0\r\n"
	    "v: SIP / 2.0 / TCP\r\n  [2001:db8::1] : 5070 ; branch = z9hG4bK7 ;rport;x=\"a,b;c\" , "
	    "SIP/2.0/UDP second;branch=q\r\n"
	    "f: \"A <x>, B\" <sip:2101;phone-context=c@d>;tag=t1\r\n"
	    "t: sip:3500@e;tag=t2\r\n"
	    "i:  ptr-IPle-13c4\r\n"
	    "CSeq:   7   INVITE\r\n"
	    "Route:\r\nRoute: <sip:192.0.2.20;lr>, <sip:b;lr>\r\n"
	    "m: \"c\" <sip:u@h:5060;maddr=1.2.3.4>;q=1\r\n"
	    "Max-Forwards: 0\r\nX-Odd : kept\r\nl: 4\r\n\r\nabcdEXTRA";
	struct sip_msg m;

	(void)state;
	assert_int_equal(scan(text, &m), SCAN_OK);
	assert_true(m.request);
	assert_int_equal(m.method, SIP_INVITE);
	assert_slice(m.uri,
		     "sip:3500;phone-context=cdp.udp@um.example.com;maddr=192.0.2.20;user=phone");
	assert_slice(m.via.transport, "TCP");
	assert_slice(m.via.host, "[2001:db8::1]");
	assert_int_equal(m.via.port, 5070);
	assert_slice(m.via.branch, "z9hG4bK7");
	assert_non_null(m.via.rport.p);
	assert_int_equal(m.via.rport.n, 0);
	assert_true(m.via.more);
	assert_slice(m.via2, "SIP/2.0/UDP second;branch=q");
	assert_slice(m.from.tag, "t1");
	assert_slice(m.from.uri, "sip:2101;phone-context=c@d");
	assert_slice(m.to.uri, "sip:3500@e");
	assert_slice(m.to.tag, "t2");
	assert_slice(m.call_id, "ptr-IPle-13c4");
	assert_int_equal(m.cseq, 7);
	assert_slice(m.route, "<sip:192.0.2.20;lr>");
	assert_slice(m.contact_uri, "sip:u@h:5060;maddr=1.2.3.4");
	assert_int_equal(m.max_forwards, 0);
	assert_slice(m.body, "abcd");
	assert_null(scan_oracle_differs(&m));
}

struct refusal {
	const char *text;
	enum scan_result want;
};

static const struct refusal refusals[] = {
    {"", SCAN_START_LINE},
    {"\r\n\r\n", SCAN_START_LINE},
    {"INVITE  sip:a@b SIP/2.0\r\n" REST "\r\n", SCAN_START_LINE}, /* RFC 4475 3.1.2.8 */
    {"INVITE sip:a@b  SIP/2.0\r\n" REST "\r\n", SCAN_START_LINE},
    {"INVITE sip:a b SIP/2.0\r\n" REST "\r\n", SCAN_START_LINE},
    {"INVITE sip:a@b\r\n" REST "\r\n", SCAN_START_LINE},
    {"IN/VITE sip:a@b SIP/2.0\r\n" REST "\r\n", SCAN_START_LINE},
    {"INVITE sip:a@b SIP/7.0\r\n" REST "\r\n", SCAN_VERSION}, /* 3.1.2.16 */
    {"SIP/2.0 99 Low\r\n" REST "\r\n", SCAN_START_LINE},
    {"SIP/2.0 2000 High\r\n" REST "\r\n", SCAN_START_LINE},
    {"INVITE sip:a@b SIP/2.0\r\n" REST, SCAN_HEADER}, /* no empty line */
    {"INVITE sip:a@b SIP/2.0\r\n" REST "call-id without colon\r\n\r\n", SCAN_HEADER},
    {"INVITE sip:a@b\r SIP/2.0\r\n" REST "\r\n", SCAN_HEADER},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "X: a\rY: b\r\n\r\n", SCAN_HEADER},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "X: a\r\n  \r\n\tb\r\n\r\n", SCAN_HEADER},
    {"INVITE sip:a@b SIP/2.0\r\n ;test\r\n" REST "\r\n", SCAN_HEADER}, /* of what line? */
    {"INVITE sip:a@b SIP/2.0\r\n\tx: y\r\n" REST "\r\n", SCAN_HEADER},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Call-ID: other\r\n\r\n", SCAN_DUPLICATE},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "t: <sip:z@z>\r\n\r\n", SCAN_DUPLICATE},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "l: 0\r\nContent-Length: 0\r\n\r\n", SCAN_DUPLICATE},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Content-Length: 1\r\n\r\n", SCAN_LENGTH},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Content-Length: -1\r\n\r\n", SCAN_LENGTH}, /* 3.1.2.3 */
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Content-Length: 99999999999\r\n\r\n", SCAN_LENGTH},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Content-Length: 999999\r\n\r\n", SCAN_TOO_LARGE},
    {"INVITE sip:a@b SIP/2.0\r\n" REST "Max-Forwards: many\r\n\r\n", SCAN_FORWARDS},
    {"ACK sip:a@b SIP/2.0\r\n" REST "\r\n", SCAN_CSEQ}, /* CSeq says INVITE: 3.1.2.17 */
    {"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>\r\nTo: <sip:c@d>\r\n"
     "Call-ID: x\r\nCSeq: 36893488147419103232 INVITE\r\n\r\n",
     SCAN_CSEQ}, /* 3.1.2.4 */
    {"INVITE sip:a@b SIP/2.0\r\nFrom: <sip:a@b>\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
     "CSeq: 1 INVITE\r\n\r\n",
     SCAN_MISSING},
    {"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=a;branch=b\r\nFrom: <sip:a@b>\r\n"
     "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
     SCAN_VIA},
    {"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h:99999\r\nFrom: <sip:a@b>\r\n"
     "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
     SCAN_VIA},
    {"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: \"open <sip:a@b>\r\n"
     "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
     SCAN_NAME_ADDR}, /* 3.1.2.6 */
    {"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1;tag=2\r\n"
     "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
     SCAN_NAME_ADDR},
};

static void
refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct sip_msg m;
		const enum scan_result got = scan(refusals[i].text, &m);
		if (got != refusals[i].want)
			fail_msg("case %zu: %s, not %s", i, scan_result_name(got),
				 scan_result_name(refusals[i].want));
		assert_true(scan_status(got) >= 400);
	}
}

/* A refused message that names its Via can still be answered. */
static void
keeps_what_it_understood(void **state)
{
	struct sip_msg m;

	(void)state;
	assert_int_equal(scan("INVITE sip:a@b SIP/7.0\r\n" REST "\r\n", &m), SCAN_VERSION);
	assert_slice(m.via.host, "192.0.2.1");
	assert_slice(m.call_id, "x@y");
	assert_int_equal(m.method, SIP_INVITE);
}

/* Every prefix of a message is PARTIAL on a stream, and nothing after it is touched. */
static void
frames_a_stream(void **state)
{
	static const char one[] = "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n"
				  "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\n"
				  "CSeq: 2 BYE\r\nContent-Length: 3\r\n\r\nabc";
	const size_t n = sizeof(one) - 1;
	char two[1024];
	struct sip_msg m;

	(void)state;
	for (size_t cut = 1; cut < n; cut++)
		assert_int_equal(scan_message(one, cut, true, &limits, &m), SCAN_PARTIAL);
	snprintf(two, sizeof(two), "%s%s", one, one);
	assert_int_equal(scan_message(two, 2 * n, true, &limits, &m), SCAN_OK);
	assert_int_equal(m.whole.n, n);
	static const char unframed[] = "INVITE sip:a@b SIP/2.0\r\n" REST "\r\n";
	assert_int_equal(scan_message(unframed, sizeof(unframed) - 1, true, &limits, &m),
			 SCAN_LENGTH);
}

static void
holds_the_limits(void **state)
{
	const struct scan_limits few = {16384, 5}, small = {64, 64};
	static const char ok[] = "INVITE sip:a@b SIP/2.0\r\n" REST "\r\n";
	static const char more[] = "INVITE sip:a@b SIP/2.0\r\n" REST "X: y\r\n\r\n";
	struct sip_msg m;

	(void)state;
	assert_int_equal(scan_message(ok, sizeof(ok) - 1, false, &few, &m), SCAN_OK);
	assert_int_equal(scan_message(more, sizeof(more) - 1, false, &few, &m), SCAN_TOO_MANY);
	assert_int_equal(scan_message(ok, sizeof(ok) - 1, false, &small, &m), SCAN_TOO_LARGE);
	assert_int_equal(scan_message(ok, 100, true, &small, &m), SCAN_TOO_LARGE);
}

static void
reads_uris(void **state)
{
	struct sip_uri u;
	struct slice v;

	(void)state;
	assert_int_equal(scan_uri(SLICE("sip:3500;phone-context=cdp.udp@um.example.com:5070;maddr="
					"192.0.2.20;user=phone?Reason=x"),
				  &u),
			 0);
	assert_slice(u.user, "3500;phone-context=cdp.udp");
	assert_slice(u.host, "um.example.com");
	assert_int_equal(u.port, 5070);
	assert_true(scan_param(u.params, "MADDR", &v));
	assert_slice(v, "192.0.2.20");
	assert_true(scan_param(u.params, "user", &v));
	assert_slice(v, "phone");
	assert_false(scan_param(u.params, "phone-context", &v));
	assert_int_equal(scan_uri(SLICE("sip:192.0.2.11@192.0.2.11:5060;transport=tcp;lr"), &u), 0);
	assert_slice(u.host, "192.0.2.11");
	assert_int_equal(scan_uri(SLICE("sips:[2001:db8::1]"), &u), 0);
	assert_slice(u.host, "[2001:db8::1]");
	assert_int_equal(scan_uri(SLICE("tel:+15551234"), &u), 0);
	assert_slice(u.user, "+15551234");
	assert_int_not_equal(scan_uri(SLICE("sip:"), &u), 0);
	assert_int_not_equal(scan_uri(SLICE("sip:a@b:0"), &u), 0);
	assert_int_not_equal(scan_uri(SLICE("nothing"), &u), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_the_vectors), cmocka_unit_test(takes_a_message_apart),
	    cmocka_unit_test(refuses),           cmocka_unit_test(keeps_what_it_understood),
	    cmocka_unit_test(frames_a_stream),   cmocka_unit_test(holds_the_limits),
	    cmocka_unit_test(reads_uris),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
