/* test_report_health: a filled snapshot gives exactly these checks, as JSON and as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "supervisor/report.h"
#include "tests/unit/sample.h"

static void
health_of_the_certificate(void **state)
{
	static const struct {
		int64_t left;
		bool refused;
		const char *says;
	} rows[] = {
	    {31 * 86400, false, "pass tls:certificate 2678400 s\n"},
	    {29 * 86400, false,
	     "warn tls:certificate 2505600 s: the TLS certificate ends in 29 days"},
	    {0, false, "warn tls:certificate 0 s: the TLS certificate has expired"},
	    {40 * 86400, true,
	     "warn tls:certificate 3456000 s: the last TLS certificate was not taken over: no key"},
	};
	struct snapshot s;
	bool ok;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample_snapshot(&s, false);
		s.tls.not_after = s.wall + rows[i].left;
		s.tls.refused = rows[i].refused ? s.wall - 60 : 0;
		snprintf(s.tls.refusal, sizeof(s.tls.refusal), "no key");
		char *text = report_health_text(&s, true, &ok);
		assert_true(ok);
		if (!strstr(text, rows[i].says))
			fail_msg("row %zu: %s", i, text);
		free(text);
		snapshot_free(&s);
	}
	sample_snapshot(&s, false);
	s.tls = (struct tls_report){0};
	char *text = report_health_text(&s, true, &ok);
	assert_non_null(strstr(text, "pass tls:certificate\n"));
	free(text);
	text = report_text(REPORT_STATUS, &s);
	assert_null(strstr(text, "certificate"));
	free(text);
	snapshot_free(&s);
}

static void
health_of_the_queue(void **state)
{
	static const struct {
		struct snapshot_mail mail;
		const char *says;
		enum pressure_level oldest;
	} rows[] = {
	    {{.on = false, .bad = 9}, "pass mail:queue\n", PRESSURE_NORMAL},
	    {{.on = true, .bad = 9}, "pass mail:queue\n", PRESSURE_NORMAL}, /* nobody knows */
	    {{.on = true, .owner = true, .queued = 9, .oldest_s = 9999},
	     "pass mail:queue 9 messages\n",
	     PRESSURE_NORMAL},
	    {{.on = true, .owner = true, .queued = 9, .oldest_s = 1860},
	     "warn mail:queue 9 messages: a message has waited for 31 minutes (um-ctl queue)\n",
	     PRESSURE_MEDIUM},
	    {{.on = true, .owner = true, .bad = 2},
	     "warn mail:queue 0 messages: 2 messages are set aside in bad/ (um-ctl queue)\n",
	     PRESSURE_NORMAL},
	};
	struct snapshot s;
	bool ok;

	(void)state;
	sample_snapshot(&s, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.mail = rows[i].mail;
		s.pressure.of[PRESSURE_OLDEST].level = rows[i].oldest;
		char *text = report_health_text(&s, true, &ok);
		assert_true(ok);
		if (strstr(text, rows[i].says) == NULL)
			fail_msg("%s\nlacks: %s", text, rows[i].says);
		free(text);
	}
	snapshot_free(&s);
}

static void
health_of_the_mailboxes_elsewhere(void **state)
{
	static const struct {
		struct snapshot_imap imap;
		const char *health, *status; /* NULL: no line */
	} rows[] = {
	    {{.known = true, .unreadable = 9}, "pass mail:imap\n", NULL},
	    {{.on = true}, "pass mail:imap\n", "imap:          no mailbox has been"},
	    {{.on = true, .known = true, .up = true, .unreadable = 2},
	     "pass mail:imap 2 mailboxes\n",
	     "imap:          up; 2 mailboxes cannot be looked into\n"},
	    {{.on = true, .known = true},
	     "warn mail:imap 0 mailboxes: imap.host cannot be looked into: lamps stay",
	     "imap:          down: lamps stay as they are; 0 mailboxes"},
	};
	struct snapshot s;
	bool ok;

	(void)state;
	sample_snapshot(&s, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.imap = rows[i].imap;
		char *text = report_health_text(&s, true, &ok);
		assert_true(ok);
		if (strstr(text, rows[i].health) == NULL)
			fail_msg("%s\nlacks: %s", text, rows[i].health);
		free(text);
		text = report_text(REPORT_STATUS, &s);
		const char *line = strstr(text, "imap:");
		if (rows[i].status ? !line || !strstr(line, rows[i].status) : line != NULL)
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
	snapshot_free(&s);
}

static void
health_when_all_is_well(void **state)
{
	struct snapshot s;
	bool ok = false;
	char *text;

	(void)state;
	sample_snapshot(&s, false);
	s.pressure.of[PRESSURE_DISK].level = PRESSURE_NORMAL;
	text = report_health_text(&s, true, &ok);
	assert_true(ok);
	assert_string_equal(text, "ready\n"
				  "pass service:ready\n"
				  "pass service:enabled\n"
				  "pass worker:active 12 generation\n"
				  "pass worker:probe 1.5 s\n"
				  "pass worker:testcall 65 s\n"
				  "pass worker:memory 11796480 bytes\n"
				  "pass worker:starts 0 failures in a row\n"
				  "pass calls:active 2 calls\n"
				  "pass recycle:next 86400 s\n"
				  "pass tls:certificate 3456000 s\n"
				  "pass mail:queue 3 messages\n"
				  "pass mail:imap\n"
				  "pass pressure:disk 432013312 bytes\n"
				  "pass pressure:queue 3 messages\n"
				  "pass pressure:oldest 125 s\n"
				  "pass pressure:memory 12 percent\n"
				  "pass pressure:calls\n");
	free(text);
	text = report_health_json(&s, &ok);
	assert_true(ok);
	assert_non_null(strstr(text, "{\n  \"status\": \"pass\",\n  \"serviceId\": \"evertrunk\""));
	assert_non_null(strstr(text, "\"worker:probe\": [\n      {\n        \"status\": \"pass\""));
	assert_non_null(strstr(text, "\"observedValue\": 1.5,\n        \"observedUnit\": \"s\""));
	assert_non_null(strstr(text, "\"observedValue\": 11796480,"));
	assert_null(strstr(text, "output"));
	free(text);
	snapshot_free(&s);
}

static void
health_warns(void **state)
{
	struct snapshot s;
	bool ok = false;
	char *text;

	(void)state;
	sample_snapshot(&s, false);
	s.starts_failed_in_row = 2;
	text = report_health_json(&s, &ok);
	assert_true(ok);
	assert_non_null(strstr(text, "{\n  \"status\": \"warn\""));
	assert_non_null(strstr(text, "the last 2 starts of a worker failed"));
	assert_non_null(strstr(text, "\"output\": \"medium\""));
	free(text);
	s.pressure.of[PRESSURE_MEMORY].level = PRESSURE_HIGH;
	text = report_health_text(&s, true, &ok);
	assert_non_null(strstr(text, "warn pressure:disk 432013312 bytes: medium\n"));
	assert_non_null(
	    strstr(text, "fail pressure:memory 12 percent: high: new calls are refused\n"));
	free(text);
	text = report_text(REPORT_STATUS, &s);
	assert_non_null(strstr(text, "new calls:     not taken (back pressure)\n"));
	free(text);
	snapshot_free(&s);
}

static void
health_fails_with_a_reason_per_check(void **state)
{
	struct snapshot s;
	bool ok = true;
	char *text;

	(void)state;
	sample_snapshot(&s, false);
	s.ready = false;
	s.enabled = false;
	s.not_ready = "generation 12 has not answered its probes";
	s.slot[1].probe_age_ms = 9000;
	s.slot[1].test_age_ms = -1;
	text = report_health_text(&s, false, &ok);
	assert_false(ok);
	assert_string_equal(text, "not ready: generation 12 has not answered its probes\n");
	free(text);
	ok = true;
	text = report_health_json(&s, &ok);
	assert_false(ok);
	assert_non_null(strstr(text, "{\n  \"status\": \"fail\""));
	assert_non_null(
	    strstr(text, "\"output\": \"the last answered probe is older than 4.0 s\""));
	assert_non_null(strstr(text, "\"output\": \"no self-test call was answered yet\""));
	assert_non_null(strstr(text, "\"output\": \"drained by the operator: no new calls\""));
	free(text);
	s.active_generation = 0;
	text = report_health_text(&s, true, &ok);
	assert_non_null(strstr(text, "fail worker:active: no worker gets new calls\n"));
	free(text);
	snapshot_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(health_of_the_certificate),
	    cmocka_unit_test(health_of_the_queue),
	    cmocka_unit_test(health_of_the_mailboxes_elsewhere),
	    cmocka_unit_test(health_when_all_is_well),
	    cmocka_unit_test(health_warns),
	    cmocka_unit_test(health_fails_with_a_reason_per_check),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("report_health", tests, NULL, NULL);
}
