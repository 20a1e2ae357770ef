/* test_history: who diverted the call, from History-Info in the forms of the RFCs and of PBXs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "worker/history.h"

#define BUSY   "?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22"
#define SILENT "?Reason=SIP%3Bcause%3D408"

/* The number that the Request-URI has. */
static bool
is_dialled(const void *arg, const char *number)
{
	return !strcmp(number, arg);
}

static const struct skip dialled = {is_dialled, "7000"};

static const struct {
	const char *what;
	const char *first, *last; /* "": no diversion */
	const char *line[4];
} cases[] = {
    {"where the call is now", "", "", {"<sip:7000@x>;index=1"}},
    {"another writing of the pilot", "", "", {"<sip:+49307000@x>;index=1"}},
    {"nothing", "", "", {""}},
    {"no index at all", "1001", "1002", {"<sip:1001@x>, <sip:1002@x>, <sip:7000@x>"}},
    {"CS1000",
     "2102",
     "2102",
     {"<sip:2102;phone-context=cdp.udp@d;user=phone" SILENT ">;index=1, "
      "<sip:7000;phone-context=cdp.udp@d;user=phone>;index=1.1"}},
    {"one that was left", "1001", "1001", {"<sip:1001@x" BUSY ">;index=1"}},
    {"one aimed at for a reason", "1001", "1001", {"<sip:1001@x;cause=486>;index=1"}},
    {"Reason on both, several lines",
     "1001",
     "1002",
     {"<sip:1001@x" BUSY ">;index=1", "<sip:1002@x" SILENT ">;index=1.1",
      "<sip:7000@x>;index=1.2"}},
    {"Reason on the first only",
     "1001",
     "1001",
     {"<sip:1001@x" BUSY ">;index=1,<sip:7000@x>;index=1.1"}},
    {"the first call was moved on without a word",
     "1001",
     "1002",
     {"<sip:1001@x>;index=1,<sip:1002@x" SILENT ">;index=1.1,<sip:7000@x>;index=1.2"}},
    {"lines in another order",
     "1001",
     "1002",
     {"<sip:7000@x>;index=1.2", "<sip:1002@x" SILENT ">;index=1.1",
      "<sip:1001@x" BUSY ">;index=1"}},
    {"ten is more than nine",
     "1001",
     "1010",
     {"<sip:1001@x>;index=1,<sip:1009@x>;index=1.9,<sip:1010@x" SILENT ">;index=1.10",
      "<sip:7000@x>;index=1.11"}},
    /* 3GPP TS 24.604: the cause is on the one that the call went to */
    {"cause",
     "1001",
     "1002",
     {"<sip:1001@x>;index=1, <sip:1002@x;cause=302>;index=1.1, "
      "<sip:7000@x;cause=408>;index=1.1.1"}},
    {"cause, siblings",
     "1001",
     "1001",
     {"<sip:1001@x>;index=1, <sip:1002@x>;index=1.1, <sip:7000@x;cause=408>;index=1.2"}},
    /* RFC 7044: mp is on the one that the call went to, and names the one it left */
    {"mp",
     "1001",
     "1002",
     {"<sip:1001@x>;index=1, <sip:1002@x;cause=302>;index=1.1;mp=1, "
      "<sip:7000@x;cause=408>;index=1.1.1;mp=1.1"}},
    {"the number that was dialled was another writing",
     "1001",
     "1001",
     {"<sip:+49301001@x>;index=1", "<sip:1001@x>;index=1.1;np=1",
      "<sip:7000@x>;index=1.1.1;mp=1.1"}},
    /* RFC 7131 3.1: Alice's telephone does not answer, her voice mail does */
    {"rc: a telephone is not its owner",
     "alice",
     "alice",
     {"<sip:alice@x>;index=1, <sip:device7@192.0.2.4" SILENT ">;index=1.1;rc=1",
      "<sip:7000@x>;index=1.2"}},
    {"mp of an entry that is not there",
     "1001",
     "1001",
     {"<sip:1001@x>;index=1, <sip:7000@x>;index=1.1;mp=4"}},
    {"rc in a ring", "", "", {"<sip:7000@x>;index=1;rc=1.1, <sip:7000@x>;index=1.1;rc=1"}},
    {"came back to the pilot",
     "1001",
     "1001",
     {"<sip:7000@x>;index=1, <sip:1001@x" SILENT ">;index=1.1;mp=1, <sip:7000@x>;index=1.1.1"}},
    {"an index that is none",
     "1001",
     "1002",
     {"<sip:1001@x>;index=a, <sip:1002@x>;index=, <sip:7000@x>;index=1..2"}},
    {"Avaya, covered",
     "4001",
     "4001",
     {"<sip:4001@d>;index=1",
      "\"Ex, A\" <sip:4001@d?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved"
      "%20Temporarily%22&Reason=Redirection%3Bcause%3DCFI>;index=1.1",
      "<sip:7000@d>;index=1.2"}},
};

static void
test_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice line[4];
		char out[MESSAGE_PARTY_MAX];
		size_t n = 0;

		for (; n < 4 && cases[i].line[n]; n++)
			line[n] = slice_str(cases[i].line[n]);
		history_read(line, n, DIVERTING_FIRST, &dialled, out);
		if (strcmp(out, cases[i].first) != 0)
			fail_msg("%s: first is \"%s\"", cases[i].what, out);
		history_read(line, n, DIVERTING_LAST, &dialled, out);
		if (strcmp(out, cases[i].last) != 0)
			fail_msg("%s: last is \"%s\"", cases[i].what, out);
	}
}

/* What comes between the first ones and the last one is left out. */
static void
test_more_than_fit(void **state)
{
	static char text[8192];
	struct buf b = BUF(text);
	char out[MESSAGE_PARTY_MAX];

	(void)state;
	for (int i = 0; i < 3 * HISTORY_ENTRIES; i++)
		buf_printf(&b, "%s<sip:%d@x%s>;index=1.%d", i ? "," : "", 2000 + i,
			   i == 3 * HISTORY_ENTRIES - 1 ? BUSY : "", i + 1);
	const struct slice line = {b.p, b.n};
	assert_false(b.full);
	history_read(&line, 1, DIVERTING_FIRST, &dialled, out);
	assert_string_equal(out, "2000");
	history_read(&line, 1, DIVERTING_LAST, &dialled, out);
	assert_string_equal(out, "2095");
	history_read(NULL, 0, DIVERTING_LAST, &dialled, out);
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_form),
	    cmocka_unit_test(test_more_than_fit),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
