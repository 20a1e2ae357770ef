/* report_health: the answer of /health as JSON: what was checked, and the sum of it.  Its form is
 * draft-inadarei-api-health-check. */
#include "supervisor/report.h"

#include "supervisor/report_check.h"
#include "supervisor/report_json.h"

/* Whole numbers without a fraction. */
static json_t *
measure_json(double v)
{
	return v == (double)(json_int_t)v ? json_integer((json_int_t)v) : json_real(v);
}

static json_t *
check_json(const struct check *c, time_t wall)
{
	json_t *j = json_object(), *list = json_array();

	put(j, "status", json_string(check_status_name(c->status)));
	put(j, "time", time_json(wall));
	if (c->measured) {
		put(j, "observedValue", measure_json(c->value));
		put(j, "observedUnit", json_string(c->unit));
	}
	if (c->status != CHECK_PASS)
		put(j, "output", text_json(c->output));
	json_array_append_new(list, j);
	return list;
}

char *
report_health_json(const struct snapshot *s, bool *ret_ok)
{
	struct check c[CHECKS_MAX];
	size_t n = checks_read(s, c);
	json_t *j = json_object(), *checks = json_object();

	put(j, "status", json_string(check_status_name(checks_status(s, c, n))));
	put(j, "serviceId", json_string("evertrunk"));
	put(j, "releaseId", text_json(s->version));
	if (!s->ready)
		put(j, "output", text_json(s->not_ready));
	for (size_t i = 0; i < n; i++)
		put(checks, c[i].name, check_json(&c[i], s->wall));
	put(j, "checks", checks);
	*ret_ok = s->ready;
	return dump(j);
}
