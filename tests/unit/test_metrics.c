/* test_metrics: the metrics are well formed, all there from the start, and each of them stands in
 * docs/monitoring.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "supervisor/counters.h"
#include "supervisor/report.h"
#include "tests/unit/sample.h"

static const struct report_process process = {.cpu_seconds = 1.25,
					      .resident = 9 * 1024 * 1024,
					      .virtual_ = 99,
					      .fds = 40,
					      .fds_max = 1024,
					      .start_time = SAMPLE_NOW - 7200};

/* Lines of `text` that begin with `head`. */
static int
count_lines(const char *text, const char *head)
{
	int n = 0;

	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		n += strncmp(p, head, strlen(head)) == 0;
	return n;
}

static void
lint_sample(const char *text, const char *line)
{
	char series[256], head[300], name[128];
	size_t n = strcspn(line, " ");
	/* a label's value may hold a blank: the series ends at the last one */
	const char *end = strchr(line, '\n'), *blank = line + n;

	for (const char *p = blank; p < end; p++)
		if (*p == ' ')
			blank = p;
	snprintf(series, sizeof(series), "%.*s ", (int)(blank - line), line);
	if (count_lines(text, series) != 1)
		fail_msg("%s stands there more than once", series);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "{ "), line);
	snprintf(head, sizeof(head), "# TYPE %s ", name);
	if (count_lines(text, head) != 1)
		fail_msg("%s: not one TYPE", name);
	const char *type = strstr(text, head) + strlen(head);
	bool total = strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
	if (total != (strncmp(type, "counter\n", 8) == 0))
		fail_msg("%s: a counter and only a counter ends in _total", name);
	snprintf(head, sizeof(head), "# HELP %s ", name);
	if (count_lines(text, head) != 1)
		fail_msg("%s: not one HELP", name);
	/* a family stands in one piece: its last header is before its first sample */
	if (strstr(text, head) > line)
		fail_msg("%s: HELP after a sample", name);
}

static void
metrics_lint(void **state)
{
	struct snapshot s;
	char *text;
	int samples = 0;

	(void)state;
	sample_snapshot(&s, false);
	text = report_metrics(&s, &process);
	for (const char *p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
		if (*p == '#')
			continue;
		lint_sample(text, p);
		samples++;
	}
	assert_true(samples > 150);
	free(text);
	snapshot_free(&s);
}

static void
metrics_values(void **state)
{
	struct snapshot s;
	char *text;
	static const char *const has[] = {
	    "\num_build_info{version=\"1.2-test\"} 1\n",
	    "\num_ready 1\n",
	    "\num_draining 1\n",
	    "\num_recycle_waiting 1\n",
	    "\num_calls_active 2\n",
	    "\num_calls_started_total 5000000000\n",
	    "\num_calls_ended_total{cause=\"hangup\"} 4999999998\n",
	    "\num_calls_ended_total{cause=\"lost\"} 0\n",
	    "\num_worker_state{slot=\"A\",state=\"DRAINING\"} 1\n",
	    "\num_worker_state{slot=\"A\",state=\"SERVING\"} 0\n",
	    "\num_worker_calls_served{slot=\"B\"} 120\n",
	    "\num_worker_last_probe_timestamp_seconds{slot=\"B\"} 1764298799\n",
	    "\num_recycles_total{reason=\"operator\",result=\"done\"} 4\n",
	    "\num_recycles_total{reason=\"crash\",result=\"failed\"} 1\n",
	    "\num_recycle_calls_total{fate=\"drained\"} 9\n",
	    "\num_trunk_calls_started_total{trunk=\"cs1000\"} 120\n",
	    "\num_trunk_proxied{trunk=\"lab \\\"7\\\"\"} 1\n",
	    "\num_trunk_info{trunk=\"cs1000\",profile=\"cs1000\",from=\"recognised\"} 1\n"
	    "um_trunk_info{trunk=\"lab \\\"7\\\"\",profile=\"cucm\",from=\"configured\"} 1\n",
	    "\num_trunk_refused_total{trunk=\"cs1000\"} 4\n",
	    "\num_rtp_worst_tick_seconds 0.0015\n",
	    "\num_pressure{resource=\"disk\"} 1\n",
	    "\num_pressure{resource=\"calls\"} 0\n",
	    "\num_disk_free_bytes 432013312\n",
	    "\num_refused_total{why=\"pressure\"} 0\n",
	    "\nprocess_cpu_seconds_total 1.25\n",
	};

	(void)state;
	sample_snapshot(&s, false);
	counters[COUNT_CALLS_STARTED] = 5000000000;
	counters_calls_ended[CALL_CAUSE_HANGUP] = 4999999998;
	text = report_metrics(&s, &process);
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++)
		if (strstr(text, has[i]) == NULL)
			fail_msg("no %s", has[i] + 1);
	assert_null(strstr(text, "result=\"draining\""));
	free(text);
	snapshot_free(&s);
}

/* Everything is there before anything has happened. */
static void
metrics_from_the_start(void **state)
{
	struct snapshot s = {.version = "",
			     .slot = {sample_slot('A', 5065, 0, RECYCLE_EMPTY),
				      sample_slot('B', 5067, 0, RECYCLE_EMPTY)}};
	char *text;

	(void)state;
	memset(counters, 0, sizeof(counters));
	memset(counters_calls_ended, 0, sizeof(counters_calls_ended));
	text = report_metrics(&s, &process);
	assert_int_equal(count_lines(text, "um_recycles_total{"), REASON_COUNT * 3);
	assert_int_equal(count_lines(text, "um_calls_ended_total{"), CALL_CAUSE_COUNT);
	assert_int_equal(count_lines(text, "um_worker_state{"), 2 * RECYCLE_STATE_COUNT);
	for (const char *p = strstr(text, "\num_"); p != NULL; p = strstr(p + 1, "\num_")) {
		const char *end = strchr(p + 1, '\n');

		if (strncmp(p, "\num_build_info", 14) != 0 &&
		    strncmp(end - 9, "EMPTY\"} 1", 9) != 0 && strncmp(end - 2, " 0", 2) != 0)
			fail_msg("not 0 at the start: %.*s", (int)(end - p), p + 1);
	}
	free(text);
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 200000);

	if (f == NULL)
		fail_msg("%s: run the tests from the root of the tree", path);
	text[fread(text, 1, 199999, f)] = '\0';
	fclose(f);
	return text;
}

static void
metrics_are_documented(void **state)
{
	struct snapshot s;
	char *text, *doc = read_file("docs/monitoring.md"), name[160];

	(void)state;
	sample_snapshot(&s, false);
	text = report_metrics(&s, &process);
	for (const char *p = strstr(text, "# TYPE "); p != NULL; p = strstr(p + 1, "# TYPE ")) {
		snprintf(name, sizeof(name), "`%.*s", (int)strcspn(p + 7, " "), p + 7);
		if (strstr(doc, name) == NULL)
			fail_msg("docs/monitoring.md does not know %s`", name);
	}
	free(text);
	free(doc);
	snapshot_free(&s);
}

static void
process_is_read(void **state)
{
	struct report_process p;

	(void)state;
	report_process_read(&p);
	assert_true(p.resident > 100000 && p.resident < p.virtual_);
	assert_true(p.fds >= 3 && p.fds < p.fds_max);
	assert_true(p.start_time > 1.7e9 && p.start_time <= (double)time(NULL) + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metrics_lint),           cmocka_unit_test(metrics_values),
	    cmocka_unit_test(metrics_from_the_start), cmocka_unit_test(metrics_are_documented),
	    cmocka_unit_test(process_is_read),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
