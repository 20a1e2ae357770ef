/* flow_worker: messages from the workers on their way to a trunk, and the trunks' responses to
 * them on their way back.  See flow_room.h. */
#include <errno.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/fence.h"
#include "supervisor/flow_room.h"
#include "supervisor/hop.h"
#include "supervisor/trunk_tls.h"

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

/* The door of the same address and kind with another transport, or any of the family and
 * transport when `like` is none; -1: there is none. */
static int
find_door(const struct flow *f, const struct door_spec *like, enum transport t, uint16_t family)
{
	for (size_t i = 0; i < f->ndoor; i++) {
		const struct door_spec *d = &f->door[i];
		if (d->transport != t || d->local.family != family)
			continue;
		if (!like || (like->kind == d->kind && addr_ip_eq(&like->local, &d->local)))
			return (int)i;
	}
	return -1;
}

static uint16_t
default_port(enum transport t)
{
	return t == TRANSPORT_TLS ? 5061 : 5060;
}

/* The door for a request of call `c` (NULL: of none) by transport `t`; -1: there is none, or its
 * trunk must not be spoken to that way. */
static int
door_for(struct flow *f, const struct call *c, enum transport t, uint16_t family)
{
	const struct trunk *k = c ? flow_trunk_of(f, c) : NULL;

	if (k && !trunk_may_speak(k->conf, t))
		return -1;
	if (c && t == c->way.transport && family == c->way.peer.family)
		return c->way.door;
	return find_door(f, c ? &f->door[c->way.door] : NULL, t, family);
}

/* The connection to take, 0: a new one. */
static uint32_t
connection_for(struct flow *f, const struct call *c, const struct way *to)
{
	const struct trunk *k = c ? flow_trunk_of(f, c) : NULL;

	if (to->transport == TRANSPORT_UDP || !k)
		return 0;
	return streams_pick(f->streams, to, k->conf->reuse, c->way.conn, c->trunk);
}

/* Whether a request may go where Route or Contact says; if not, it goes to the call's own peer, as
 * for a name.  (A PBX that puts its loopback address there is served, too.) */
static bool
may_go(const struct flow *f, const struct call *c, const struct hop *hop)
{
	static const struct addr nobody = {.family = 0};
	const struct addr *peer = c ? &c->way.peer : &nobody;
	const struct addr *local = c ? &f->door[c->way.door].local : &nobody;
	char text[ADDR_TEXT_MAX];

	if (!hop->literal || fence_allows(f->conf, &hop->addr, peer, local))
		return hop->literal;
	log_info(LOG_FLOW, "a peer names %s as its address: not sent there",
		 addr_text(&hop->addr, text));
	return false;
}

int
flow_way_out(struct flow *f, const struct call *c, const struct hop *hop, struct way *ret)
{
	bool literal = may_go(f, c, hop);
	const bool refused = hop->literal && !literal;
	enum transport t =
	    !c || (hop->said && !refused) ? hop->transport : (enum transport)c->way.transport;

	if (!literal && !c)
		return -EHOSTUNREACH;
	int door = door_for(f, c, t, literal ? hop->addr.family : c->way.peer.family);
	if (door < 0 && c) { /* by the way that its call has come then */
		literal = false;
		t = (enum transport)c->way.transport;
		door = door_for(f, c, t, c->way.peer.family);
	}
	if (door < 0)
		return -EHOSTUNREACH;
	*ret = (struct way){.peer = literal ? hop->addr : c->way.peer,
			    .door = (uint16_t)door,
			    .transport = (uint8_t)t};
	if (literal && !hop->port)
		ret->peer.port = default_port(t);
	ret->conn = connection_for(f, c, ret);
	return 0;
}

struct door_spec
flow_door_shown(struct flow *f, uint16_t door, const struct call *c)
{
	const struct trunk *k = c ? flow_trunk_of(f, c) : NULL;
	struct door_spec d = f->door[door];

	if (k && k->conf->external_address.family == d.local.family) {
		const uint16_t port = d.local.port;
		d.local = k->conf->external_address;
		d.local.port = port;
	}
	return d;
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
		to->conn = connection_for(f, c, to);
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

static void
worker_request(struct flow *f, const struct way *from, const struct sip_msg *m, uint32_t generation)
{
	struct call *c = flow_find(f, m->call_id);
	struct hop hop;
	struct way to;

	if (hop_next(m->route, m->uri, &hop) || flow_way_out(f, c, &hop, &to)) {
		log_warn(LOG_FLOW, "%.*s of generation %u: no way to %.*s", (int)m->method_token.n,
			 m->method_token.p, generation, (int)m->uri.n, m->uri.p);
		if (m->method != SIP_ACK)
			flow_answer(f, from, m, &(struct reply){.status = 503});
		return;
	}
	if (!c) /* a call of its own making: what comes back must find it */
		c = flow_enter(f, m->call_id, CALL_ENDED, generation);
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
