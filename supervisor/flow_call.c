/* flow_call: calls as a whole: begun, held, answered, ended.  See flow_room.h. */
#include <string.h>
#include <time.h>

#include "ipc/base/log.h"
#include "ipc/message.h"
#include "supervisor/flow_room.h"
#include "supervisor/hangup.h"

uint64_t
flow_hash(const struct flow *f, struct slice s)
{
	return hash64(&f->key, s.p, s.n);
}

struct trunk *
flow_trunk_of(struct flow *f, const struct call *c)
{
	return c->trunk < f->trunks.n ? &f->trunks.trunk[c->trunk] : NULL;
}

struct call *
flow_find(struct flow *f, struct slice call_id)
{
	return affinity_find(f->affinity, affinity_key(f->affinity, call_id));
}

struct call *
flow_enter(struct flow *f, struct slice call_id, enum call_state state, uint32_t generation)
{
	const struct affinity_new_call is = {affinity_key(f->affinity, call_id), state, generation};
	bool evicted;
	struct call *c = affinity_add(f->affinity, &is, loop_now(f->loop), &evicted);

	if (evicted || !c)
		count(COUNT_CALLS_TABLE_FULL);
	return c;
}

void
flow_drop_pending(struct flow *f, struct call *c)
{
	struct pending_item *i = pending_at(f->pending, c->pending);

	if (i)
		pending_drop(f->pending, i);
	c->pending = 0;
}

void
flow_end(struct flow *f, struct call *c)
{
	flow_drop_pending(f, c);
	if (c->state != CALL_UP) /* an UP call ends when its worker says CALL_END */
		affinity_set(f->affinity, c, CALL_ENDED, c->generation, loop_now(f->loop));
}

void
flow_keep_target(struct flow *f, struct call *c, const struct sip_msg *m)
{
	struct dialog *d = affinity_dialog(f->affinity, c, false);

	if (d && m->contact_uri.n > 0)
		dialog_replace(d, &d->target, m->contact_uri);
}

/* Record-Route values of the answer, in the order a UAS uses them (RFC 3261 12.1.1). */
static void
keep_routes(struct dialog *d, struct slice head)
{
	char text[DIALOG_TEXT];
	struct buf b = BUF(text);
	struct slice line, value;
	size_t pos = 0;

	while (scan_header(head, "Record-Route", &pos, &line)) {
		while (scan_value(&line, &value)) {
			buf_slice(&b, value);
			buf_str(&b, "\n");
		}
	}
	d->routes = b.full ? (struct slice){NULL, 0} : dialog_keep(d, (struct slice){text, b.n});
	if (d->routes.n != b.n) /* without its routes a BYE would go astray */
		d->target.n = 0;
}

void
flow_keep_answer(struct flow *f, struct call *c, const struct sip_msg *m)
{
	struct dialog *d = affinity_dialog(f->affinity, c, false);

	c->answered = true;
	if (!d)
		return;
	d->call_id = dialog_keep(d, m->call_id);
	d->local = dialog_keep(d, m->to.value);
	d->remote = dialog_keep(d, m->from.value);
	keep_routes(d, m->head);
}

/* The copy of an INVITE that is kept until its worker has answered. */
static void
keep_invite(struct flow *f, const struct flow_in *in, struct call *c, enum pending_kind kind)
{
	const struct mono now = loop_now(f->loop);
	const bool held = kind == PENDING_HELD;
	struct pending_item *i = pending_at(f->pending, c->pending);

	if (!i)
		i = pending_add(f->pending, kind, in->from, in->m->whole,
				mono_add(now, held ? f->conf->limits.hold : PENDING_END_MS));
	if (!i)
		return;
	c->pending = pending_index(f->pending, i);
	i->kind = kind;
	i->resend = (struct mono){0};
	if (!held) {
		i->deadline = mono_add(now, PENDING_END_MS);
		pending_arm(i, now);
	}
}

uint64_t
flow_fork(const struct flow *f, const struct sip_msg *m)
{
	const uint64_t tag = hash64(&f->key, m->from.tag.p, m->from.tag.n);
	return tag ^ m->cseq;
}

/* What is known of a call from its first INVITE. */
static void
describe(struct flow *f, const struct flow_in *in, struct call *c)
{
	const struct sip_msg *m = in->m;
	const uint16_t trunk = trunk_index(&f->trunks, in->k);
	struct dialog *d = affinity_dialog(f->affinity, c, true);

	c->cseq = m->cseq;
	c->invite = via_transaction(m, &f->key);
	c->fork = flow_fork(f, m);
	c->way = flow_way_back(f, m, in->from);
	if (c->trunk != trunk)
		affinity_trunk(f->affinity, c, trunk);
	if (d && d->target.n == 0 && m->contact_uri.n > 0)
		d->target = dialog_keep(d, m->contact_uri);
}

void
flow_begin(struct flow *f, const struct flow_in *in, const struct verdict *v)
{
	const struct sip_msg *m = in->m;
	struct call *c = in->c;
	char where[128];

	if (!c)
		c = flow_enter(f, m->call_id, CALL_ROUTED, v->generation);
	else
		affinity_set(f->affinity, c, CALL_ROUTED, v->generation, loop_now(f->loop));
	if (!c) {
		flow_answer(f, in->from, m, &(struct reply){.status = in->k->conf->busy_code});
		in->k->refused++;
		count(COUNT_REFUSED_LIMIT);
		return;
	}
	c->answered = c->counted = false;
	describe(f, in, c);
	keep_invite(f, in, c, PENDING_SENT);
	log_info(LOG_CALL, "call %.*s generation %u: INVITE from %s (trunk %s): %s",
		 (int)m->call_id.n, m->call_id.p, v->generation, flow_way_text(f, in->from, where),
		 in->k->conf->name, reason_name(v->why));
	flow_forward(f, in->from, m, in->k, v->generation);
}

void
flow_hold(struct flow *f, const struct flow_in *in)
{
	const struct sip_msg *m = in->m;
	struct call *c = in->c;
	char where[128];

	flow_answer(f, in->from, m, &(struct reply){.status = 100});
	if (c && c->pending) /* sent again while it waits, or kept from a dead worker */
		return;
	if (!c)
		c = flow_enter(f, m->call_id, CALL_ROUTED, 0);
	else
		affinity_set(f->affinity, c, CALL_ROUTED, 0, loop_now(f->loop));
	if (!c)
		return;
	describe(f, in, c);
	keep_invite(f, in, c, PENDING_HELD);
	count(COUNT_INVITES_HELD);
	log_info(LOG_CALL, "call %.*s from %s (trunk %s): held: no worker is ready yet",
		 (int)m->call_id.n, m->call_id.p, flow_way_text(f, in->from, where),
		 in->k->conf->name);
	flow_wake(f);
}

bool
flow_rescan(const struct pending_item *i, struct sip_msg *m)
{
	const struct scan_limits any = {PENDING_BYTES, UINT32_MAX};

	return scan_message(i->bytes, i->n, false, &any, m) == SCAN_OK;
}

void
flow_unhold(struct flow *f, struct call *c)
{
	struct pending_item *i = pending_at(f->pending, c->pending);
	struct sip_msg m;

	if (i && flow_rescan(i, &m))
		flow_answer(f, &i->way, &m, &(struct reply){.status = 487});
	flow_end(f, c);
}

unsigned
flow_calls_of(void *arg, uint32_t generation)
{
	struct flow *f = arg;

	return affinity_calls(f->affinity, generation);
}

static void
copy_party(char to[MESSAGE_PARTY_MAX], const char from[MESSAGE_PARTY_MAX])
{
	memcpy(to, from, MESSAGE_PARTY_MAX);
	to[MESSAGE_PARTY_MAX - 1] = '\0';
}

void
flow_count_started(struct flow *f, struct call *c)
{
	c->counted = true;
	count(COUNT_CALLS_STARTED);
	if (c->trunk < f->trunks.n)
		f->trunks.trunk[c->trunk].started++;
}

void
flow_call_begin(void *arg, uint32_t generation, const struct msg_call_begin *b)
{
	struct flow *f = arg;
	const struct slice id = {b->call_id, b->call_id_len};
	struct call *c = flow_find(f, id);

	if (b->test)
		return;
	if (!c)
		c = flow_enter(f, id, CALL_UP, generation);
	else if (c->counted || (c->state == CALL_ROUTED && c->generation != generation))
		return; /* said twice, or by a worker that has lost this call to another */
	else
		affinity_set(f->affinity, c, CALL_UP, generation, loop_now(f->loop));
	if (!c)
		return;
	flow_count_started(f, c);
	struct dialog *d = affinity_dialog(f->affinity, c, true);
	if (!d)
		return;
	if (d->call_id.n == 0)
		d->call_id = dialog_keep(d, id);
	copy_party(d->caller, b->caller);
	copy_party(d->called, b->called);
}

void
flow_call_end(void *arg, uint32_t generation, const struct msg_call_end *e)
{
	struct flow *f = arg;
	const struct slice id = {e->call_id, e->call_id_len};
	struct call *c = flow_find(f, id);

	if (e->test || !c || !c->counted || c->generation != generation)
		return;
	counters_calls_ended[e->cause]++;
	c->counted = false;
	if (c->trunk < f->trunks.n &&
	    (e->cause == CALL_CAUSE_FAILED || e->cause == CALL_CAUSE_TIMEOUT ||
	     e->cause == CALL_CAUSE_REFUSED))
		f->trunks.trunk[c->trunk].failures++;
	flow_drop_pending(f, c);
	const struct dialog *d = affinity_dialog(f->affinity, c, false);
	log_info(LOG_CALL,
		 "call %.*s generation %u: %s for %s ended: %s after %.1f s, %.1f s recorded",
		 (int)id.n, id.p, generation, d && d->caller[0] ? d->caller : "someone",
		 d && d->called[0] ? d->called : "someone", call_cause_name(e->cause),
		 e->duration_ms / 1000.0, e->recorded_ms / 1000.0);
	affinity_set(f->affinity, c, CALL_ENDED, generation, loop_now(f->loop));
	flow_wake(f);
	pool_calls_changed(f->pool, generation);
}
