/* report_json: a snapshot as JSON.  Times are UTC (ISO 8601), durations milliseconds (..._ms),
 * sizes bytes; what is not known or not there is null. */
#include "supervisor/report_json.h"

#include <stdlib.h>
#include <string.h>

#include "supervisor/report.h"
#include "supervisor/report_print.h"

json_t *
text_json(const char *s)
{
	char clean[512];

	return s != NULL && s[0] != '\0' ? json_string(print_clean(s, clean, sizeof(clean)))
					 : json_null();
}

json_t *
time_json(time_t t)
{
	char text[PRINT_MAX];

	return t != 0 ? json_string(print_utc(t, text)) : json_null();
}

/* A count or an age; negative: null. */
static json_t *
number_json(int64_t v)
{
	return v >= 0 ? json_integer(v) : json_null();
}

static json_t *
letter_json(char letter)
{
	return json_stringn(&letter, 1);
}

void
put(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void
put_count(json_t *object, const char *key, uint64_t v)
{
	put(object, key, json_integer((json_int_t)v));
}

static json_t *
slot_json(const struct snapshot_slot *s)
{
	json_t *j = json_object();

	put(j, "slot", letter_json(s->letter));
	put_count(j, "port", s->port);
	put(j, "generation", s->generation ? json_integer(s->generation) : json_null());
	put(j, "state", text_json(s->state));
	put(j, "last_reason", text_json(s->last_reason));
	if (s->generation == 0)
		return j;
	put(j, "pid", json_integer(s->pid));
	put(j, "age_ms", number_json(s->age_ms));
	put_count(j, "calls", s->calls);
	put_count(j, "served", s->served);
	put_count(j, "memory_bytes", s->memory);
	put(j, "probe_age_ms", number_json(s->probe_age_ms));
	put(j, "test_age_ms", number_json(s->test_age_ms));
	return j;
}

static json_t *
ledger_json(const struct ledger *l)
{
	json_t *j = json_object();

	put_count(j, "number", l->number);
	put(j, "asked", time_json(l->asked));
	put(j, "reason", text_json(recycle_reason_name(l->reason)));
	put(j, "result", text_json(ledger_result_name(l->result)));
	put(j, "text", text_json(l->text));
	put(j, "pressure", text_json(l->pressure));
	put(j, "old_slot", letter_json(l->old_slot));
	put_count(j, "old_generation", l->old_generation);
	put(j, "new_slot", letter_json(l->new_slot));
	put_count(j, "new_generation", l->new_generation);
	put(j, "switch_ms", number_json(l->switch_ms));
	put(j, "drain_ms", number_json(l->drain_ms));
	put_count(j, "moved", l->moved);
	put_count(j, "drained", l->drained);
	put_count(j, "cut", l->cut);
	put_count(j, "lost", l->lost);
	return j;
}

static json_t *
next_json(const struct snapshot *s)
{
	json_t *j;

	if (s->next_recycle == 0)
		return json_null();
	j = json_object();
	put(j, "time", time_json(s->next_recycle));
	put(j, "reason", text_json(s->next_reason));
	return j;
}

static json_t *
tls_json(const struct tls_report *r)
{
	json_t *j, *warnings;

	if (!r->on)
		return json_null();
	j = json_object();
	warnings = json_array();
	for (size_t i = 0; i < r->nwarning; i++)
		json_array_append_new(warnings, text_json(r->warning[i]));
	put(j, "subject", text_json(r->subject));
	put(j, "issuer", text_json(r->issuer));
	put(j, "names", text_json(r->names));
	put(j, "not_before", time_json(r->not_before));
	put(j, "not_after", time_json(r->not_after));
	put(j, "loaded", time_json(r->loaded));
	put(j, "warnings", warnings);
	put_count(j, "revocation_lists", r->crls);
	put_count(j, "revoked", r->revoked);
	put(j, "revocation_lists_end", time_json(r->crl_end));
	put(j, "refused", time_json(r->refused));
	put(j, "refusal", text_json(r->refusal));
	return j;
}

static json_t *
mail_json(const struct snapshot_mail *m)
{
	json_t *j;

	if (!m->on)
		return json_null();
	j = json_object();
	put(j, "owned", json_boolean(m->owner));
	put_count(j, "queued", m->queued);
	put_count(j, "oldest_s", m->oldest_s);
	put_count(j, "bad", m->bad);
	put_count(j, "shadow", m->shadow);
	put_count(j, "delivered", m->delivered);
	put_count(j, "failed", m->failed);
	put_count(j, "confirmed", m->confirmed);
	put_count(j, "sent_again", m->again);
	put_count(j, "unconfirmed", m->unconfirmed);
	put_count(j, "bounced", m->bounced);
	return j;
}

static json_t *
mwi_json(const struct snapshot_mwi *m)
{
	json_t *j = json_object();

	put_count(j, "lamps", m->lamps);
	put_count(j, "waiting", m->waiting);
	put_count(j, "taken", m->taken);
	put_count(j, "refused", m->refused);
	put_count(j, "failed", m->failed);
	return j;
}

static json_t *
imap_json(const struct snapshot_imap *m)
{
	json_t *j = json_object();

	put(j, "up", m->known ? json_boolean(m->up) : json_null());
	put_count(j, "unreadable", m->unreadable);
	put_count(j, "seen", m->seen);
	put_count(j, "refused", m->refused);
	put_count(j, "failed", m->failed);
	return j;
}

/* {"disk": {"level": "normal", "value": 123}, ...} */
static json_t *
pressure_json(const struct pressure *p)
{
	json_t *all = json_object(), *one;

	for (int i = 0; i < PRESSURE_COUNT; i++) {
		one = json_object();
		put(one, "level", text_json(pressure_level_name(p->of[i].level)));
		put(one, "value", number_json(p->of[i].value));
		put(all, pressure_name((enum pressure_of)i), one);
	}
	return all;
}

static json_t *
status_json(const struct snapshot *s)
{
	json_t *j = json_object(), *slots = json_array();

	for (int i = 0; i < 2; i++)
		json_array_append_new(slots, slot_json(&s->slot[i]));
	put(j, "version", text_json(s->version));
	put(j, "time", time_json(s->wall));
	put(j, "uptime_ms", number_json(s->uptime_ms));
	put(j, "ready", json_boolean(s->ready));
	put(j, "not_ready", s->ready ? json_null() : text_json(s->not_ready));
	put(j, "enabled", json_boolean(s->enabled));
	put(j, "active_generation",
	    s->active_generation ? json_integer(s->active_generation) : json_null());
	put(j, "slots", slots);
	put(j, "waiting", text_json(s->waiting));
	put(j, "next_recycle", next_json(s));
	put(j, "last_recycle", s->nledger ? ledger_json(&s->ledger[0]) : json_null());
	put_count(j, "starts_failed_in_row", s->starts_failed_in_row);
	put_count(j, "calls_active", s->calls_active);
	put_count(j, "invites_pending", s->invites_pending);
	put_count(j, "connections", s->connections);
	put(j, "mailboxes", s->mailbox_file ? json_integer(s->mailboxes) : json_null());
	put(j, "mail", mail_json(&s->mail));
	put(j, "mwi", mwi_json(&s->mwi));
	put(j, "imap", s->imap.on ? imap_json(&s->imap) : json_null());
	put(j, "pressure", pressure_json(&s->pressure));
	put(j, "certificate", tls_json(&s->tls));
	return j;
}

static json_t *
call_json(const struct snapshot_call *c)
{
	char at[ADDR_TEXT_MAX];
	json_t *j = json_object();

	put_count(j, "generation", c->generation);
	put(j, "state", text_json(c->state));
	put(j, "age_ms", number_json(c->age_ms));
	put(j, "trunk", text_json(c->trunk));
	put(j, "caller", text_json(c->caller));
	put(j, "called", text_json(c->called));
	put(j, "door", text_json(addr_text(&c->door.local, at)));
	put(j, "transport", text_json(transport_name(c->door.transport)));
	put(j, "call_id", text_json(c->call_id));
	return j;
}

static json_t *
trunk_json(const struct snapshot_trunk *k)
{
	json_t *j = json_object();

	put(j, "name", text_json(k->conf->name));
	put(j, "profile", text_json(profile_name(k->profile)));
	put(j, "profile_configured", text_json(profile_name(k->said->profile)));
	put(j, "recognised", k->recognised ? json_true() : json_false());
	put(j, "recognised_at", time_json(k->recognised_at));
	put(j, "evidence", text_json(k->evidence));
	put(j, "mode", text_json(trunk_mode_name(k->said->mode)));
	put(j, "mode_now", text_json(trunk_mode_name(k->mode_now)));
	put(j, "why", text_json(k->why));
	put_count(j, "calls", k->calls);
	put_count(j, "started", k->started);
	put_count(j, "failures", k->failures);
	put_count(j, "refused", k->refused);
	put_count(j, "redirects", k->redirects);
	put(j, "last_seen", time_json(k->last_seen));
	put(j, "transport",
	    k->last_seen ? text_json(transport_name(k->last_transport)) : json_null());
	return j;
}

/* {"NAME": [...]}; takes over `list`. */
static json_t *
list_json(const char *name, json_t *list)
{
	json_t *j = json_object();

	put(j, name, list);
	return j;
}

static json_t *
calls_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->ncall; i++)
		json_array_append_new(list, call_json(&s->call[i]));
	return list_json("calls", list);
}

static json_t *
trunks_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->ntrunk; i++)
		json_array_append_new(list, trunk_json(&s->trunk[i]));
	return list_json("trunks", list);
}

static json_t *
history_json(const struct snapshot *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->nledger; i++)
		json_array_append_new(list, ledger_json(&s->ledger[i]));
	return list_json("history", list);
}

char *
dump(json_t *j)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = j != NULL ? open_memstream(&text, &n) : NULL;
	int r = -1;

	if (f != NULL) {
		r = json_dumpf(j, f, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
		fputc('\n', f);
		r |= fclose(f);
	}
	json_decref(j);
	if (r != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* {"mode": {"value": "proxy", "from": "profile"}, ...} */
static json_t *
settings_json(const struct trunk_conf *conf)
{
	char text[CONF_VALUE_MAX];
	json_t *all = json_object(), *one;
	const char *key;

	for (size_t i = 0;; i++) {
		struct buf value = BUF(text);
		if ((key = conf_trunk_setting(conf, i, &value)) == NULL)
			return all;
		if (strcmp(key, "profile") == 0) /* has been said, and by what */
			continue;
		one = json_object();
		put(one, "value", json_string(buf_cstr(&value)));
		put(one, "from", text_json(conf_origin_name(conf_trunk_origin(conf, key))));
		put(all, key, one);
	}
}

char *
report_trunk_json(const struct snapshot_trunk *k)
{
	json_t *j = trunk_json(k);

	put(j, "settings", settings_json(k->conf));
	return dump(j);
}

char *
report_json(enum report what, const struct snapshot *s)
{
	static json_t *(*const printer[REPORT_COUNT])(const struct snapshot *) = {
	    [REPORT_STATUS] = status_json,
	    [REPORT_CALLS] = calls_json,
	    [REPORT_TRUNKS] = trunks_json,
	    [REPORT_HISTORY] = history_json,
	};

	return dump(printer[what](s));
}

/* The lines of a text, each a string. */
static json_t *
lines_json(const char *text)
{
	json_t *list = json_array();
	char line[512];

	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		json_array_append_new(list, text_json(line));
		text += text[n] == '\n' ? n + 1 : n;
	}
	return list;
}

char *
report_answer_json(int status, const char *message, const char *lines)
{
	json_t *j = json_object();

	put(j, "status", json_integer(status));
	put(j, "message", text_json(message));
	put(j, "lines", lines_json(lines));
	return dump(j);
}
