/* flow_worker: messages from the workers on their way to a trunk, and the trunks' responses to
 * them on their way back.  See flow_room.h. */
#include <errno.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/hangup.h"
#include "supervisor/hop.h"

/* What a response to the call's first INVITE tells the tables. */
static void
learn_response(struct flow *f, const struct sip_msg *m)
{
	struct call *c = flow_find(f, m->call_id);

	if (!c || c->state == CALL_ENDED || c->answered || m->cseq != c->cseq)
		return;
	if (m->status == 100) {
		struct pending_item *i = pending_at(f->pending, c->pending);
		if (i) {
			i->kind = PENDING_TRYING;
			i->resend = (struct mono){0};
		}
		return;
	}
	flow_drop_pending(f, c);
	if (m->status >= 300)
		flow_end(f, c);
	else if (m->status >= 200)
		flow_keep_answer(f, c, m);
}

static void
worker_response(struct flow *f, const struct sip_msg *m)
{
	struct way back;
	uint32_t own;

	if (via_own_number(&m->via, &own)) {
		pool_response(f->pool, own, m);
		return;
	}
	if (via_inner_way(&m->via, &back) || back.door >= f->ndoor ||
	    f->door[back.door].transport != back.transport) {
		count(COUNT_DROPPED_STRAY);
		return;
	}
	if (m->method == SIP_INVITE)
		learn_response(f, m);
	struct buf out = outbox_begin(f->outbox);
	via_pop(&out, m);
	outbox_commit(f->outbox, &out, &back);
	flow_count_response(m->status);
}

/* A worker sends again over UDP what a stream has already delivered; or has taken with it when it
 * broke, or holds without an end: then the repeat is what reaches the PBX, by another one. */
static bool
is_repeat(struct flow *f, struct call *c, const struct sip_msg *m, struct way *to)
{
	if (!c || to->transport == TRANSPORT_UDP)
		return false;
	const uint64_t h = flow_hash(f, m->via.branch) + (unsigned)m->method;
	bool same = h == c->last_out;
	if (same && flow_trunk_of(f, c)) {
		if (!c->last_conn) /* opened since, for this request */
			c->last_conn = to->conn;
		streams_doubt(f->streams, c->last_conn);
		to->conn = flow_connection(f, c, to);
		same = to->conn && to->conn == c->last_conn;
	}
	c->last_out = h;
	c->last_conn = to->conn;
	return same;
}

static void
count_out(struct flow *f, struct call *c, const struct sip_msg *m)
{
	struct dialog *d = c ? affinity_dialog(f->affinity, c, false) : NULL;

	count(m->method == SIP_BYE ? COUNT_REQ_OUT_BYE : COUNT_REQ_OUT_OTHER);
	if (d && m->cseq > d->local_cseq)
		d->local_cseq = m->cseq;
}

/* The Route that a request of a worker goes by; none: its Request-URI, where NUA has put a strict
 * router's. */
static struct slice
first_route(struct flow *f, struct call *c, const struct sip_msg *m)
{
	const struct dialog *d = c ? affinity_dialog(f->affinity, c, false) : NULL;

	return d && hangup_is_strict(d) ? (struct slice){NULL, 0} : m->route;
}

/* Where a request of a worker goes; *c is its call, NULL: none yet.  One that belongs to no call is
 * entered, so that it is sent again the same way, and what comes back finds it. */
static int
way_of(struct flow *f, const struct sip_msg *m, uint32_t generation, struct call **c,
       struct way *ret)
{
	struct trunk *k = NULL;
	struct hop hop;

	if (hop_next(first_route(f, *c, m), m->uri, &hop))
		return -EINVAL;
	if (*c)
		return flow_way_out(f, *c, &hop, ret);
	const int error = flow_way_outside(f, m, &hop, ret, &k);
	if (error)
		return error;
	*c = flow_enter(f, m->call_id, CALL_ENDED, generation);
	if (*c) {
		(*c)->way = *ret;
		affinity_trunk(f->affinity, *c, trunk_index(&f->trunks, k));
	}
	return 0;
}

static void
worker_request(struct flow *f, const struct way *from, const struct sip_msg *m, uint32_t generation)
{
	struct call *c = flow_find(f, m->call_id);
	struct way to;

	if (way_of(f, m, generation, &c, &to)) {
		log_warn(LOG_FLOW, "%.*s of generation %u: no way to %.*s", (int)m->method_token.n,
			 m->method_token.p, generation, (int)m->uri.n, m->uri.p);
		if (m->method != SIP_ACK)
			flow_answer(f, from, m, &(struct reply){.status = 503});
		return;
	}
	if (is_repeat(f, c, m, &to)) {
		count(COUNT_DROPPED_REPEAT);
		return;
	}
	count_out(f, c, m);
	const struct door_spec door = flow_door_shown(f, to.door, c);
	struct buf out = outbox_begin(f->outbox);
	via_replace_door(&out, m, &f->key, &door, generation);
	outbox_commit(f->outbox, &out, &to);
}

void
flow_from_worker(struct flow *f, const struct way *from, const struct sip_msg *m)
{
	const uint32_t generation = pool_view(f->pool)->slot[way_slot(from)].generation;

	if (!generation) /* a last word of a worker that has just been buried */
		count(COUNT_DROPPED_STRAY);
	else if (m->request)
		worker_request(f, from, m, generation);
	else
		worker_response(f, m);
}

/* A response to one of our own BYEs ends its resending. */
static void
own_response(struct flow *f, const struct sip_msg *m, struct slice number)
{
	uint64_t serial = 0;

	for (size_t i = 0; i < number.n; i++)
		serial = serial << 4 | (uint64_t)(number.p[i] <= '9' ? number.p[i] - '0'
								     : number.p[i] - 'a' + 10);
	struct pending_item *i = pending_own(f->pending, (uint32_t)serial);
	if (i && m->status >= 200)
		pending_drop(f->pending, i);
}

/* The answer to a re-INVITE or UPDATE of ours names the peer's Contact anew (RFC 3261 12.2.1.2). */
static void
refresh_target(struct flow *f, const struct sip_msg *m)
{
	struct call *c = flow_find(f, m->call_id);

	if (c && c->state != CALL_ENDED)
		flow_keep_target(f, c, m);
}

void
flow_trunk_response(struct flow *f, const struct way *from, const struct sip_msg *m)
{
	uint32_t generation;
	struct slice branch;

	(void)from;
	if (via_open_door(m, &f->key, &generation, &branch)) {
		count(COUNT_DROPPED_FORGED);
		return;
	}
	if (!generation) {
		own_response(f, m, branch);
		return;
	}
	const struct pool_slot_view *slot = flow_slot(f, generation);
	if (!slot) {
		count(COUNT_DROPPED_STRAY);
		return;
	}
	if (m->status / 100 == 2 && (m->method == SIP_INVITE || m->method == SIP_UPDATE))
		refresh_target(f, m);
	struct buf out = outbox_begin(f->outbox);
	via_restore_worker(&out, m, &slot->sip, branch);
	const struct way to = flow_way_in(f, slot, TRANSPORT_UDP); /* as the request came from it */
	outbox_commit(f->outbox, &out, &to);
}

void
flow_send_inner(void *arg, const struct addr *to, const char *p, size_t n)
{
	struct flow *f = arg;
	const bool b = to->port == f->conf->listen.slot_b_port;
	const struct way way = {.peer = *to, .door = WAY_INNER(b), .transport = TRANSPORT_UDP};
	struct buf out = outbox_begin(f->outbox);

	buf_add(&out, p, n);
	outbox_commit(f->outbox, &out, &way);
	outbox_flush(f->outbox);
}
