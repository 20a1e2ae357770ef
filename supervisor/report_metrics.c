/* report_metrics: a snapshot and the counters in Prometheus text format 0.0.4.
 * Every row below is one family or one series of it, and all are there from the start with 0, so
 * that rate() and absent() work from the first scrape (docs/monitoring.md explains each). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/message.h"
#include "supervisor/counters.h"
#include "supervisor/recycle.h"
#include "supervisor/report.h"

/*	  family, type, help, value from `s` */
#define SERVICE_METRICS(X)                                                                         \
	X("um_ready", "gauge", "1: a call would be answered now, as probed", s->ready)             \
	X("um_enabled", "gauge", "0: drained by the operator, no new calls", s->enabled)           \
	X("um_uptime_seconds", "gauge", "Since the supervisor was started", SECONDS(s->uptime_ms)) \
	X("um_active_generation", "gauge", "The worker that gets new calls; 0: none",              \
	  s->active_generation)                                                                    \
	X("um_calls_active", "gauge", "Calls that have reached a worker and not ended",            \
	  s->calls_active)                                                                         \
	X("um_invites_pending", "gauge", "INVITEs without an answer yet", s->invites_pending)      \
	X("um_trunk_connections", "gauge", "Open trunk connections", s->connections)               \
	X("um_mailboxes", "gauge", "Mailboxes of the mailbox file in force", s->mailboxes)         \
	X("um_draining", "gauge", "1: an old worker finishes its calls", draining(s))              \
	X("um_recycle_waiting", "gauge", "1: a recycle waits to begin", s->waiting[0] != '\0')     \
	X("um_recycle_next_timestamp_seconds", "gauge", "The next scheduled recycle; 0: none",     \
	  s->next_recycle)                                                                         \
	X("um_worker_starts_total", "counter", "Workers started", s->worker_starts)                \
	X("um_worker_start_failures_total", "counter", "Workers that did not become ready",        \
	  s->worker_start_failures)                                                                \
	X("um_worker_start_failures_in_row", "gauge", "The same, since the last good start",       \
	  s->starts_failed_in_row)                                                                 \
	X("um_worker_exits_unexpected_total", "counter", "Workers that died or were killed",       \
	  s->worker_exits_unexpected)                                                              \
	X("um_probes_total", "counter", "OPTIONS sent to workers", s->probes)                      \
	X("um_probe_failures_total", "counter", "Those without a good answer in time",             \
	  s->probe_failures)                                                                       \
	X("um_selftests_total", "counter", "Self-test calls to workers", s->tests)                 \
	X("um_selftest_failures_total", "counter", "Those that failed", s->test_failures)          \
	X("um_rtp_lost_packets_total", "counter", "RTP packets that never came", s->rtp_lost)      \
	X("um_rtp_late_ticks_total", "counter", "Media ticks later than 10 ms", s->rtp_late_ticks) \
	X("um_rtp_worst_tick_seconds", "gauge", "The latest media tick of any worker so far",      \
	  (double)s->rtp_worst_us / 1e6)                                                           \
	X("um_srtp_refused_packets_total", "counter",                                              \
	  "SRTP packets forged, replayed or misplaced", s->srtp_refused)                           \
	X("um_dtmf_digits_total", "counter", "Digits received", s->digits)                         \
	X("um_recordings_total", "counter", "Recordings committed to the spool", s->recordings)    \
	X("um_recording_errors_total", "counter", "Recordings that could not be written",          \
	  s->recording_errors)                                                                     \
	X("um_recordings_salvaged_total", "counter", "Interrupted recordings found and finished",  \
	  s->salvaged)                                                                             \
	X("um_missed_calls_total", "counter", "Notices of missed calls made",                      \
	  s->answered.missed_calls)                                                                \
	X("um_mwi_lamps", "gauge", "Message waiting lamps looked after", s->mwi.lamps)             \
	X("um_mwi_waiting", "gauge", "Of these, those to be told of something", s->mwi.waiting)    \
	X("um_imap_up", "gauge", "1: imap.host can be looked into, 0: not, or nobody has looked",  \
	  s->imap.known && s->imap.up)                                                             \
	X("um_imap_unreadable", "gauge", "Mailboxes there that cannot be looked into",             \
	  s->imap.unreadable)                                                                      \
	X("um_mail_owned", "gauge", "1: a worker has the queue of messages", s->mail.owner)        \
	X("um_mail_queued", "gauge", "Messages that wait to be delivered", s->mail.queued)         \
	X("um_mail_oldest_seconds", "gauge", "Age of the one that waits longest",                  \
	  s->mail.oldest_s)                                                                        \
	X("um_mail_bad", "gauge", "Messages set aside, with a reason", s->mail.bad)                \
	X("um_mail_shadow", "gauge", "Delivered messages of which a copy is kept", s->mail.shadow) \
	X("um_mail_delivered_total", "counter", "Messages delivered", s->mail.delivered)           \
	X("um_mail_failed_total", "counter", "Tries to deliver a message that failed",             \
	  s->mail.failed)                                                                          \
	X("um_mail_confirmed_total", "counter",                                                    \
	  "Messages that arrived behind the mail server, as a report or the mailbox says",         \
	  s->mail.confirmed)                                                                       \
	X("um_mail_sent_again_total", "counter", "Messages sent again: nobody confirmed them",     \
	  s->mail.again)                                                                           \
	X("um_mail_unconfirmed_total", "counter", "Messages that nobody confirmed to the end",     \
	  s->mail.unconfirmed)                                                                     \
	X("um_mail_bounced_total", "counter",                                                      \
	  "Messages that the mail server took and then reported as not delivered",                 \
	  s->mail.bounced)                                                                         \
	X("um_mail_reports_unreadable", "gauge", "1: mail.reports cannot be read", s->mail.deaf)

/*	  family, type, help, value from `slot`, a series per slot.  Moments instead of ages: they
 *	  stay the same from scrape to scrape, and time() - moment is the age. */
#define SLOT_METRICS(X)                                                                          \
	X("um_worker_generation", "gauge", "The worker in this slot; 0: none", slot->generation) \
	X("um_worker_calls", "gauge", "Calls of the worker now", slot->calls)                    \
	X("um_worker_calls_served", "gauge", "Calls since the worker was started", slot->served) \
	X("um_worker_resident_memory_bytes", "gauge", "Resident memory of the worker",           \
	  slot->memory)                                                                          \
	X("um_worker_start_time_seconds", "gauge", "When the worker was started; 0: none",       \
	  slot->generation != 0 ? moment(s, slot->age_ms) : 0)                                   \
	X("um_worker_last_probe_timestamp_seconds", "gauge",                                     \
	  "When it last answered a probe; 0: never", moment(s, slot->probe_age_ms))              \
	X("um_worker_last_selftest_timestamp_seconds", "gauge",                                  \
	  "When it last answered a self-test call; 0: never", moment(s, slot->test_age_ms))

/*	  family, type, help, value from `k`, a series per trunk */
#define TRUNK_METRICS(X)                                                                        \
	X("um_trunk_calls_active", "gauge", "Calls of this trunk now", k->calls)                \
	X("um_trunk_calls_started_total", "counter", "Calls of this trunk", k->started)         \
	X("um_trunk_failures_total", "counter", "Calls of this trunk that failed", k->failures) \
	X("um_trunk_refused_total", "counter", "Requests of this trunk refused", k->refused)    \
	X("um_trunk_redirects_total", "counter", "302 answers to this trunk", k->redirects)     \
	X("um_trunk_proxied", "gauge", "1: its calls are proxied, 0: redirected",               \
	  k->mode_now == TRUNK_PROXY)                                                           \
	X("um_trunk_last_seen_timestamp_seconds", "gauge", "Its last request; 0: never",        \
	  k->last_seen)

/*	  family, type, help, value from `p`: the usual names */
#define PROCESS_METRICS(X)                                                                         \
	X("process_cpu_seconds_total", "counter", "CPU time of the supervisor", p->cpu_seconds)    \
	X("process_resident_memory_bytes", "gauge", "Resident memory of the supervisor",           \
	  p->resident)                                                                             \
	X("process_virtual_memory_bytes", "gauge", "Address space of the supervisor", p->virtual_) \
	X("process_open_fds", "gauge", "Open descriptors of the supervisor", p->fds)               \
	X("process_max_fds", "gauge", "The most it may have", p->fds_max)                          \
	X("process_start_time_seconds", "gauge", "Start of the supervisor", p->start_time)

/*	  family, type, help, value from `t` */
#define TLS_METRICS(X)                                                                            \
	X("um_tls_certificate_not_after_seconds", "gauge",                                        \
	  "When our certificate ends, in seconds since 1970; 0: there is none", t->not_after)     \
	X("um_tls_crl_not_after_seconds", "gauge",                                                \
	  "When the first revocation list ends, in seconds since 1970; 0: none", t->crl_end)      \
	X("um_tls_certificate_warnings", "gauge", "What peers may dislike about our certificate", \
	  t->nwarning)                                                                            \
	X("um_tls_reload_refused", "gauge", "1: the last certificate read was not taken over",    \
	  t->refused != 0)                                                                        \
	X("um_tls_reloads_total", "counter", "Certificates taken over since the start", t->loads) \
	X("um_tls_reloads_refused_total", "counter", "Those that were not good", t->refusals)

#define SECONDS(ms) ((double)(ms) / 1e3)

static void
family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Exact for counts up to 10^15. */
static void
sample(FILE *f, const char *name, const char *labels, double v)
{
	fprintf(f, labels[0] ? "%s{%s} %.15g\n" : "%s%s %.15g\n", name, labels, v);
}

/* The second in which something happened `age_ms` ago; negative: never, 0. */
static double
moment(const struct snapshot *s, int64_t age_ms)
{
	return age_ms < 0 ? 0 : (double)(s->wall - (time_t)(age_ms / 1000));
}

/* name="value", value escaped as the format wants. */
static const char *
label(const char *name, const char *value, char *out, size_t cap)
{
	struct buf b = {out, 0, cap, false};

	buf_printf(&b, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_str(&b, "\\");
		buf_add(&b, *value == '\n' ? "\\n" : value, *value == '\n' ? 2 : 1);
	}
	buf_str(&b, "\"");
	return buf_cstr(&b);
}

static const char *
slot_label(char letter, char out[16])
{
	return label("slot", (const char[]){letter, '\0'}, out, 16);
}

static bool
draining(const struct snapshot *s)
{
	const char *word = recycle_state_name(RECYCLE_DRAINING);

	return strcmp(s->slot[0].state, word) == 0 || strcmp(s->slot[1].state, word) == 0;
}

/* A family of one series without labels. */
static void
alone(FILE *f, const char *name, const char *type, const char *help, double v)
{
	family(f, name, type, help);
	sample(f, name, "", v);
}

#define ALONE(name, type, help, v) alone(f, name, type, help, (double)(v));

static void
service_metrics(const struct snapshot *s, FILE *f)
{
	char text[128];

	family(f, "um_build_info", "gauge", "The running version");
	sample(f, "um_build_info", label("version", s->version, text, sizeof(text)), 1);
	SERVICE_METRICS(ALONE)
	family(f, "um_rtp_packets_total", "counter", "RTP packets");
	sample(f, "um_rtp_packets_total", "dir=\"in\"", (double)s->rtp_received);
	sample(f, "um_rtp_packets_total", "dir=\"out\"", (double)s->rtp_sent);
	family(f, "um_escapes_total", "counter", "Callers who asked for the operator");
	sample(f, "um_escapes_total", "key=\"*\"", (double)s->answered.escapes_star);
	sample(f, "um_escapes_total", "key=\"0\"", (double)s->answered.escapes_zero);
	family(f, "um_messages_marked_total", "counter", "Recordings that callers marked");
	sample(f, "um_messages_marked_total", "as=\"important\"", (double)s->answered.important);
	sample(f, "um_messages_marked_total", "as=\"private\"", (double)s->answered.private_);
	family(f, "um_mwi_sent_total", "counter", "NOTIFYs of messages waiting");
	sample(f, "um_mwi_sent_total", "result=\"taken\"", (double)s->mwi.taken);
	sample(f, "um_mwi_sent_total", "result=\"refused\"", (double)s->mwi.refused);
	sample(f, "um_mwi_sent_total", "result=\"failed\"", (double)s->mwi.failed);
	family(f, "um_imap_looks_total", "counter", "Looks into mailboxes of imap.host");
	sample(f, "um_imap_looks_total", "result=\"seen\"", (double)s->imap.seen);
	sample(f, "um_imap_looks_total", "result=\"refused\"", (double)s->imap.refused);
	sample(f, "um_imap_looks_total", "result=\"failed\"", (double)s->imap.failed);
	family(f, "um_logons_total", "counter", "Logons of mailbox owners by telephone");
	sample(f, "um_logons_total", "result=\"right\"", (double)s->logons.right);
	sample(f, "um_logons_total", "result=\"wrong\"", (double)s->logons.wrong);
	sample(f, "um_logons_total", "result=\"locked\"", (double)s->logons.locked);
}

static void
pressure_metrics(const struct pressure *p, FILE *f)
{
	const int64_t free = p->of[PRESSURE_DISK].value;
	char labels[64];

	family(f, "um_pressure", "gauge", "0: normal, 1: medium, 2: high, new calls are refused");
	for (int i = 0; i < PRESSURE_COUNT; i++)
		sample(
		    f, "um_pressure",
		    label("resource", pressure_name((enum pressure_of)i), labels, sizeof(labels)),
		    p->of[i].level);
	family(f, "um_disk_free_bytes", "gauge",
	       "What can still be written where messages are kept; -1: unknown");
	sample(f, "um_disk_free_bytes", "", free == PRESSURE_UNKNOWN ? -1 : (double)free);
}

static void
tls_metrics(const struct tls_report *t, FILE *f)
{
	TLS_METRICS(ALONE)
}

/* The counter table; rows of one family stand together. */
static void
counter_metrics(FILE *f)
{
	const char *last = "";

#define X(id, name, labels, help)                        \
	if (strcmp(last, name) != 0)                     \
		family(f, last = name, "counter", help); \
	sample(f, name, labels, (double)counters[COUNT_##id]);
	COUNTERS(X)
#undef X
}

static void
call_metrics(FILE *f)
{
	char text[128];

	family(f, "um_calls_ended_total", "counter", "Calls that reached a worker and ended");
	for (unsigned c = 0; c < CALL_CAUSE_COUNT; c++)
		sample(f, "um_calls_ended_total",
		       label("cause", call_cause_name(c), text, sizeof(text)),
		       (double)counters_calls_ended[c]);
}

static void
worker_state_metrics(const struct snapshot *s, FILE *f)
{
	char labels[128];

	family(f, "um_worker_state", "gauge", "1: the slot is in this state");
	for (int i = 0; i < 2; i++) {
		for (int w = 0; w < RECYCLE_STATE_COUNT; w++) {
			const char *word = recycle_state_name((enum recycle_state)w);

			snprintf(labels, sizeof(labels), "slot=\"%c\",state=\"%s\"",
				 s->slot[i].letter, word);
			sample(f, "um_worker_state", labels, strcmp(s->slot[i].state, word) == 0);
		}
	}
}

static void
slot_metrics(const struct snapshot *s, FILE *f)
{
	const struct snapshot_slot *slot;
	char labels[16];

#define X(fam, type, help, v)                            \
	family(f, fam, type, help);                      \
	for (slot = s->slot; slot < s->slot + 2; slot++) \
		sample(f, fam, slot_label(slot->letter, labels), (double)(v));
	SLOT_METRICS(X)
#undef X
}

/* Only what is over is counted, so that each series can only go up; um_draining tells what goes
 * on. */
static void
recycle_metrics(const struct snapshot *s, FILE *f)
{
	static const enum ledger_result over[] = {LEDGER_DONE, LEDGER_FAILED, LEDGER_CANCELLED};
	char labels[128];

	family(f, "um_recycles_total", "counter", "Recycles that are over");
	for (int r = 0; r < REASON_COUNT; r++) {
		for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
			snprintf(labels, sizeof(labels), "reason=\"%s\",result=\"%s\"",
				 recycle_reason_name((enum recycle_reason)r),
				 ledger_result_name(over[i]));
			sample(f, "um_recycles_total", labels, (double)s->recycles[r][over[i]]);
		}
	}
	family(f, "um_recycle_calls_total", "counter", "What became of calls in recycles");
	sample(f, "um_recycle_calls_total", "fate=\"moved\"", (double)s->recycle_calls_moved);
	sample(f, "um_recycle_calls_total", "fate=\"drained\"", (double)s->recycle_calls_drained);
	sample(f, "um_recycle_calls_total", "fate=\"cut\"", (double)s->recycle_calls_cut);
	sample(f, "um_recycle_calls_total", "fate=\"lost\"", (double)s->recycle_calls_lost);
}

static void
trunk_metrics(const struct snapshot *s, FILE *f)
{
	const struct snapshot_trunk *k;
	char labels[2 * CONF_NAME_MAX + 16];

#define X(fam, type, help, v)                             \
	family(f, fam, type, help);                       \
	for (k = s->trunk; k < s->trunk + s->ntrunk; k++) \
		sample(f, fam, label("trunk", k->conf->name, labels, sizeof(labels)), (double)(v));
	TRUNK_METRICS(X)
#undef X
}

/* What is said of a trunk in words. */
static void
trunk_info(const struct snapshot *s, FILE *f)
{
	char name[2 * CONF_NAME_MAX + 16], labels[3 * CONF_NAME_MAX + 128];

	family(f, "um_trunk_info", "gauge", "1: what kind of system the trunk is taken for");
	for (const struct snapshot_trunk *k = s->trunk; k < s->trunk + s->ntrunk; k++) {
		snprintf(labels, sizeof(labels), "%s,profile=\"%s\",from=\"%s\"",
			 label("trunk", k->conf->name, name, sizeof(name)),
			 profile_name(k->profile),
			 k->said->profile != PROFILE_AUTO ? "configured"
			 : k->recognised                  ? "recognised"
							  : "unknown");
		sample(f, "um_trunk_info", labels, 1);
	}
}

static void
process_metrics(const struct report_process *p, FILE *f)
{
	PROCESS_METRICS(ALONE)
}

char *
report_metrics(const struct snapshot *s, const struct report_process *p)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	service_metrics(s, f);
	counter_metrics(f);
	pressure_metrics(&s->pressure, f);
	tls_metrics(&s->tls, f);
	call_metrics(f);
	slot_metrics(s, f);
	worker_state_metrics(s, f);
	recycle_metrics(s, f);
	trunk_info(s, f);
	trunk_metrics(s, f);
	process_metrics(p, f);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
