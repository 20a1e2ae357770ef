/* report_check: see report_check.h. */
#include "supervisor/report_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "supervisor/report.h"
#include "supervisor/report_print.h"

const char *
check_status_name(enum check_status s)
{
	static const char *const name[] = {
	    [CHECK_PASS] = "pass", [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail"};

	return name[s];
}

__attribute__((format(printf, 3, 4))) static void
verdict(struct check *c, enum check_status status, const char *fmt, ...)
{
	va_list ap;

	c->status = status;
	va_start(ap, fmt);
	vsnprintf(c->output, sizeof(c->output), fmt, ap);
	va_end(ap);
}

static void
measure(struct check *c, double value, const char *unit)
{
	c->measured = true;
	c->value = value;
	c->unit = unit;
}

/* The slot of the worker that gets new calls; NULL: none. */
static const struct snapshot_slot *
active_slot(const struct snapshot *s)
{
	for (int i = 0; i < 2; i++)
		if (s->active_generation != 0 && s->slot[i].generation == s->active_generation)
			return &s->slot[i];
	return NULL;
}

static void
check_ready(const struct snapshot *s, struct check *c)
{
	char why[LEDGER_TEXT];

	if (!s->ready)
		verdict(c, CHECK_FAIL, "%s",
			print_clean(s->not_ready ? s->not_ready : "?", why, sizeof(why)));
}

static void
check_enabled(const struct snapshot *s, struct check *c)
{
	if (!s->enabled)
		verdict(c, CHECK_FAIL, "drained by the operator: no new calls");
}

static void
check_active(const struct snapshot *s, struct check *c)
{
	if (active_slot(s) == NULL)
		verdict(c, CHECK_FAIL, "no worker gets new calls");
	else
		measure(c, s->active_generation, "generation");
}

static void
check_probe(const struct snapshot *s, struct check *c)
{
	const struct snapshot_slot *a = active_slot(s);

	if (a == NULL || a->probe_age_ms < 0) {
		verdict(c, CHECK_FAIL, "no probe was answered yet");
		return;
	}
	measure(c, (double)a->probe_age_ms / 1e3, "s");
	if (a->probe_age_ms > s->probe_limit_ms)
		verdict(c, CHECK_FAIL, "the last answered probe is older than %.1f s",
			(double)s->probe_limit_ms / 1e3);
}

static void
check_testcall(const struct snapshot *s, struct check *c)
{
	const struct snapshot_slot *a = active_slot(s);

	if (a == NULL || a->test_age_ms < 0)
		verdict(c, CHECK_FAIL, "no self-test call was answered yet");
	else
		measure(c, (double)a->test_age_ms / 1e3, "s");
}

static void
check_memory(const struct snapshot *s, struct check *c)
{
	const struct snapshot_slot *a = active_slot(s);

	measure(c, a != NULL ? (double)a->memory : 0, "bytes");
}

static void
check_starts(const struct snapshot *s, struct check *c)
{
	measure(c, s->starts_failed_in_row, "failures in a row");
	if (s->starts_failed_in_row > 0)
		verdict(c, CHECK_WARN, "the last %u starts of a worker failed",
			s->starts_failed_in_row);
}

static void
check_calls(const struct snapshot *s, struct check *c)
{
	measure(c, s->calls_active, "calls");
}

static void
check_next(const struct snapshot *s, struct check *c)
{
	if (s->next_recycle != 0)
		measure(c, difftime(s->next_recycle, s->wall), "s");
}

static void
check_certificate(const struct snapshot *s, struct check *c)
{
	const struct tls_report *t = &s->tls;
	char why[LEDGER_TEXT];
	const double left = difftime(t->not_after, s->wall);

	if (!t->on)
		return;
	measure(c, left, "s");
	if (left <= 0)
		verdict(c, CHECK_WARN, "the TLS certificate has expired");
	else if (left * 1e3 < (double)s->tls_expiry_warning_ms)
		verdict(c, CHECK_WARN, "the TLS certificate ends in %ld days",
			(long)(left / 86400));
	else if (t->crl_end && t->crl_end <= s->wall)
		verdict(c, CHECK_WARN, "a revocation list (tls.crl) is out of date");
	else if (t->refused)
		verdict(c, CHECK_WARN, "the last TLS certificate was not taken over: %s",
			print_clean(t->refusal, why, sizeof(why)));
}

/* One for each gauge: what runs short, or would. */
static void
check_pressure(const struct snapshot *s, enum pressure_of what, struct check *c)
{
	static const char *const unit[] = {[PRESSURE_BYTES] = "bytes",
					   [PRESSURE_SHARES] = "percent",
					   [PRESSURE_ITEMS] = "messages",
					   [PRESSURE_MS] = "s"};
	static const char *const name[] = {
#define X(id, field, side, leave, u) [PRESSURE_##id] = "pressure:" #field,
	    PRESSURES(X)
#undef X
	};
	const struct pressure_gauge *g = &s->pressure.of[what];
	const enum pressure_unit u = pressure_unit(what);

	*c = (struct check){.name = name[what]};
	if (g->value != PRESSURE_UNKNOWN)
		measure(c, (double)(u == PRESSURE_MS ? g->value / 1000 : g->value), unit[u]);
	if (g->level == PRESSURE_HIGH)
		verdict(c, CHECK_FAIL, "high: new calls are refused");
	else if (g->level == PRESSURE_MEDIUM)
		verdict(c, CHECK_WARN, "medium");
}

static void
check_mail(const struct snapshot *s, struct check *c)
{
	const struct snapshot_mail *m = &s->mail;

	if (!m->on || !m->owner)
		return;
	measure(c, m->queued, "messages");
	if (m->bad > 0)
		verdict(c, CHECK_WARN, "%u message%s set aside in bad/ (um-ctl queue)", m->bad,
			m->bad == 1 ? " is" : "s are");
	else if (m->deaf)
		verdict(c, CHECK_WARN, "mail.reports cannot be read (the log says why)");
	else if (s->pressure.of[PRESSURE_OLDEST].level > PRESSURE_NORMAL)
		verdict(c, CHECK_WARN, "a message has waited for %u minutes (um-ctl queue)",
			m->oldest_s / 60);
}

static void
check_imap(const struct snapshot *s, struct check *c)
{
	if (!s->imap.on || !s->imap.known)
		return;
	measure(c, s->imap.unreadable, "mailboxes");
	if (!s->imap.up)
		verdict(c, CHECK_WARN,
			"imap.host cannot be looked into: lamps stay as they are (the log says "
			"why)");
}

size_t
checks_read(const struct snapshot *s, struct check ret[CHECKS_MAX])
{
	static const struct {
		const char *name;
		void (*read)(const struct snapshot *, struct check *);
	} checks[] = {
	    {"service:ready", check_ready},      {"service:enabled", check_enabled},
	    {"worker:active", check_active},     {"worker:probe", check_probe},
	    {"worker:testcall", check_testcall}, {"worker:memory", check_memory},
	    {"worker:starts", check_starts},     {"calls:active", check_calls},
	    {"recycle:next", check_next},        {"tls:certificate", check_certificate},
	    {"mail:queue", check_mail},          {"mail:imap", check_imap},
	};
	size_t n = sizeof(checks) / sizeof(checks[0]);

	_Static_assert(sizeof(checks) / sizeof(checks[0]) + PRESSURE_COUNT <= CHECKS_MAX,
		       "room for all checks");
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct check){.name = checks[i].name};
		checks[i].read(s, &ret[i]);
	}
	for (int i = 0; i < PRESSURE_COUNT; i++)
		check_pressure(s, (enum pressure_of)i, &ret[n++]);
	return n;
}

enum check_status
checks_status(const struct snapshot *s, const struct check *c, size_t n)
{
	if (!s->ready)
		return CHECK_FAIL;
	for (size_t i = 0; i < n; i++)
		if (c[i].status != CHECK_PASS)
			return CHECK_WARN;
	return CHECK_PASS;
}

static void
check_text(const struct check *c, FILE *f)
{
	fprintf(f, "%s %s", check_status_name(c->status), c->name);
	if (c->measured)
		fprintf(f, " %.15g %s", c->value, c->unit);
	if (c->status != CHECK_PASS)
		fprintf(f, ": %s", c->output);
	fputc('\n', f);
}

char *
report_health_text(const struct snapshot *s, bool verbose, bool *ret_ok)
{
	struct check c[CHECKS_MAX];
	size_t n = checks_read(s, c), len = 0;
	char *text = NULL, why[LEDGER_TEXT];
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	if (s->ready)
		fprintf(f, "ready\n");
	else
		fprintf(f, "not ready: %s\n",
			print_clean(s->not_ready ? s->not_ready : "?", why, sizeof(why)));
	for (size_t i = 0; verbose && i < n; i++)
		check_text(&c[i], f);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	*ret_ok = s->ready;
	return text;
}
