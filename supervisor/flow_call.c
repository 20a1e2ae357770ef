/* flow_call: calls as a whole: begun, held, moved to another worker, hung up, ended; and what time
 * does to them.  See flow_room.h. */
#include <string.h>
#include <time.h>

#include "ipc/base/log.h"
#include "ipc/message.h"
#include "supervisor/flow_room.h"
#include "supervisor/hangup.h"
#include "supervisor/trunk_file.h"

uint64_t
flow_hash(const struct flow *f, struct slice s)
{
	return hash64(&f->key, s.p, s.n);
}

struct call *
flow_find(struct flow *f, struct slice call_id)
{
	return affinity_find(f->affinity, affinity_key(f->affinity, call_id));
}

struct call *
flow_enter(struct flow *f, struct slice call_id, enum call_state state, uint32_t generation)
{
	bool evicted;
	struct call *c = affinity_add(f->affinity, affinity_key(f->affinity, call_id), state,
				      generation, loop_now(f->loop), &evicted);

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
keep_invite(struct flow *f, const struct way *from, const struct sip_msg *m, struct call *c,
	    enum pending_kind kind)
{
	const struct mono now = loop_now(f->loop);
	const bool held = kind == PENDING_HELD;
	struct pending_item *i = pending_at(f->pending, c->pending);

	if (!i)
		i = pending_add(f->pending, kind, from, m->whole, now,
				held ? f->conf->limits.hold : PENDING_END_MS);
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

/* What is known of a call from its first INVITE. */
static void
describe(struct flow *f, const struct way *from, const struct sip_msg *m, struct call *c,
	 struct trunk *k)
{
	struct dialog *d = affinity_dialog(f->affinity, c, true);

	c->cseq = m->cseq;
	c->way = via_reply_way(m, from);
	if (c->trunk == UINT16_MAX)
		affinity_trunk(f->affinity, c, trunk_index(&f->trunks, k));
	if (d && d->target.n == 0 && m->contact_uri.n > 0)
		d->target = dialog_keep(d, m->contact_uri);
}

/* A call that arrived at a slot door followed our 302; one that came back to the service door
 * could not. */
static void
note_redirect(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
	      enum reason why)
{
	struct sip_uri uri;

	if (why == WHY_LOOPED) {
		count(COUNT_REDIRECTS_UNFOLLOWED);
		trunk_looped(&f->trunks, k, time(NULL));
		if (f->trunks.dirty)
			log_notice(LOG_TRUNK, "trunk %s: redirect -> proxy: %s", k->conf->name,
				   k->why);
		trunk_file_save(f->conf->state.directory, &f->trunks);
	} else if (f->door[from->door].kind != DOOR_SERVICE && scan_uri(m->uri, &uri) == 0) {
		trunk_followed(k, flow_hash(f, uri.user));
	}
}

void
flow_begin(struct flow *f, const struct way *from, const struct sip_msg *m, struct call *c,
	   struct trunk *k, const struct verdict *v)
{
	char where[128];

	if (!c)
		c = flow_enter(f, m->call_id, CALL_ROUTED, v->generation);
	else
		affinity_set(f->affinity, c, CALL_ROUTED, v->generation, loop_now(f->loop));
	if (!c) {
		flow_answer(f, from, m, &(struct reply){.status = 480});
		count(COUNT_REFUSED_LIMIT);
		return;
	}
	c->answered = c->counted = false;
	describe(f, from, m, c, k);
	keep_invite(f, from, m, c, PENDING_SENT);
	if (k->conf->mode != TRUNK_PROXY)
		note_redirect(f, from, m, k, v->why);
	log_info(LOG_CALL, "call %.*s generation %u: INVITE from %s (trunk %s): %s",
		 (int)m->call_id.n, m->call_id.p, v->generation, flow_way_text(f, from, where),
		 k->conf->name, reason_name(v->why));
	flow_forward(f, from, m, v->generation);
}

void
flow_hold(struct flow *f, const struct way *from, const struct sip_msg *m, struct call *c,
	  struct trunk *k)
{
	char where[128];

	flow_answer(f, from, m, &(struct reply){.status = 100});
	if (c && c->pending) /* sent again while it waits, or kept from a dead worker */
		return;
	if (!c)
		c = flow_enter(f, m->call_id, CALL_ROUTED, 0);
	else
		affinity_set(f->affinity, c, CALL_ROUTED, 0, loop_now(f->loop));
	if (!c)
		return;
	describe(f, from, m, c, k);
	keep_invite(f, from, m, c, PENDING_HELD);
	count(COUNT_INVITES_HELD);
	log_info(LOG_CALL, "call %.*s from %s (trunk %s): held: no worker is ready yet",
		 (int)m->call_id.n, m->call_id.p, flow_way_text(f, from, where), k->conf->name);
	flow_wake(f);
}

/* The message of a pending INVITE, scanned again; false: it cannot be (never: it was before). */
static bool
rescan(const struct flow *f, const struct pending_item *i, struct sip_msg *m)
{
	const struct scan_limits any = {PENDING_BYTES, UINT32_MAX};

	(void)f;
	return scan_message(i->bytes, i->n, false, &any, m) == SCAN_OK;
}

void
flow_unhold(struct flow *f, struct call *c)
{
	struct pending_item *i = pending_at(f->pending, c->pending);
	struct sip_msg m;

	if (i && rescan(f, i, &m))
		flow_answer(f, &i->way, &m, &(struct reply){.status = 487});
	flow_end(f, c);
}

unsigned
flow_calls_of(void *arg, uint32_t generation)
{
	struct flow *f = arg;

	return affinity_calls(f->affinity, generation);
}

/* Gives a pending INVITE to whoever takes new calls now: its verdict is made anew. */
static void
decide_again(struct flow *f, struct call *c, bool late)
{
	struct pending_item *i = pending_at(f->pending, c->pending);
	const struct way from = i->way;
	struct sip_msg m;

	if (!rescan(f, i, &m)) {
		flow_end(f, c);
		return;
	}
	flow_request(f, &from, &m, late);
}

unsigned
flow_active_changed(void *arg, uint32_t before, uint32_t now)
{
	struct flow *f = arg;
	struct call_walk walk = {0};
	struct call *c;
	unsigned moved = 0;

	(void)before;
	while (now && (c = affinity_walk(f->affinity, &walk))) {
		const struct pending_item *i = pending_at(f->pending, c->pending);
		if (!i || i->kind != PENDING_HELD)
			continue;
		decide_again(f, c, false);
		count(COUNT_INVITES_MOVED);
		moved++;
	}
	outbox_flush(f->outbox);
	return moved;
}

/* BYE towards the PBX from the call's own record (RFC 3261 15.1.1). */
static void
hang_up(struct flow *f, struct call *c)
{
	struct dialog *d = affinity_dialog(f->affinity, c, false);
	const struct mono now = loop_now(f->loop);
	struct pending_item *i;
	struct way to;
	struct hop hop;
	char text[4096];
	struct buf out = BUF(text);

	i = d ? pending_add(f->pending, PENDING_BYE, &c->way, SLICE(""), now, PENDING_END_MS)
	      : NULL;
	if (!i || hangup_write(&out, d, &f->door[c->way.door], &f->key, i->serial, &hop) ||
	    flow_way_out(f, c, &hop, &to)) {
		log_warn(LOG_CALL, "a call of the dead generation %u cannot be hung up: %s",
			 c->generation, d ? "no way to its PBX" : "no record of it");
		if (i)
			pending_drop(f->pending, i);
		return;
	}
	pending_fill(i, &to, (struct slice){text, out.n});
	if (to.transport == TRANSPORT_UDP)
		pending_arm(i, now);
	struct buf b = outbox_begin(f->outbox);
	buf_add(&b, text, out.n);
	outbox_commit(f->outbox, &b, &to);
	count(COUNT_HANGUPS);
	log_info(LOG_CALL, "call %.*s generation %u: hung up towards the PBX: its worker is dead",
		 (int)d->call_id.n, d->call_id.p, c->generation);
}

static void
count_started(struct flow *f, struct call *c)
{
	c->counted = true;
	count(COUNT_CALLS_STARTED);
	if (c->trunk < f->trunks.n)
		f->trunks.trunk[c->trunk].started++;
}

static void
bury(struct flow *f, struct call *c)
{
	struct trunk *k = c->trunk < f->trunks.n ? &f->trunks.trunk[c->trunk] : NULL;

	if (c->answered && !c->counted) /* its CALL_BEGIN died with the worker */
		count_started(f, c);
	if (c->answered)
		hang_up(f, c);
	if (c->counted)
		counters_calls_ended[CALL_CAUSE_LOST]++;
	if (k)
		k->failures++;
	c->counted = false;
	flow_drop_pending(f, c);
	affinity_set(f->affinity, c, CALL_ENDED, c->generation, loop_now(f->loop));
}

/* An INVITE that its dead worker has not answered: to the next one, or held for it. */
static void
move(struct flow *f, struct call *c)
{
	struct pending_item *i = pending_at(f->pending, c->pending);

	if (c->counted) { /* it will be counted again by its next worker */
		counters_calls_ended[CALL_CAUSE_LOST]++;
		c->counted = false;
	}
	i->kind = PENDING_HELD;
	i->resend = (struct mono){0};
	i->deadline = mono_add(loop_now(f->loop), f->conf->limits.hold);
	count(COUNT_INVITES_MOVED);
	if (pool_view(f->pool)->active)
		decide_again(f, c, false);
	else
		affinity_set(f->affinity, c, CALL_ROUTED, 0, loop_now(f->loop));
}

unsigned
flow_worker_dead(void *arg, uint32_t generation)
{
	struct flow *f = arg;
	struct call_walk walk = {0};
	struct call *c;
	unsigned lost = 0;

	while ((c = affinity_walk(f->affinity, &walk))) {
		if (c->generation != generation)
			continue;
		if (c->pending) {
			move(f, c);
		} else {
			bury(f, c);
			lost++;
		}
	}
	outbox_flush(f->outbox);
	flow_wake(f);
	return lost;
}

static void
copy_party(char to[MESSAGE_PARTY_MAX], const char from[MESSAGE_PARTY_MAX])
{
	memcpy(to, from, MESSAGE_PARTY_MAX);
	to[MESSAGE_PARTY_MAX - 1] = '\0';
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
	count_started(f, c);
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

/* The call a pending INVITE belongs to. */
static struct call *
call_of(struct flow *f, const struct pending_item *i)
{
	struct sip_msg m;

	return rescan(f, i, &m) ? flow_find(f, m.call_id) : NULL;
}

static void
resend(struct flow *f, struct pending_item *i, const struct call *c, struct mono now)
{
	struct sip_msg m;

	pending_resent(i, now);
	if (i->kind == PENDING_BYE) {
		struct buf out = outbox_begin(f->outbox);
		buf_add(&out, i->bytes, i->n);
		outbox_commit(f->outbox, &out, &i->way);
	} else if (c && rescan(f, i, &m)) {
		count(COUNT_INVITES_RESENT);
		flow_forward(f, &i->way, &m, c->generation);
	}
}

/* A pending request whose time has come. */
static void
pending_turn(struct flow *f, struct pending_item *i, struct mono now)
{
	struct call *c = i->kind == PENDING_BYE ? NULL : call_of(f, i);

	if (!mono_due(i->deadline, now))
		resend(f, i, c, now);
	else if (i->kind == PENDING_HELD && c)
		decide_again(f, c, true);
	else if (c)
		flow_drop_pending(f, c);
	else
		pending_drop(f->pending, i);
}

static void
learn_overdue(struct flow *f, struct mono now)
{
	struct trunk *k;

	while ((k = trunks_overdue(&f->trunks, now, time(NULL), &f->redirect_open))) {
		count(COUNT_REDIRECTS_UNFOLLOWED);
		log_notice(LOG_TRUNK, "trunk %s: redirect -> proxy: %s", k->conf->name, k->why);
		if (trunk_file_save(f->conf->state.directory, &f->trunks))
			log_warn(LOG_TRUNK, "what trunk %s has taught cannot be kept in %s",
				 k->conf->name, f->conf->state.directory);
	}
}

void
flow_tick(void *arg)
{
	struct flow *f = arg;
	const struct mono now = loop_now(f->loop);
	const struct pool_view *view = pool_view(f->pool);
	struct pending_item *i;
	uint16_t cursor = 0;

	f->ticking = false;
	while ((i = pending_due(f->pending, now, &cursor)))
		pending_turn(f, i, now);
	affinity_expire(f->affinity, now);
	for (int s = 0; s < 2; s++)
		if (view->slot[s].generation)
			pool_calls_changed(f->pool, view->slot[s].generation);
	if (f->redirect_open)
		learn_overdue(f, now);
	outbox_flush(f->outbox);
	if (pending_count(f->pending) > 0 || f->redirect_open ||
	    mono_set(affinity_next(f->affinity)))
		flow_wake(f);
}
