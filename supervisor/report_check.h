/* report_check: the checks behind /health and /readyz, read from a snapshot.
 * Private to report*.c.  The service passes as a whole exactly when the snapshot says ready. */
#ifndef EVERTRUNK_REPORT_CHECK_H
#define EVERTRUNK_REPORT_CHECK_H

#include "supervisor/snapshot.h"

enum check_status { CHECK_PASS, CHECK_WARN, CHECK_FAIL };

struct check {
	const char *name; /* "component:measurement" */
	enum check_status status;
	bool measured; /* value and unit mean something */
	double value;
	const char *unit;
	char output[LEDGER_TEXT]; /* why, when it does not pass */
};

#define CHECKS_MAX 24

/* Returns how many checks there are. */
size_t checks_read(const struct snapshot *s, struct check ret[CHECKS_MAX]);
enum check_status checks_status(const struct snapshot *s, const struct check *c, size_t n);
const char *check_status_name(enum check_status s); /* "pass", "warn", "fail" */

#endif
