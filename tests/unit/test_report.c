/* test_report: a filled snapshot gives exactly these texts and this JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "supervisor/report.h"
#include "supervisor/report_print.h"
#include "tests/unit/sample.h"

static void
expect_text(enum report what, const struct snapshot *s, const char *wanted)
{
	char *text = report_text(what, s);

	assert_string_equal(text, wanted);
	free(text);
}

static void
status_of_a_recycle_in_progress(void **state)
{
	struct snapshot s;

	(void)state;
	sample_snapshot(&s, false);
	s.tls.on = false;
	expect_text(
	    REPORT_STATUS, &s,
	    "ready; slot A generation 11 DRAINING, 1 call; slot B generation 12 SERVING, 1 call\n"
	    "version 1.2-test, up 2h 0m, now 2025-11-28 03:00:00 +0000\n"
	    "\n"
	    "slot  port  generation  pid   state     age    calls  served  memory  probe  test   "
	    "last reason\n"
	    "A     5065  11          4011  DRAINING  1d 1h  1      0       11.2M   1s     1m 5s  "
	    "drains: operator\n"
	    "B     5067  12          4012  SERVING   1d 1h  1      120     11.2M   1s     1m 5s  "
	    "took over from 11\n"
	    "\n"
	    "new calls:     taken\n"
	    "pressure:      disk medium (412.0M free), queue normal (3 messages), oldest normal "
	    "(2m), "
	    "memory normal (12 %), calls normal (unknown)\n"
	    "calls:         2 active, 1 INVITEs not yet answered\n"
	    "trunks:        2 configured, 3 connections\n"
	    "mail:          3 wait, the oldest for 1m 35s; 0 bad; 120 delivered, 4 tries failed\n"
	    "waiting:       memory: waits until slot A has drained\n"
	    "next recycle:  2025-11-29 03:00:00 +0000 (schedule)\n"
	    "last recycle:  #5 operator: draining, A 11 -> B 12; 2 moved, 9 drained, 0 cut, 0 lost"
	    " (Sunday service); back pressure then: disk medium\n");
	snapshot_free(&s);
}

static void
status_of_an_outage(void **state)
{
	struct snapshot s = {.version = "1.2-test",
			     .wall = SAMPLE_NOW,
			     .uptime_ms = 1000,
			     .enabled = false,
			     .not_ready = "no worker is ready",
			     .starts_failed_in_row = 3,
			     .slot = {sample_slot('A', 5065, 0, RECYCLE_RESTING),
				      sample_slot('B', 5067, 0, RECYCLE_EMPTY)}};

	(void)state;
	pressure_init(&s.pressure);
	expect_text(
	    REPORT_STATUS, &s,
	    "NOT READY: no worker is ready; slot A RESTING; slot B EMPTY\n"
	    "version 1.2-test, up 1s, now 2025-11-28 03:00:00 +0000\n"
	    "\n"
	    "slot  port  generation  pid  state    age  calls  served  memory  probe  test  "
	    "last reason\n"
	    "A     5065  -           -    RESTING  -    -      -       -       -      -     "
	    "-\n"
	    "B     5067  -           -    EMPTY    -    -      -       -       -      -     "
	    "-\n"
	    "\n"
	    "new calls:     not taken (drained; `um-ctl enable` takes them again)\n"
	    "pressure:      disk normal (unknown), queue normal (unknown), oldest normal "
	    "(unknown), "
	    "memory normal (unknown), calls normal (unknown)\n"
	    "calls:         0 active, 0 INVITEs not yet answered\n"
	    "trunks:        0 configured, 0 connections\n"
	    "mail:          off; messages stay in the spool\n"
	    "waiting:       -\n"
	    "next recycle:  none scheduled\n"
	    "last recycle:  none yet\n"
	    "failed starts: 3 in a row\n");
	expect_text(REPORT_CALLS, &s, "no calls\n");
	expect_text(REPORT_TRUNKS, &s, "no trunks configured: every caller is a stranger\n");
	expect_text(REPORT_HISTORY, &s, "no recycle yet\n");
}

static void
lists(void **state)
{
	struct snapshot s;

	(void)state;
	sample_snapshot(&s, true);
	expect_text(REPORT_CALLS, &s,
		    "generation  state  age    trunk   caller  called  door                "
		    "call-id\n"
		    "12          up     1m 1s  cs1000  2101    3500    192.0.2.1:5060/tcp  "
		    "a84b4c76e66710@pbx\n"
		    "11          up     1m 1s  cs1000  -       3500    192.0.2.1:5060/tcp  "
		    "evil?[2J?\xc3\xa4@pbx\n");
	expect_text(REPORT_TRUNKS, &s,
		    "trunk    profile        mode   now    calls  started  failures  refused  "
		    "redirects  last seen                  over  why\n"
		    "cs1000   cs1000 (auto)  auto   proxy  2      120      1         4        "
		    "3          2025-11-28 02:59:00 +0000  tcp   302 not followed\n"
		    "lab \"7\"  cucm           proxy  proxy  0      0        0         0        "
		    "0          never                      -     configured\n");
	expect_text(REPORT_HISTORY, &s,
		    "#  asked                      reason    result    old   new   switch  drain  "
		    "moved  drained  cut  lost  pressure     text\n"
		    "5  2025-11-28 02:55:00 +0000  operator  draining  A 11  B 12  42ms    -      "
		    "2      9        0    0     disk medium  Sunday service\n");
	snapshot_free(&s);
}

/* A trunk in full: what it is and why, and where each setting comes from. */
static void
one_trunk(void **state)
{
	struct snapshot s;
	char *text;

	(void)state;
	sample_snapshot(&s, false);
	text = report_trunk_text(snapshot_trunk_find(&s, "cs1000"));
	static const char *const has[] = {
	    "trunk:      cs1000\n"
	    "profile:    cs1000, recognised 2025-11-28 02:50:00 +0000 by User-Agent \"SIP GW\"\n"
	    "mode:       proxy (302 not followed)\n"
	    "last seen:  2025-11-28 02:59:00 +0000 over tcp\n"
	    "calls:      2 now, 120 started, 1 failed, 4 requests refused, 3 redirected\n\n"
	    "setting           from     value\n"
	    "source            default  -\n",
	    "\ncontact_style     profile  nrs\n",
	    "\nreuse             default  yes\n",
	    "\nmode              given    auto\n",
	};
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		if (strstr(text, has[i]) == NULL)
			fail_msg("no %s in %s", has[i], text);
	free(text);
	text = report_trunk_text(snapshot_trunk_find(&s, "lab \"7\""));
	assert_non_null(strstr(text, "profile:    cucm, configured\n"));
	free(text);
	s.trunk[0].recognised = false;
	text = report_trunk_text(&s.trunk[0]);
	assert_non_null(strstr(text, ", not recognised so far: User-Agent \"SIP GW\"\n"));
	free(text);
	s.trunk[0].evidence[0] = '\0';
	text = report_trunk_text(&s.trunk[0]);
	assert_non_null(strstr(text, ", not heard of so far\n"));
	free(text);
	text = report_trunk_json(&s.trunk[0]);
	assert_non_null(strstr(text, "\"contact_style\": {\n      \"value\": \"nrs\",\n"
				     "      \"from\": \"profile\"\n    }"));
	free(text);
	assert_null(snapshot_trunk_find(&s, "nobody"));
	snapshot_free(&s);
}

static void
line_for_systemd(void **state)
{
	struct snapshot s;
	char text[256];
	struct buf b = BUF(text);

	(void)state;
	sample_snapshot(&s, false);
	s.slot[1].calls = 2;
	s.slot[0] = sample_slot('A', 5065, 0, RECYCLE_EMPTY);
	report_line(&s, &b);
	assert_string_equal(buf_cstr(&b),
			    "ready; slot A EMPTY; slot B generation 12 SERVING, 2 calls");
	snapshot_free(&s);
}

static void
json_of_the_status(void **state)
{
	struct snapshot s;
	char *text;

	(void)state;
	sample_snapshot(&s, false);
	text = report_json(REPORT_STATUS, &s);
	static const char *const has[] = {
	    "\"ready\": true",
	    "\"not_ready\": null",
	    "\"active_generation\": 12",
	    "\"slot\": \"A\",\n      \"port\": 5065,\n      \"generation\": 11,\n",
	    "\"memory_bytes\": 11796480",
	    "\"next_recycle\": {\n    \"time\": \"2025-11-29T03:00:00Z\",\n"
	    "    \"reason\": \"schedule\"\n  }",
	    "\"drain_ms\": null",
	    "\"pressure\": \"disk medium\"",
	    "\"pressure\": {\n    \"disk\": {\n      \"level\": \"medium\",\n"
	    "      \"value\": 432013312\n    },",
	    "\"calls\": {\n      \"level\": \"normal\",\n      \"value\": null\n    }",
	    "\"waiting\": \"memory: waits until slot A has drained\"",
	};
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		if (strstr(text, has[i]) == NULL)
			fail_msg("no %s in %s", has[i], text);
	free(text);
	snapshot_free(&s);
}

static void
json_of_the_lists(void **state)
{
	struct snapshot s;
	char *text;

	(void)state;
	sample_snapshot(&s, true);
	text = report_json(REPORT_CALLS, &s);
	assert_non_null(strstr(text, "\"call_id\": \"evil?[2J?\xc3\xa4@pbx\""));
	assert_non_null(strstr(text, "\"caller\": null"));
	assert_non_null(strstr(text, "\"transport\": \"tcp\""));
	free(text);
	text = report_json(REPORT_TRUNKS, &s);
	assert_non_null(strstr(text, "\"name\": \"lab \\\"7\\\"\""));
	assert_non_null(strstr(text, "\"last_seen\": null"));
	assert_non_null(strstr(text, "\"profile\": \"cs1000\",\n      \"profile_configured\": "
				     "\"auto\",\n      \"recognised\": true"));
	assert_non_null(strstr(text, "\"evidence\": \"User-Agent \\\"SIP GW\\\"\""));
	assert_non_null(strstr(text, "\"transport\": \"tcp\""));
	assert_non_null(strstr(text, "\"refused\": 4"));
	free(text);
	text = report_json(REPORT_HISTORY, &s);
	assert_non_null(strstr(text, "\"history\": [\n    {\n      \"number\": 5,"));
	free(text);
	text = report_answer_json(1, "no such trunk", "one\ntwo\n");
	assert_string_equal(text, "{\n  \"status\": 1,\n  \"message\": \"no such trunk\",\n"
				  "  \"lines\": [\n    \"one\",\n    \"two\"\n  ]\n}\n");
	free(text);
	snapshot_free(&s);
}

static void
status_tells_of_the_certificate(void **state)
{
	struct snapshot s;

	(void)state;
	sample_snapshot(&s, false);
	char *text = report_text(REPORT_STATUS, &s);
	assert_non_null(strstr(text, "certificate:   CN = um.example.com until 202"));
	assert_non_null(strstr(text, ", 40 days left\n"));
	assert_non_null(strstr(text, "  its names:   dns:um.example.com\n"));
	assert_non_null(strstr(text, "  warning:     it has no subjectAltName?[2J\n"));
	assert_null(strstr(text, "not taken"));
	free(text);
	s.tls.refused = s.wall;
	snprintf(s.tls.refusal, sizeof(s.tls.refusal), "expired");
	text = report_text(REPORT_STATUS, &s);
	assert_non_null(strstr(text, "  not taken:   another at 202"));
	free(text);
	text = report_json(REPORT_STATUS, &s);
	assert_non_null(
	    strstr(text, "\"certificate\": {\n    \"subject\": \"CN = um.example.com\""));
	assert_non_null(strstr(text, "\"refusal\": \"expired\""));
	free(text);
	snapshot_free(&s);
}

static void
words_of_print(void **state)
{
	char out[PRINT_MAX], small[5];

	(void)state;
	assert_string_equal(print_age(-1, out), "never");
	assert_string_equal(print_age(59999, out), "59s");
	assert_string_equal(print_age(3599999, out), "59m 59s");
	assert_string_equal(print_age(86399999, out), "23h 59m");
	assert_string_equal(print_span(250, out), "250ms");
	assert_string_equal(print_span(1234, out), "1.2s");
	assert_string_equal(print_span(61000, out), "1m 1s");
	assert_string_equal(print_bytes(0, out), "0.0K");
	assert_string_equal(print_bytes(3ULL << 40, out), "3.0T");
	assert_string_equal(print_time(0, out), "never");
	assert_string_equal(print_utc(SAMPLE_NOW, out), "2025-11-28T03:00:00Z");
	assert_string_equal(print_clean("a\xc3\xa4\xc3", small, sizeof(small)), "a\xc3\xa4?");
	assert_string_equal(print_clean("abc\xc3\xa4", small, sizeof(small)), "abc");
	/* control bytes, C1, overlong, surrogate, beyond Unicode, a lone tail */
	assert_string_equal(print_clean("\n\x7f", out, sizeof(out)), "??");
	assert_string_equal(print_clean("\xc2\x9b", out, sizeof(out)), "??");
	assert_string_equal(print_clean("\xc0\xaf", out, sizeof(out)), "??");
	assert_string_equal(print_clean("\xe0\x80\xaf", out, sizeof(out)), "???");
	assert_string_equal(print_clean("\xed\xa0\x80", out, sizeof(out)), "???");
	assert_string_equal(print_clean("\xf4\x90\x80\x80", out, sizeof(out)), "????");
	assert_string_equal(print_clean("\xf0\x9f\x93\x9e", out, sizeof(out)), "\xf0\x9f\x93\x9e");
}

static void
names_of_the_ledger(void **state)
{
	(void)state;
	assert_string_equal(ledger_result_name(LEDGER_CANCELLED), "cancelled");
	assert_string_equal(ledger_result_name(LEDGER_RESULT_COUNT), "?");
	assert_string_equal(recycle_reason_name(REASON_PROGRAM), "program");
	assert_string_equal(recycle_reason_name(REASON_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(status_of_a_recycle_in_progress),
	    cmocka_unit_test(status_of_an_outage),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(one_trunk),
	    cmocka_unit_test(line_for_systemd),
	    cmocka_unit_test(json_of_the_status),
	    cmocka_unit_test(json_of_the_lists),
	    cmocka_unit_test(status_tells_of_the_certificate),
	    cmocka_unit_test(words_of_print),
	    cmocka_unit_test(names_of_the_ledger),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
