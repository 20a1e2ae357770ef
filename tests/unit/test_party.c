/* test_party: who calls whom, from the header forms that PBXs send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "worker/party.h"

struct expected {
	const char *caller, *called;
	bool diverted;
};

static const struct trunk_conf first = {
    .diversion = {DIVERSION_DIVERSION, DIVERSION_HISTORY_INFO, DIVERSION_OCN_ID, DIVERSION_TARGET},
    .ndiversion = 4,
    .diverting = DIVERTING_FIRST};
static const struct trunk_conf last = {
    .diversion = {DIVERSION_DIVERSION, DIVERSION_HISTORY_INFO, DIVERSION_OCN_ID, DIVERSION_TARGET},
    .ndiversion = 4,
    .diverting = DIVERTING_LAST};

static void
check(const struct party_fields *in, const struct trunk_conf *trunk, const struct expected *want)
{
	struct party p;

	memset(&p, 0xff, sizeof(p));
	party_read(in, trunk, NULL, &p);
	assert_string_equal(p.caller, want->caller);
	assert_string_equal(p.called, want->called);
	assert_int_equal(p.diverted, want->diverted);
}

#define CHECK(caller_, called_, diverted_, ...)            \
	check(&(struct party_fields){__VA_ARGS__}, &first, \
	      &(struct expected){caller_, called_, diverted_})
#define LINES(...)                                                                \
	{                                                                         \
		.line = {__VA_ARGS__},                                            \
		.n = sizeof((struct slice[]){__VA_ARGS__}) / sizeof(struct slice) \
	}

#define PILOT .request_user = SLICE("3500;phone-context=cdp.udp")

static void
test_cs1000(void **state)
{
	(void)state;
	CHECK("2101", "2102", true, PILOT,
	      .asserted =
		  LINES(SLICE("\"Example User A\" <sip:2101;phone-context=cdp.udp@um.example.com"
			      ";user=phone>")),
	      .privacy = SLICE("none"), .from_user = SLICE("9999"),
	      .history =
		  LINES(SLICE("<sip:2102;phone-context=cdp.udp@um.example.com;user=phone?Reason="
			      "SIP%3Bcause%3D408%3Btext%3D%22Request%20Timeout%22>;index=1, "
			      "<sip:3500;phone-context=cdp.udp@um.example.com;user=phone>"
			      ";index=1.1")));
	/* One entry is where the call is now: no diversion. */
	CHECK("2101", "3500", false, PILOT, .from_user = SLICE("2101"),
	      .history = LINES(SLICE("<sip:3500;phone-context=cdp.udp@um.example.com>;index=1")));
	CHECK("2103", "2104", true, PILOT,
	      .asserted =
		  LINES(SLICE("<sip:2103;phone-context=cdp.udp@um.example.com;user=phone>")),
	      .original = SLICE("<sip:2104;phone-context=cdp.udp@um.example.com;user=phone>"));
	CHECK("", "2104", true, PILOT, .original = SLICE(" 2104 "));
}

static void
test_cucm(void **state)
{
	(void)state;
	CHECK("1004", "1005", true, .request_user = SLICE("7000"),
	      .remote =
		  LINES(SLICE("\"Example User B\" <sip:1004@192.0.2.30>;party=calling;screen=yes"
			      ";privacy=off")),
	      .diversion = LINES(SLICE("\"Example User C\" <sip:1005@192.0.2.30>;reason=no-answer"
				       ";privacy=off;screen=yes")));
}

/* With several diversions the number first called wins: the last value. */
static void
test_first_called_wins(void **state)
{
	(void)state;
	CHECK("", "1001", true, .request_user = SLICE("7000"),
	      .diversion =
		  LINES(SLICE("<sip:1002@x>;reason=no-answer, \"Miller, J\" <sip:1001@x>;reason"
			      "=user-busy")));
	CHECK("", "1001", true, .request_user = SLICE("7000"),
	      .history = LINES(SLICE("<sip:1001@x>;index=1"), SLICE("<sip:7000@x>;index=1.1")));
	/* Diversion goes before History-Info, History-Info before the target in the URI. */
	CHECK("", "1", true, .request_user = SLICE("7000"), .diversion = LINES(SLICE("<tel:1>")),
	      .history = LINES(SLICE("<sip:2@x>;index=1,<sip:3@x>;index=1.1")),
	      .request_params = SLICE("target=sip:4%40x;cause=486"));
	CHECK("", "2", true, .request_user = SLICE("7000"),
	      .history = LINES(SLICE("<sip:2@x>;index=1,<sip:3@x>;index=1.1")),
	      .request_params = SLICE("target=sip:4%40x;cause=486"));
}

/* What both ends of several diversions are, header by header. */
static void
both(const char *first_called, const char *last_called, const struct party_fields *in)
{
	check(in, &first, &(struct expected){"", first_called, true});
	check(in, &last, &(struct expected){"", last_called, true});
}

#define BOTH(first_, last_, ...) \
	both(first_, last_, &(struct party_fields){.request_user = SLICE("7000"), __VA_ARGS__})

static void
test_both_ends_of_diversion(void **state)
{
	(void)state;
	/* RFC 5806: newest first; a comma list, lines of their own, and both */
	BOTH("1001", "1003",
	     .diversion = LINES(SLICE("<sip:1003@x>;reason=no-answer;counter=1, <sip:1002@x>, "
				      "\"One, First\" <sip:1001@x>;reason=unconditional")));
	BOTH("1001", "1003",
	     .diversion = LINES(SLICE("<sip:1003@x>;reason=no-answer"), SLICE("<sip:1002@x>"),
				SLICE("<tel:1001>;reason=user-busy")));
	BOTH("1001", "1003",
	     .diversion = LINES(SLICE("<sip:1003@x>, sip:1002@x"), SLICE("<sip:1001@x>")));
	BOTH("1001", "1001", .diversion = LINES(SLICE("<sips:1001@x>")));
	/* the pilot itself and nobody are no mailboxes */
	BOTH("1001", "1001",
	     .diversion = LINES(SLICE("<sip:7000@x>;reason=unknown"), SLICE("<sip:1001@x>"),
				SLICE("<sip:anonymous@anonymous.invalid>")));
	BOTH("1001", "1001", .diversion = LINES(SLICE(""), SLICE("<sip:1001@x>"), SLICE(",")));
}

static void
test_the_trunks_order(void **state)
{
	static const struct trunk_conf order = {.diversion = {DIVERSION_TARGET, DIVERSION_OCN_ID},
						.ndiversion = 2};
	static const struct trunk_conf history = {
	    .diversion = {DIVERSION_HISTORY_INFO, DIVERSION_DIVERSION}, .ndiversion = 2};
	const struct party_fields in = {
	    .request_user = SLICE("7000"),
	    .request_params = SLICE("target=sip:4%40x;cause=486"),
	    .original = SLICE("3"),
	    .history = LINES(SLICE("<sip:2@x>;index=1"), SLICE("<sip:7000@x>;index=1.1")),
	    .diversion = LINES(SLICE("<sip:1@x>"))};
	struct party_fields less = in;

	(void)state;
	check(&in, &first, &(struct expected){"", "1", true});
	check(&in, &history, &(struct expected){"", "2", true});
	check(&in, &order, &(struct expected){"", "4", true});
	less.request_params = SLICE("user=phone");
	check(&less, &order, &(struct expected){"", "3", true});
	less.original = SLICE("");
	check(&less, &order, &(struct expected){"", "7000", false}); /* not named: not looked at */
	/* one that only names the pilot leaves the word to the next */
	less.history = (struct party_lines)LINES(SLICE("<sip:7000@x?Reason=x>;index=1"));
	check(&less, &history, &(struct expected){"", "1", true});
}

static void
test_more_lines_than_fit(void **state)
{
	struct party_fields in = {.request_user = SLICE("7000")};
	char text[3 * PARTY_LINES][32];

	(void)state;
	for (int i = 0; i < 3 * PARTY_LINES; i++) {
		snprintf(text[i], sizeof(text[i]), "<sip:%d@x>", 2000 + i);
		party_add(&in.diversion, slice_str(text[i]));
	}
	assert_int_equal(in.diversion.n, PARTY_LINES);
	check(&in, &last, &(struct expected){"", "2000", true});
	snprintf(text[0], sizeof(text[0]), "%d", 2000 + 3 * PARTY_LINES - 1);
	check(&in, &first, &(struct expected){"", text[0], true});
}

static void
test_rfc4458_target(void **state)
{
	(void)state;
	CHECK("", "1002", true, .request_user = SLICE("7000"),
	      .request_params = SLICE("user=phone;target=sip:1002%40pbx.example.com;cause=486"));
	CHECK("", "7000", false, .request_user = SLICE("7000"),
	      .request_params = SLICE("mytarget=sip:1002%40x;maddr=192.0.2.20"));
}

static void
test_diverted_to_itself_is_none(void **state)
{
	(void)state;
	CHECK("", "7000", false, .request_user = SLICE("7000"),
	      .diversion = LINES(SLICE("<sip:7000@x>")));
}

static void
test_caller(void **state)
{
	(void)state;
	CHECK("1", "", false, .asserted = LINES(SLICE("<sip:1@x>")),
	      .remote = LINES(SLICE("<sip:2@x>")), .from_user = SLICE("3"));
	CHECK("2", "", false, .remote = LINES(SLICE("sip:2@x")), .from_user = SLICE("3"));
	CHECK("3", "", false, .remote = LINES(SLICE("<sip:2@x>;party=called")),
	      .from_user = SLICE("3"));
	CHECK("", "", false, .from_user = SLICE("Anonymous"));
	CHECK("", "", false, .asserted = LINES(SLICE("<sip:1@x>")),
	      .privacy = SLICE("id;critical"));
	CHECK("", "", false, .asserted = LINES(SLICE("<sip:1@x>")),
	      .privacy = SLICE("header; user"));
	CHECK("1", "", false, .asserted = LINES(SLICE("<sip:1@x>")), .privacy = SLICE("identity"));
	CHECK("+4930123", "", false, .asserted = LINES(SLICE("<tel:+4930123>, <sip:1@x>")));
	CHECK("+4930123", "", false, .asserted = LINES(SLICE("<sip:anna@x>, <tel:+4930123>")));
	CHECK("2101", "", false,
	      .asserted = LINES(SLICE("\"A, <b\" <sip:anna@x>"), SLICE("<sip:2101@x>")));
	CHECK("anna", "", false, .asserted = LINES(SLICE("<sip:anna@x>")), .from_user = SLICE("3"));
	CHECK("1", "", false, .asserted = LINES(SLICE("<sip:@x>"), SLICE("<sip:1@x>")));
}

/* Which Remote-Party-ID is the caller's, and what it asks for. */
static void
test_remote_party(void **state)
{
	static const char *const hidden[] = {"full",         "\"full\"", "uri",
					     "full-network", "FULL",     " full "};
	static const char *const shown[] = {"off", "name", "none", "fully", "", "\""};
	char text[128];

	(void)state;
	CHECK("2", "", false, .from_user = SLICE("3"),
	      .remote = LINES(SLICE("<sip:1@x>;party=called"), SLICE("<sip:2@x>;party=calling")));
	CHECK("2", "", false, .from_user = SLICE("3"),
	      .remote =
		  LINES(SLICE("<sip:1@x>;party=called;privacy=full, <sip:2@x>;PARTY=Calling")));
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		snprintf(text, sizeof(text), "<sip:2@x>;party=calling;privacy=%s;screen=no",
			 hidden[i]);
		CHECK("", "", false, .from_user = SLICE("3"), .remote = LINES(slice_str(text)));
		CHECK("", "", false, .asserted = LINES(SLICE("<sip:1@x>")),
		      .remote = LINES(slice_str(text)));
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		snprintf(text, sizeof(text), "<sip:2@x>;privacy=%s;party=calling", shown[i]);
		CHECK("2", "", false, .from_user = SLICE("3"), .remote = LINES(slice_str(text)));
	}
}

/* What stands where there is no number to tell. */
static void
test_nobody(void **state)
{
	(void)state;
	CHECK("", "", false, .from_user = SLICE("unavailable"), .from_host = SLICE("x"));
	CHECK("", "", false, .from_user = SLICE("Restricted"));
	CHECK("", "", false, .asserted = LINES(SLICE("<sip:Private@x>")), .from_user = SLICE("3"));
	CHECK("", "", false, .from_user = SLICE("x7z"), .from_host = SLICE("Anonymous.Invalid"));
	CHECK("1", "", false, .asserted = LINES(SLICE("<sip:1@x>")), .from_user = SLICE("x7z"),
	      .from_host = SLICE("anonymous.invalid"));
	CHECK("x7z", "", false, .from_user = SLICE("x7z"), .from_host = SLICE("invalid"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cs1000),
	    cmocka_unit_test(test_cucm),
	    cmocka_unit_test(test_first_called_wins),
	    cmocka_unit_test(test_both_ends_of_diversion),
	    cmocka_unit_test(test_the_trunks_order),
	    cmocka_unit_test(test_more_lines_than_fit),
	    cmocka_unit_test(test_rfc4458_target),
	    cmocka_unit_test(test_diverted_to_itself_is_none),
	    cmocka_unit_test(test_caller),
	    cmocka_unit_test(test_remote_party),
	    cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests_name("party", tests, NULL, NULL);
}
