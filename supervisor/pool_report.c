/* pool_report: what the pool knows, for people and monitors.
 * Part of the room pool; see pool_inner.h. */
#include <stdio.h>

#include "supervisor/beat_sums.h"
#include "supervisor/pool_inner.h"
#include "supervisor/snapshot.h"

/* Milliseconds since `t`; -1: never. */
static int64_t
age(struct mono t, struct mono now)
{
	return mono_set(t) ? mono_ms(t, now) : -1;
}

static void
report_slot(const struct slot *s, struct mono now, struct snapshot_slot *r)
{
	bool alive = recycle_alive(s->state);

	*r = (struct snapshot_slot){.letter = slot_letter(s),
				    .port = slot_address(s).port,
				    .generation = alive ? s->generation : 0,
				    .pid = alive ? (int)s->pid : 0,
				    .state = recycle_state_name(s->state),
				    .probe_age_ms = -1,
				    .test_age_ms = -1};
	snprintf(r->last_reason, sizeof(r->last_reason), "%s", s->reason);
	if (!alive)
		return;
	r->age_ms = mono_ms(s->started, now);
	r->calls = slot_calls(s);
	r->served = s->served;
	r->memory = spawn_memory(s->pid);
	r->probe_age_ms = age(s->probe.answered, now);
	r->test_age_ms = age(s->tested, now);
}

static void
add_beat(const struct msg_beat *b, struct snapshot *s)
{
#define X(counted, sum) s->sum += b->counted;
	BEAT_SUMS(X)
#undef X
	if (s->rtp_worst_us < b->rtp_worst_us)
		s->rtp_worst_us = b->rtp_worst_us;
	s->mwi.lamps += b->mwi_lamps;
	s->mwi.waiting += b->mwi_waiting;
	if (b->imap_state != 0) {
		s->imap.known = true;
		s->imap.up = b->imap_state == 1;
		s->imap.unreadable = b->imap_unreadable;
	}
	if (!b->mail_owner)
		return;
	s->mail.owner = true;
	s->mail.queued = b->mail_queued;
	s->mail.bad = b->mail_bad;
	s->mail.shadow = b->mail_shadow;
	s->mail.oldest_s = b->mail_oldest_s;
	s->mail.deaf = b->mail_deaf;
}

static void
report_sums(const struct pool *p, struct snapshot *s)
{
	const struct slot_counts *c = &p->env.counts;

	s->worker_starts = c->starts;
	s->worker_start_failures = c->start_failures;
	s->worker_exits_unexpected = c->exits_unexpected;
	s->starts_failed_in_row = c->failed_in_row;
	s->probes = c->probes;
	s->probe_failures = c->probe_failures;
	s->tests = c->tests;
	s->test_failures = c->test_failures;
	s->salvaged = c->salvaged;
	s->rtp_received = s->rtp_sent = s->rtp_lost = s->rtp_late_ticks = s->rtp_worst_us = 0;
	s->mail = (struct snapshot_mail){.on = p->env.conf->mail.delivery != DELIVERY_OFF};
	s->imap = (struct snapshot_imap){.on = p->env.conf->imap.nhost > 0};
	s->logons = (struct snapshot_logons){0};
	s->digits = s->recordings = s->recording_errors = s->srtp_refused = 0;
	add_beat(&c->gone, s);
	for (int i = 0; i < 2; i++)
		add_beat(&p->slot[i].beat, s);
}

static void
report_ledgers(const struct pool *p, struct snapshot *s)
{
	const struct book *b = &p->book;
	const struct ledger *l;

	for (int r = 0; r < REASON_COUNT; r++)
		for (int e = 0; e < LEDGER_RESULT_COUNT; e++)
			s->recycles[r][e] = b->results[r][e];
	s->recycle_calls_moved = b->moved;
	s->recycle_calls_drained = b->drained;
	s->recycle_calls_cut = b->cut;
	s->recycle_calls_lost = b->lost;
	for (s->nledger = 0; (l = book_newest(b, s->nledger)) != NULL; s->nledger++)
		s->ledger[s->nledger] = *l;
}

static void
report_next(const struct pool *p, struct snapshot *s, struct mono now)
{
	int active = pool_serving(p);
	struct buf b = {s->waiting, 0, sizeof(s->waiting), false};
	char few[48] = "";
	enum recycle_reason why = REASON_AGE;

	pool_order_words(p, &b);
	buf_cstr(&b);
	s->next_recycle = 0;
	s->next_reason[0] = '\0';
	if (active < 0)
		return;
	s->next_recycle = schedule_next(&p->slot[active].schedule, p->env.conf, now, s->wall, &why);
	if (p->env.conf->recycle.when_calls >= 0)
		snprintf(few, sizeof(few), ", when at most %d calls are up",
			 p->env.conf->recycle.when_calls);
	if (s->next_recycle)
		snprintf(s->next_reason, sizeof(s->next_reason), "%s%s", recycle_reason_name(why),
			 few);
}

static void
report_ready(const struct pool *p, struct snapshot *s)
{
	s->not_ready = NULL;
	if (p->ending)
		s->not_ready = "the supervisor stops";
	else if (!p->view.active)
		s->not_ready =
		    p->view.expected ? "a worker is being started" : "no worker can be started";
	else if (!pool_healthy(p))
		s->not_ready = "the active worker has not answered a probe for two intervals";
	else if (!p->view.enabled)
		s->not_ready = "drained by the operator: no new calls";
	s->ready = s->not_ready == NULL;
}

void
pool_report(const struct pool *p, struct snapshot *s)
{
	struct mono now = loop_now(p->env.loop);

	s->wall = time(NULL);
	s->enabled = p->view.enabled;
	s->active_generation = p->view.active;
	s->probe_limit_ms = 2 * p->env.conf->worker.probe_interval;
	for (int i = 0; i < 2; i++)
		report_slot(&p->slot[i], now, &s->slot[i]);
	report_next(p, s, now);
	report_sums(p, s);
	report_ledgers(p, s);
	report_ready(p, s);
}
