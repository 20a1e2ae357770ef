/* report_text: a snapshot as tables for people. */
#include "supervisor/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/recycle.h"
#include "supervisor/report_print.h"

/* A text taken over as it is, or "-". */
static const char *
or_dash(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : "-";
}

void
report_line(const struct snapshot *s, struct buf *b)
{
	if (s->ready)
		buf_str(b, "ready");
	else
		buf_printf(b, "NOT READY: %s", or_dash(s->not_ready));
	for (int i = 0; i < 2; i++) {
		const struct snapshot_slot *slot = &s->slot[i];

		buf_printf(b, "; slot %c ", slot->letter);
		if (slot->generation == 0)
			buf_str(b, slot->state);
		else
			buf_printf(b, "generation %u %s, %u call%s", slot->generation, slot->state,
				   slot->calls, slot->calls == 1 ? "" : "s");
	}
}

static int
slots_text(const struct snapshot *s, FILE *f)
{
	struct print_table t;
	char a[PRINT_MAX], clean[LEDGER_TEXT];

	print_table_begin(&t, "slot|port|generation|pid|state|age|calls|served|memory|probe|test|"
			      "last reason");
	for (int i = 0; i < 2; i++) {
		const struct snapshot_slot *slot = &s->slot[i];

		print_cell(&t, "%c", slot->letter);
		print_cell(&t, "%u", slot->port);
		if (slot->generation == 0) {
			for (int dash = 0; dash < 9; dash++)
				print_cell(&t, "%s", dash == 2 ? slot->state : "-");
		} else {
			print_cell(&t, "%u", slot->generation);
			print_cell(&t, "%d", slot->pid);
			print_cell(&t, "%s", slot->state);
			print_cell(&t, "%s", print_age(slot->age_ms, a));
			print_cell(&t, "%u", slot->calls);
			print_cell(&t, "%llu", (unsigned long long)slot->served);
			print_cell(&t, "%s", print_bytes(slot->memory, a));
			print_cell(&t, "%s", print_age(slot->probe_age_ms, a));
			print_cell(&t, "%s", print_age(slot->test_age_ms, a));
		}
		print_cell(&t, "%s", or_dash(print_clean(slot->last_reason, clean, sizeof(clean))));
	}
	return print_table_end(&t, f);
}

static void
ledger_text(const struct ledger *l, FILE *f)
{
	char text[LEDGER_TEXT];

	fprintf(f, "#%u %s: %s, %c %u -> %c %u; %u moved, %u drained, %u cut, %u lost", l->number,
		recycle_reason_name(l->reason), ledger_result_name(l->result), l->old_slot,
		l->old_generation, l->new_slot, l->new_generation, l->moved, l->drained, l->cut,
		l->lost);
	if (l->text[0] != '\0')
		fprintf(f, " (%s)", print_clean(l->text, text, sizeof(text)));
	if (l->pressure[0] != '\0')
		fprintf(f, "; back pressure then: %s", l->pressure);
	fputc('\n', f);
}

static void
tls_text(const struct snapshot *s, FILE *f)
{
	const struct tls_report *r = &s->tls;
	char clean[TLS_TEXT], t[PRINT_MAX];

	fprintf(f, "certificate:   %s", print_clean(r->subject, clean, sizeof(clean)));
	fprintf(f, " until %s, %.0f days left\n", print_time(r->not_after, t),
		difftime(r->not_after, s->wall) / 86400);
	fprintf(f, "  its names:   %s\n", print_clean(r->names, clean, sizeof(clean)));
	if (r->crls > 0)
		fprintf(f, "  revoked:     %zu certificate%s, in %zu list%s%s%s\n", r->revoked,
			r->revoked == 1 ? "" : "s", r->crls, r->crls == 1 ? "" : "s",
			r->crl_end ? " until " : "", r->crl_end ? print_time(r->crl_end, t) : "");
	for (size_t i = 0; i < r->nwarning; i++)
		fprintf(f, "  warning:     %s\n", print_clean(r->warning[i], clean, sizeof(clean)));
	if (r->refused)
		fprintf(f, "  not taken:   another at %s: %s\n", print_time(r->refused, t),
			print_clean(r->refusal, clean, sizeof(clean)));
}

/* "disk medium (412.0M free), memory normal (12 %), ..." */
static void
pressure_text(const struct pressure *p, FILE *f)
{
	char text[64];

	for (int i = 0; i < PRESSURE_COUNT; i++) {
		struct buf b = BUF(text);

		pressure_value_words((enum pressure_of)i, p->of[i].value, &b);
		fprintf(f, "%s%s %s (%s)", i ? ", " : "", pressure_name((enum pressure_of)i),
			pressure_level_name(p->of[i].level), buf_cstr(&b));
	}
	fputc('\n', f);
}

static const char *
new_calls_text(const struct snapshot *s)
{
	if (!s->enabled)
		return "not taken (drained; `um-ctl enable` takes them again)";
	return pressure_worst(&s->pressure) == PRESSURE_HIGH ? "not taken (back pressure)"
							     : "taken";
}

static void
mail_text(const struct snapshot_mail *m, FILE *f)
{
	char age[PRINT_MAX];

	fprintf(f, "mail:          ");
	if (!m->on)
		fprintf(f, "off; messages stay in the spool\n");
	else if (!m->owner)
		fprintf(f, "no worker has the queue now\n");
	else
		fprintf(f,
			"%u wait, the oldest for %s; %u bad; %llu delivered, %llu tries failed\n",
			m->queued, m->queued ? print_age((int64_t)m->oldest_s * 1000, age) : "-",
			m->bad, (unsigned long long)m->delivered, (unsigned long long)m->failed);
}

static void
imap_text(const struct snapshot_imap *m, FILE *f)
{
	fprintf(f, "imap:          ");
	if (!m->known)
		fprintf(f, "no mailbox has been looked into yet\n");
	else
		fprintf(f, "%s; %u mailboxes cannot be looked into\n",
			m->up ? "up" : "down: lamps stay as they are", m->unreadable);
}

static int
status_text(const struct snapshot *s, FILE *f)
{
	char line[512], t[PRINT_MAX];
	struct buf b = BUF(line);
	int r;

	report_line(s, &b);
	fprintf(f, "%s\n", buf_cstr(&b));
	fprintf(f, "version %s, up %s, now %s\n\n", s->version, print_age(s->uptime_ms, t),
		print_time(s->wall, line));
	r = slots_text(s, f);
	fprintf(f, "\nnew calls:     %s\n", new_calls_text(s));
	fprintf(f, "pressure:      ");
	pressure_text(&s->pressure, f);
	fprintf(f, "calls:         %u active, %u INVITEs not yet answered\n", s->calls_active,
		s->invites_pending);
	fprintf(f, "trunks:        %zu configured, %u connections\n", s->ntrunk, s->connections);
	if (s->mailbox_file)
		fprintf(f, "mailboxes:     %u\n", s->mailboxes);
	mail_text(&s->mail, f);
	if (s->mwi.lamps > 0)
		fprintf(f, "lamps:         %u, %u to be told\n", s->mwi.lamps, s->mwi.waiting);
	if (s->imap.on)
		imap_text(&s->imap, f);
	fprintf(f, "waiting:       %s\n", or_dash(print_clean(s->waiting, line, sizeof(line))));
	if (s->next_recycle == 0)
		fprintf(f, "next recycle:  none scheduled\n");
	else
		fprintf(f, "next recycle:  %s (%s)\n", print_time(s->next_recycle, t),
			or_dash(print_clean(s->next_reason, line, sizeof(line))));
	fprintf(f, "last recycle:  ");
	if (s->nledger == 0)
		fprintf(f, "none yet\n");
	else
		ledger_text(&s->ledger[0], f);
	if (s->starts_failed_in_row > 0)
		fprintf(f, "failed starts: %u in a row\n", s->starts_failed_in_row);
	if (s->tls.on)
		tls_text(s, f);
	return r;
}

static int
calls_text(const struct snapshot *s, FILE *f)
{
	struct print_table t;
	char age[PRINT_MAX], text[256], at[ADDR_TEXT_MAX];

	if (s->ncall == 0) {
		fprintf(f, "no calls\n");
		return 0;
	}
	print_table_begin(&t, "generation|state|age|trunk|caller|called|door|call-id");
	for (size_t i = 0; i < s->ncall; i++) {
		const struct snapshot_call *c = &s->call[i];

		print_cell(&t, "%u", c->generation);
		print_cell(&t, "%s", c->state);
		print_cell(&t, "%s", print_age(c->age_ms, age));
		print_cell(&t, "%s", or_dash(c->trunk));
		print_cell(&t, "%s", or_dash(print_clean(c->caller, text, sizeof(text))));
		print_cell(&t, "%s", or_dash(print_clean(c->called, text, sizeof(text))));
		print_cell(&t, "%s/%s", addr_text(&c->door.local, at),
			   transport_name(c->door.transport));
		print_cell(&t, "%s", print_clean(c->call_id, text, sizeof(text)));
	}
	return print_table_end(&t, f);
}

static int
trunks_text(const struct snapshot *s, FILE *f)
{
	struct print_table t;
	char at[PRINT_MAX], text[LEDGER_TEXT];

	if (s->ntrunk == 0) {
		fprintf(f, "no trunks configured: every caller is a stranger\n");
		return 0;
	}
	print_table_begin(&t, "trunk|profile|mode|now|calls|started|failures|refused|redirects|"
			      "last seen|over|why");
	for (size_t i = 0; i < s->ntrunk; i++) {
		const struct snapshot_trunk *k = &s->trunk[i];

		print_cell(&t, "%s", k->conf->name);
		print_cell(&t, "%s%s", profile_name(k->profile),
			   k->said->profile == PROFILE_AUTO ? " (auto)" : "");
		print_cell(&t, "%s", trunk_mode_name(k->said->mode));
		print_cell(&t, "%s", trunk_mode_name(k->mode_now));
		print_cell(&t, "%u", k->calls);
		print_cell(&t, "%llu", (unsigned long long)k->started);
		print_cell(&t, "%llu", (unsigned long long)k->failures);
		print_cell(&t, "%llu", (unsigned long long)k->refused);
		print_cell(&t, "%llu", (unsigned long long)k->redirects);
		print_cell(&t, "%s", print_time(k->last_seen, at));
		print_cell(&t, "%s", k->last_seen ? transport_name(k->last_transport) : "-");
		print_cell(&t, "%s", or_dash(print_clean(k->why, text, sizeof(text))));
	}
	return print_table_end(&t, f);
}

/* What it is taken for, and why. */
static void
profile_text(const struct snapshot_trunk *k, FILE *f)
{
	char at[PRINT_MAX], evidence[SNAPSHOT_WHY];

	print_clean(k->evidence, evidence, sizeof(evidence));
	fprintf(f, "profile:    %s", profile_name(k->profile));
	if (k->said->profile != PROFILE_AUTO)
		fprintf(f, ", configured\n");
	else if (k->recognised)
		fprintf(f, ", recognised %s by %s\n", print_time(k->recognised_at, at), evidence);
	else if (evidence[0] != '\0')
		fprintf(f, ", not recognised so far: %s\n", evidence);
	else
		fprintf(f, ", not heard of so far\n");
}

static int
settings_text(const struct trunk_conf *conf, FILE *f)
{
	char text[CONF_VALUE_MAX];
	struct print_table t;
	const char *key;

	print_table_begin(&t, "setting|from|value");
	for (size_t i = 0;; i++) {
		struct buf value = BUF(text);
		if ((key = conf_trunk_setting(conf, i, &value)) == NULL)
			return print_table_end(&t, f);
		if (strcmp(key, "profile") == 0) /* has been said, and by what */
			continue;
		print_cell(&t, "%s", key);
		print_cell(&t, "%s", conf_origin_name(conf_trunk_origin(conf, key)));
		print_cell(&t, "%s", or_dash(buf_cstr(&value)));
	}
}

char *
report_trunk_text(const struct snapshot_trunk *k)
{
	char at[PRINT_MAX], why[SNAPSHOT_WHY], *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	fprintf(f, "trunk:      %s\n", k->conf->name);
	profile_text(k, f);
	fprintf(f, "mode:       %s (%s)\n", trunk_mode_name(k->mode_now),
		or_dash(print_clean(k->why, why, sizeof(why))));
	fprintf(f, "last seen:  %s%s%s\n", print_time(k->last_seen, at),
		k->last_seen ? " over " : "",
		k->last_seen ? transport_name(k->last_transport) : "");
	fprintf(f,
		"calls:      %u now, %llu started, %llu failed, %llu requests refused, "
		"%llu redirected\n\n",
		k->calls, (unsigned long long)k->started, (unsigned long long)k->failures,
		(unsigned long long)k->refused, (unsigned long long)k->redirects);
	const int r = settings_text(k->conf, f);
	if (fclose(f) != 0 || r != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int
history_text(const struct snapshot *s, FILE *f)
{
	struct print_table t;
	char at[PRINT_MAX], text[LEDGER_TEXT];

	if (s->nledger == 0) {
		fprintf(f, "no recycle yet\n");
		return 0;
	}
	print_table_begin(&t, "#|asked|reason|result|old|new|switch|drain|moved|drained|cut|lost|"
			      "pressure|text");
	for (size_t i = 0; i < s->nledger; i++) {
		const struct ledger *l = &s->ledger[i];

		print_cell(&t, "%u", l->number);
		print_cell(&t, "%s", print_time(l->asked, at));
		print_cell(&t, "%s", recycle_reason_name(l->reason));
		print_cell(&t, "%s", ledger_result_name(l->result));
		print_cell(&t, "%c %u", l->old_slot, l->old_generation);
		print_cell(&t, "%c %u", l->new_slot, l->new_generation);
		print_cell(&t, "%s", print_span(l->switch_ms, at));
		print_cell(&t, "%s", print_span(l->drain_ms, at));
		print_cell(&t, "%u", l->moved);
		print_cell(&t, "%u", l->drained);
		print_cell(&t, "%u", l->cut);
		print_cell(&t, "%u", l->lost);
		print_cell(&t, "%s", or_dash(l->pressure));
		print_cell(&t, "%s", or_dash(print_clean(l->text, text, sizeof(text))));
	}
	return print_table_end(&t, f);
}

char *
report_text(enum report what, const struct snapshot *s)
{
	static int (*const printer[REPORT_COUNT])(const struct snapshot *, FILE *) = {
	    [REPORT_STATUS] = status_text,
	    [REPORT_CALLS] = calls_text,
	    [REPORT_TRUNKS] = trunks_text,
	    [REPORT_HISTORY] = history_text,
	};
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	int r = printer[what](s, f);
	if (fclose(f) != 0 || r != 0) {
		free(text);
		return NULL;
	}
	return text;
}
