/* flow_move: what a new worker, a dead worker and time do to calls: unanswered INVITEs are moved or
 * sent again, answered calls of a dead worker are hung up, the rest expires.  See flow_room.h. */
#include <string.h>
#include <time.h>

#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/hangup.h"

/* Gives a pending INVITE to whoever takes new calls now: its verdict is made anew. */
static void
decide_again(struct flow *f, struct call *c, bool late)
{
	struct pending_item *i = pending_at(f->pending, c->pending);
	const struct way from = i->way;
	struct sip_msg m;

	if (!flow_rescan(i, &m)) {
		flow_end(f, c);
		return;
	}
	flow_request(f, &from, &m, flow_trunk_of(f, c), late);
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

/* The BYE and its way; written again when the Contact wants another door than the call's. */
static int
write_bye(struct flow *f, struct call *c, uint32_t serial, struct buf *out, struct way *ret)
{
	const struct dialog *d = affinity_dialog(f->affinity, c, false);
	struct door_spec door = flow_door_shown(f, c->way.door, c);
	const struct hangup_via via = {&f->key, &door, serial};
	struct hop hop;

	int error = hangup_write(out, d, &via, &hop);
	if (!error)
		error = flow_way_out(f, c, &hop, ret);
	if (error || ret->door == c->way.door)
		return error;
	out->n = 0;
	door = flow_door_shown(f, ret->door, c);
	return hangup_write(out, d, &via, &hop);
}

/* BYE towards the PBX from the call's own record (RFC 3261 15.1.1). */
static void
hang_up(struct flow *f, struct call *c)
{
	struct dialog *d = affinity_dialog(f->affinity, c, false);
	const struct mono now = loop_now(f->loop);
	struct pending_item *i;
	struct way to;
	char text[4096];
	struct buf out = BUF(text);

	i = d ? pending_add(f->pending, PENDING_BYE, &c->way, SLICE(""),
			    mono_add(now, PENDING_END_MS))
	      : NULL;
	if (!i || write_bye(f, c, i->serial, &out, &to)) {
		log_warn(LOG_CALL, "a call of the dead generation %u cannot be hung up: %s",
			 c->generation, d ? "no way to its PBX" : "no record of it");
		if (i)
			pending_drop(f->pending, i);
		return;
	}
	pending_fill(i, &to, (struct slice){text, out.n});
	pending_arm(i, now);
	struct buf b = outbox_begin(f->outbox);
	buf_add(&b, text, out.n);
	outbox_commit(f->outbox, &b, &to);
	count(COUNT_HANGUPS);
	log_info(LOG_CALL, "call %.*s generation %u: hung up towards the PBX: its worker is dead",
		 (int)d->call_id.n, d->call_id.p, c->generation);
}

static void
bury(struct flow *f, struct call *c)
{
	struct trunk *k = flow_trunk_of(f, c);

	if (c->answered && !c->counted) /* its CALL_BEGIN died with the worker */
		flow_count_started(f, c);
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
flow_worker_dead(void *arg, uint32_t generation, unsigned *ret_moved)
{
	struct flow *f = arg;
	struct call_walk walk = {0};
	struct call *c;
	unsigned lost = 0, moved = 0;

	while ((c = affinity_walk(f->affinity, &walk))) {
		if (c->generation != generation)
			continue;
		if (c->pending) {
			move(f, c);
			moved++;
		} else {
			bury(f, c);
			lost++;
		}
	}
	outbox_flush(f->outbox);
	flow_wake(f);
	*ret_moved = moved;
	return lost;
}

/* The call a pending INVITE belongs to. */
static struct call *
call_of(struct flow *f, const struct pending_item *i)
{
	struct sip_msg m;

	return flow_rescan(i, &m) ? flow_find(f, m.call_id) : NULL;
}

/* Whether the connection that took our BYE still holds it: a stream delivers by itself.  One that
 * is gone or holds without an end has taken it along; i->way is then another, or a new one. */
static bool
is_carried(struct flow *f, struct pending_item *i)
{
	const struct call *c = i->way.transport == TRANSPORT_UDP ? NULL : call_of(f, i);

	if (!c)
		return i->way.transport != TRANSPORT_UDP;
	if (!i->way.conn) /* opened since, for it */
		i->way.conn = flow_connection(f, c, &i->way);
	streams_doubt(f->streams, i->way.conn);
	const uint32_t before = i->way.conn;
	i->way.conn = flow_connection(f, c, &i->way);
	return before && i->way.conn == before;
}

static void
resend_bye(struct flow *f, const struct pending_item *i)
{
	struct buf out = outbox_begin(f->outbox);

	buf_add(&out, i->bytes, i->n);
	outbox_commit(f->outbox, &out, &i->way);
}

static void
resend(struct flow *f, struct pending_item *i, const struct call *c, struct mono now)
{
	struct sip_msg m;

	pending_resent(i, now);
	if (i->kind == PENDING_BYE) {
		if (!is_carried(f, i))
			resend_bye(f, i);
	} else if (c && flow_rescan(i, &m)) {
		count(COUNT_INVITES_RESENT);
		flow_forward(f, &i->way, &m, flow_trunk_of(f, c), c->generation);
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
		flow_judge_overdue(f, now);
	outbox_flush(f->outbox);
	if (pending_count(f->pending) > 0 || f->redirect_open ||
	    mono_set(affinity_next(f->affinity)))
		flow_wake(f);
}
