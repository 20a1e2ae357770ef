/* test_party: who calls whom, from the header forms that PBXs send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "worker/party.h"

struct expected {
	const char *caller, *called;
	bool diverted;
};

static void
check(const struct party_fields *in, const struct expected *want)
{
	struct party p;

	memset(&p, 0xff, sizeof(p));
	party_read(in, &p);
	assert_string_equal(p.caller, want->caller);
	assert_string_equal(p.called, want->called);
	assert_int_equal(p.diverted, want->diverted);
}

#define CHECK(caller_, called_, diverted_, ...) \
	check(&(struct party_fields){__VA_ARGS__}, &(struct expected){caller_, called_, diverted_})

#define PILOT .request_user = SLICE("3500;phone-context=cdp.udp")

static void
test_cs1000(void **state)
{
	(void)state;
	CHECK("2101", "2102", true, PILOT,
	      .asserted = SLICE("\"Example User A\" <sip:2101;phone-context=cdp.udp@um.example.com"
				";user=phone>"),
	      .privacy = SLICE("none"), .from_user = SLICE("9999"),
	      .history = SLICE("<sip:2102;phone-context=cdp.udp@um.example.com;user=phone?Reason="
			       "SIP%3Bcause%3D408%3Btext%3D%22Request%20Timeout%22>;index=1, "
			       "<sip:3500;phone-context=cdp.udp@um.example.com;user=phone>"
			       ";index=1.1"));
	/* One entry is where the call is now: no diversion. */
	CHECK("2101", "3500", false, PILOT, .from_user = SLICE("2101"),
	      .history = SLICE("<sip:3500;phone-context=cdp.udp@um.example.com>;index=1"));
	CHECK("2103", "2104", true, PILOT,
	      .asserted = SLICE("<sip:2103;phone-context=cdp.udp@um.example.com;user=phone>"),
	      .original = SLICE("<sip:2104;phone-context=cdp.udp@um.example.com;user=phone>"));
	CHECK("", "2104", true, PILOT, .original = SLICE(" 2104 "));
}

static void
test_cucm(void **state)
{
	(void)state;
	CHECK("1004", "1005", true, .request_user = SLICE("7000"),
	      .remote = SLICE("\"Example User B\" <sip:1004@192.0.2.30>;party=calling;screen=yes"
			      ";privacy=off"),
	      .diversion = SLICE("\"Example User C\" <sip:1005@192.0.2.30>;reason=no-answer"
				 ";privacy=off;screen=yes"));
}

/* With several diversions the number first called wins: the last value. */
static void
test_first_called_wins(void **state)
{
	(void)state;
	CHECK("", "1001", true, .request_user = SLICE("7000"),
	      .diversion = SLICE("<sip:1002@x>;reason=no-answer, \"Miller, J\" <sip:1001@x>;reason"
				 "=user-busy"));
	CHECK("", "1001", true, .request_user = SLICE("7000"), .history_more = true,
	      .history = SLICE("<sip:1001@x>;index=1"));
	/* Diversion goes before History-Info, History-Info before the target in the URI. */
	CHECK("", "1", true, .request_user = SLICE("7000"), .diversion = SLICE("<tel:1>"),
	      .history = SLICE("<sip:2@x>;index=1,<sip:3@x>;index=1.1"),
	      .request_params = SLICE("target=sip:4%40x;cause=486"));
	CHECK("", "2", true, .request_user = SLICE("7000"),
	      .history = SLICE("<sip:2@x>;index=1,<sip:3@x>;index=1.1"),
	      .request_params = SLICE("target=sip:4%40x;cause=486"));
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
	CHECK("", "7000", false, .request_user = SLICE("7000"), .diversion = SLICE("<sip:7000@x>"));
}

static void
test_caller(void **state)
{
	(void)state;
	CHECK("1", "", false, .asserted = SLICE("<sip:1@x>"), .remote = SLICE("<sip:2@x>"),
	      .from_user = SLICE("3"));
	CHECK("2", "", false, .remote = SLICE("sip:2@x"), .from_user = SLICE("3"));
	CHECK("3", "", false, .remote = SLICE("<sip:2@x>;party=called"), .from_user = SLICE("3"));
	CHECK("", "", false, .from_user = SLICE("Anonymous"));
	CHECK("", "", false, .asserted = SLICE("<sip:1@x>"), .privacy = SLICE("id;critical"));
	CHECK("", "", false, .asserted = SLICE("<sip:1@x>"), .privacy = SLICE("header; user"));
	CHECK("1", "", false, .asserted = SLICE("<sip:1@x>"), .privacy = SLICE("identity"));
	CHECK("+4930123", "", false, .asserted = SLICE("<tel:+4930123>, <sip:1@x>"));
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *user, *number;
	} cases[] = {
	    {"3500;phone-context=cdp.udp", "3500"},
	    {"%2B49%2030", "+4930"},
	    {"bob:secret", "bob"},
	    {"a%0d%0ab", "ab"},
	    {"100%", "100%"},
	    {"100%4", "100%4"},
	    {"100%zz", "100%zz"},
	    {"%23123", "#123"},
	    {"", ""},
	};
	char out[MESSAGE_PARTY_MAX], tiny[4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		party_number(slice_str(cases[i].user), out, sizeof(out));
		assert_string_equal(out, cases[i].number);
	}
	party_number(SLICE("123456"), tiny, sizeof(tiny));
	assert_string_equal(tiny, "123");
}

static void
test_uri_users(void **state)
{
	static const struct {
		const char *value, *user;
	} cases[] = {
	    {"<sip:1@x>;p=1", "1"},
	    {"\"A <sip:9@y>\" <sips:1@x>", "1"},
	    {"\"quote \\\" <sip:9@y>\" <SIP:1@x>", "1"},
	    {"sip:1@x;tag=5", "1"},
	    {"Name <sip:1;a=b@x;c=d?e=f>", "1;a=b"},
	    {"<sip:x>", ""},
	    {"<http://u@x>", ""},
	    {"<sip:1@x", "1"},
	    {"\"unclosed <sip:1@x>", ""},
	    {"<", ""},
	    {"\"\\", ""},
	    {",", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice user = party_uri_user(slice_str(cases[i].value));

		assert_true(slice_eq(user, slice_str(cases[i].user)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cs1000),
	    cmocka_unit_test(test_cucm),
	    cmocka_unit_test(test_first_called_wins),
	    cmocka_unit_test(test_rfc4458_target),
	    cmocka_unit_test(test_diverted_to_itself_is_none),
	    cmocka_unit_test(test_caller),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_uri_users),
	};

	return cmocka_run_group_tests_name("party", tests, NULL, NULL);
}
