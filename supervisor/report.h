/* report: one struct snapshot, three printers: text for people, JSON, Prometheus metrics.
 * Values in, text out (the metrics also read the counters of counters.h).  The only rooms
 * that know jansson are report*.c.
 * Must not know: where a snapshot comes from, who reads the text.
 * Every text is malloced and NUL-terminated; NULL when out of memory.  What came from the network
 * (Call-ID, numbers) is printed with bytes outside printable ASCII as '?'. */
#ifndef EVERTRUNK_REPORT_H
#define EVERTRUNK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"
#include "supervisor/snapshot.h"

enum report { REPORT_STATUS, REPORT_CALLS, REPORT_TRUNKS, REPORT_HISTORY, REPORT_COUNT };

char *report_text(enum report what, const struct snapshot *s);
char *report_json(enum report what, const struct snapshot *s);
/* One trunk in full: all its settings, each with where it comes from. */
char *report_trunk_text(const struct snapshot_trunk *k);
char *report_trunk_json(const struct snapshot_trunk *k);
/* The answer of an order that is no report: {"status": 0, "message": "...", "lines": [...]};
 * `lines`: more of it, a LF after each; NULL: none. */
char *report_answer_json(int status, const char *message, const char *lines);

/* One line for `systemctl status`: "ready: worker 7 in slot A, 12 calls; ...". */
void report_line(const struct snapshot *s, struct buf *b);

/* The supervisor's own process, for process_* of the metrics. */
struct report_process {
	double cpu_seconds;
	uint64_t resident, virtual_; /* bytes */
	uint64_t fds, fds_max;
	double start_time; /* seconds since 1970 */
};
/* From /proc/self; what cannot be read is 0. */
void report_process_read(struct report_process *ret);
/* Prometheus text format 0.0.4. */
char *report_metrics(const struct snapshot *s, const struct report_process *p);

/* The checks behind /health and /readyz: application/health+json (draft-inadarei-api-health-check)
 * and plain text, a line per check.  *ret_ok: whether it is to be a 200. */
char *report_health_json(const struct snapshot *s, bool *ret_ok);
char *report_health_text(const struct snapshot *s, bool verbose, bool *ret_ok);

#endif
