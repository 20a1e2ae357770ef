/* test_recall: what a redirected INVITE said of its diversion comes back as it was, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "supervisor/recall.h"

static struct recall memory;
static const struct trunk_conf plain = {
    .diversion = {DIVERSION_DIVERSION, DIVERSION_HISTORY_INFO, DIVERSION_OCN_ID, DIVERSION_TARGET},
    .ndiversion = 4};

/* An INVITE with these header fields between those it needs. */
static struct sip_msg
invite(const char *uri, const char *fields)
{
	static char text[4][8192];
	static unsigned turn;
	const struct scan_limits limits = {8192, 64};
	char *p = text[turn++ % 4];
	struct sip_msg m;
	const int n = snprintf(p, 8192,
			       "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
			       "From: <sip:2101@a>;tag=1\r\nTo: <sip:3500@b>\r\n%sCall-ID: c\r\n"
			       "CSeq: 1 INVITE\r\nContent-Length: 4\r\n\r\nbody",
			       uri, fields);

	assert_int_equal(scan_message(p, (size_t)n, false, &limits, &m), SCAN_OK);
	return m;
}

static struct slice
kept(const char *uri, const char *fields, const struct trunk_conf *trunk)
{
	const struct sip_msg m = invite(uri, fields);
	struct sip_uri u;

	assert_int_equal(scan_uri(m.uri, &u), 0);
	return recall_lines(&memory, recall_keep(&memory, &m, &u, trunk));
}

static void
is(struct slice got, const char *wanted)
{
	if (!slice_eq(got, slice_str(wanted)))
		fail_msg("got: %.*s\nwanted: %s", (int)got.n, got.p, wanted);
}

static void
keeps_the_lines(void **state)
{
	(void)state;
	is(kept("sip:3500@b", "Subject: x\r\n", &plain), "");
	is(kept("sip:3500@b", "Diversion: <sip:1002@a>;reason=no-answer\r\nSubject: x\r\n", &plain),
	   "Diversion: <sip:1002@a>;reason=no-answer\r\n");
	is(kept("sip:3500@b",
		"History-info: <sip:1002@a>;index=1,\r\n <sip:3500@b>;index=1.1\r\n"
		"Subject: x\r\nDIVERSION :<sip:1003@a>\r\nx-nt-ocn-id: 1002\r\n",
		&plain),
	   "History-info: <sip:1002@a>;index=1,\r\n <sip:3500@b>;index=1.1\r\n"
	   "DIVERSION :<sip:1003@a>\r\nx-nt-ocn-id: 1002\r\n");
}

/* A line without a colon, which the scanner lets pass, is nobody's. */
static void
keeps_no_more_than_the_lines(void **state)
{
	(void)state;
	is(kept("sip:3500@b", "a line of nothing\r\nDiversion: <sip:1@a>\r\n", &plain),
	   "Diversion: <sip:1@a>\r\n");
}

static void
leaves_out_what_does_not_fit(void **state)
{
	static char fields[3000], line[1100];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	snprintf(fields, sizeof(fields), "History-Info: <sip:%s@a>;index=1\r\n%s", line,
		 "Diversion: <sip:1002@a>\r\n");
	is(kept("sip:3500@b", fields, &plain), "Diversion: <sip:1002@a>\r\n");
	snprintf(fields, sizeof(fields), "History-Info: <sip:%s@a>;index=1\r\n", line);
	is(kept("sip:3500@b", fields, &plain), "");
}

static void
makes_a_diversion_of_the_target(void **state)
{
	static const char uri[] = "sip:3500@b;user=phone;target=sip:1002%40pbx.example;cause=486";
	struct trunk_conf first = {.diversion = {DIVERSION_TARGET, DIVERSION_DIVERSION},
				   .ndiversion = 2};

	(void)state;
	is(kept(uri, "", &plain), "Diversion: <sip:1002@pbx.example>;reason=user-busy\r\n");
	is(kept(uri, "Diversion: <sip:7@a>\r\n", &plain), "Diversion: <sip:7@a>\r\n");
	is(kept(uri, "Diversion: <sip:7@a>\r\n", &first),
	   "Diversion: <sip:1002@pbx.example>;reason=user-busy\r\n");
	is(kept("sip:3500@b;target=nonsense", "Diversion: <sip:7@a>\r\n", &first),
	   "Diversion: <sip:7@a>\r\n");
	is(kept("sip:3500@b;target", "", &plain), "");
}

struct target_row {
	const char *target, *cause, *line;
};

static const struct target_row targets[] = {
    {"sip:1002%40pbx", "302", "Diversion: <sip:1002@pbx>;reason=unconditional\r\n"},
    {"sip:1002@pbx", "408", "Diversion: <sip:1002@pbx>;reason=no-answer\r\n"},
    {"sips:1002%40[2001:db8::1]:5061", "404",
     "Diversion: <sips:1002@[2001:db8::1]:5061>;reason=unavailable\r\n"},
    {"tel:%2B1555;ext=3", "480", "Diversion: <tel:+1555;ext=3>;reason=deflection\r\n"},
    {"sip:1002%40pbx%3Bx=y", "999", "Diversion: <sip:1002@pbx;x=y>;reason=unknown\r\n"},
    {"sip:10%2502%40pbx", "", "Diversion: <sip:10%02@pbx>;reason=unknown\r\n"},
    {"sip:1%0d%0aRoute:%20x%40pbx", "302", ""},
    {"sip:1%40pbx%3E;reason=x%0D%0AVia: y", "302", ""},
    {"sip:1%22%40pbx", "302", ""},
    {"%22A%22%20%3Csip:1%40pbx%3E", "302", ""},
    {"sip:1%00%40pbx", "302", ""},
    {"sip:1%C3%A9%40pbx", "302", ""},
    {"sip:1%5C%40pbx", "302", ""},
    {"sip:pbx", "302", ""},
    {"1002", "302", ""},
    {"", "302", ""},
    {"sip:1@pbx%", "302", ""},
};

static void
every_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char text[512];
		struct buf b = BUF(text);
		recall_target_line(&b, slice_str(targets[i].target), slice_str(targets[i].cause));
		is((struct slice){b.p, b.n}, targets[i].line);
	}
}

/* Whatever bytes a target holds, the line has one end, and its brackets and quotes are ours. */
static void
no_byte_gets_out(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		for (unsigned form = 0; form < 2; form++) {
			char target[32], text[512];
			struct buf t = BUF(target), b = BUF(text);
			const char raw = (char)byte;
			buf_str(&t, "sip:10");
			if (form)
				buf_printf(&t, "%%%02X", byte);
			else
				buf_add(&t, &raw, 1);
			buf_str(&t, "2@pbx");
			recall_target_line(&b, (struct slice){t.p, t.n}, SLICE("302"));
			if (b.n == 0)
				continue;
			size_t bad = 0;
			for (size_t i = 0; i < b.n; i++)
				bad += strchr("<>\r\n", b.p[i]) != NULL && b.p[i] != '\0';
			assert_int_equal(bad, 4);
			assert_null(memchr(b.p, '"', b.n));
			assert_null(memchr(b.p, '\0', b.n));
		}
	}
}

static void
the_oldest_goes(void **state)
{
	const struct sip_msg m = invite("sip:3500@b", "Diversion: <sip:1@a>\r\n");
	struct sip_uri u;

	(void)state;
	scan_uri(m.uri, &u);
	assert_int_equal(recall_lines(&memory, 0).n, 0);
	const uint32_t first = recall_keep(&memory, &m, &u, &plain);
	for (int i = 0; i < RECALL_PLACES - 1; i++)
		recall_keep(&memory, &m, &u, &plain);
	assert_true(recall_lines(&memory, first).n > 0);
	const uint32_t last = recall_keep(&memory, &m, &u, &plain);
	assert_int_equal(recall_lines(&memory, first).n, 0);
	assert_true(recall_lines(&memory, last).n > 0);
	assert_int_equal(recall_lines(&memory, last + 1).n, 0);
	memory.last = UINT32_MAX;
	assert_int_equal(recall_keep(&memory, &m, &u, &plain), 1);
}

struct said_row {
	const char *fields;
	bool said;
};

static const struct said_row saids[] = {
    {"", false},
    {"Diversion: <sip:1002@a>\r\n", true},
    {"Diversion: <sip:3500@a>;reason=unconditional\r\n", false},
    {"Diversion: \"Pilot\" <sip:3500;x=y@a>, <sip:1002@a>\r\n", true},
    {"History-Info: <sip:3500@a>;index=1\r\n", false},
    {"History-Info: <sip:3500@a>;index=1\r\nx-nt-ocn-id: 1002\r\n", true},
    {"x-nt-ocn-id: 3500\r\n", false},
    {"x-nt-ocn-id: <sip:1002@a>\r\n", true},
};

static void
who_says_something(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(saids) / sizeof(saids[0]); i++) {
		const struct sip_msg m = invite("sip:3500@b", saids[i].fields);
		if (recall_said(&m, SLICE("3500")) != saids[i].said)
			fail_msg("%s", saids[i].fields);
	}
}

static void
writes_the_lines_into_it(void **state)
{
	const struct sip_msg m = invite("sip:3500@b", "X-Y: 1\r\nDiversion: <sip:3500@a>\r\n");
	const struct scan_limits limits = {8192, 64};
	char text[4096];
	struct buf b = BUF(text);
	struct sip_msg again;

	(void)state;
	recall_write(&b, &m, SLICE("Diversion: <sip:1002@a>\r\n"));
	is((struct slice){text, b.n},
	   "INVITE sip:3500@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
	   "From: <sip:2101@a>;tag=1\r\nTo: <sip:3500@b>\r\nX-Y: 1\r\nCall-ID: c\r\n"
	   "CSeq: 1 INVITE\r\nContent-Length: 4\r\nDiversion: <sip:1002@a>\r\n\r\nbody");
	assert_int_equal(scan_message(text, b.n, false, &limits, &again), SCAN_OK);
	assert_true(recall_said(&again, SLICE("3500")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_the_lines),
	    cmocka_unit_test(keeps_no_more_than_the_lines),
	    cmocka_unit_test(leaves_out_what_does_not_fit),
	    cmocka_unit_test(makes_a_diversion_of_the_target),
	    cmocka_unit_test(every_target),
	    cmocka_unit_test(no_byte_gets_out),
	    cmocka_unit_test(the_oldest_goes),
	    cmocka_unit_test(who_says_something),
	    cmocka_unit_test(writes_the_lines_into_it),
	};

	return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
