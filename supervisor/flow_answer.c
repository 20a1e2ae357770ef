/* flow_answer: the answers that the supervisor decides on itself, and what is said of refusals.
 * See flow_room.h. */
#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/scan_field.h"

enum {
	REFUSAL_LINES = 10, /* log lines a second for refused sources */
	RETRY_AFTER_S = 5,
};

bool
flow_refusal_line(struct flow *f)
{
	const struct mono now = loop_now(f->loop);

	if (!mono_set(f->refusals_from) || mono_ms(f->refusals_from, now) >= 1000) {
		if (f->refusals_hidden > 0)
			log_warn(LOG_FLOW, "%u more refusals were not logged", f->refusals_hidden);
		f->refusals_from = now;
		f->refusals = f->refusals_hidden = 0;
	}
	if (f->refusals++ < REFUSAL_LINES)
		return true;
	f->refusals_hidden++;
	return false;
}

/* The fixed line that a fail2ban filter reads: changed here, changed there (conf/). */
static void
log_refused(struct flow *f, const struct way *from)
{
	char ip[ADDR_TEXT_MAX];

	if (flow_refusal_line(f))
		log_warn(LOG_FLOW, "refused request from %s: unknown source",
			 addr_ip_text(&from->peer, ip));
}

/* What each reason of a refusal counts as. */
static enum counter
refusal_counter(enum reason why)
{
	static const enum counter by_reason[WHY_COUNT] = {
	    [WHY_STRANGER] = COUNT_REFUSED_SOURCE,
	    [WHY_OUTAGE] = COUNT_REFUSED_OUTAGE,
	    [WHY_OTHER_TRUNK] = COUNT_REFUSED_OTHER_TRUNK,
	    [WHY_MERGED] = COUNT_REFUSED_MERGED,
	    [WHY_CLEAR] = COUNT_REFUSED_TLS,
	    [WHY_TLS] = COUNT_REFUSED_TLS,
	    [WHY_DRAINED] = COUNT_REFUSED_DRAIN,
	    [WHY_SCHEME] = COUNT_REFUSED_SCHEME,
	    [WHY_HOPS] = COUNT_REFUSED_FORWARDS,
	    [WHY_LIMIT_CALLS] = COUNT_REFUSED_LIMIT,
	    [WHY_LIMIT_RATE] = COUNT_REFUSED_LIMIT,
	    [WHY_PRESSURE] = COUNT_REFUSED_PRESSURE,
	};

	return by_reason[why] ? by_reason[why] : COUNT_REFUSED_UNKNOWN_CALL;
}

struct slice
flow_dialog_tag(struct flow *f, struct call *c)
{
	const struct dialog *d = c ? affinity_dialog(f->affinity, c, false) : NULL;
	struct sip_party local = {0};

	return d && scan_party(d->local, &local) == 0 ? local.tag : (struct slice){NULL, 0};
}

void
flow_answer_verdict(struct flow *f, const struct way *from, const struct sip_msg *m, struct call *c,
		    const struct verdict *v)
{
	char lines[32], where[128];
	struct buf b = BUF(lines);

	/* with other codes it would speak of the called user (RFC 3261 20.33) */
	if ((v->status == 503 || v->status == 500) && m->method != SIP_OPTIONS)
		buf_printf(&b, "Retry-After: %d\r\n", RETRY_AFTER_S);
	struct reply r = {.status = v->status, .lines = {lines, b.n}};
	if (v->why == WHY_OPTIONS)
		r.lines = SLICE(REPLY_ABLE);
	if (v->why == WHY_LATE_CANCEL)
		r.to_tag = flow_dialog_tag(f, c);
	flow_answer(f, from, m, &r);
	if (v->status < 300)
		return;
	count(refusal_counter(v->why));
	if (v->why == WHY_STRANGER)
		log_refused(f, from);
	else
		log_info(LOG_FLOW, "%.*s of call %.*s from %s: answered %u: %s",
			 (int)m->method_token.n, m->method_token.p, (int)m->call_id.n, m->call_id.p,
			 flow_way_text(f, from, where), v->status, reason_name(v->why));
}
