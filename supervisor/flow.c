/* flow: see flow.h.  The story of a message: flow_message() and flow_request(). */
#include "supervisor/flow_room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/fence.h"
#include "supervisor/nat.h"
#include "supervisor/scan_field.h"
#include "supervisor/trunk_tls.h"

enum {
	TICK_BUSY_MS = 250,
	TICK_MS = 1000,
};

void
flow_wake(struct flow *f)
{
	if (f->ticking)
		return;
	f->ticking = true;
	const bool busy = pending_count(f->pending) > 0 || f->redirect_open;
	loop_timer_once(f->tick, busy ? TICK_BUSY_MS : TICK_MS);
}

void
flow_count_response(unsigned status)
{
	static const enum counter by_class[] = {COUNT_RESP_OUT_1XX, COUNT_RESP_OUT_2XX,
						COUNT_RESP_OUT_3XX, COUNT_RESP_OUT_4XX,
						COUNT_RESP_OUT_5XX, COUNT_RESP_OUT_6XX};

	if (status >= 100 && status < 700)
		count(by_class[status / 100 - 1]);
}

static void
count_request(enum sip_method m)
{
	static const enum counter by_method[SIP_METHOD_COUNT] = {
	    [SIP_INVITE] = COUNT_REQ_IN_INVITE,   [SIP_ACK] = COUNT_REQ_IN_ACK,
	    [SIP_BYE] = COUNT_REQ_IN_BYE,         [SIP_CANCEL] = COUNT_REQ_IN_CANCEL,
	    [SIP_OPTIONS] = COUNT_REQ_IN_OPTIONS,
	};

	count(m <= SIP_OPTIONS ? by_method[m] : COUNT_REQ_IN_OTHER);
}

const char *
flow_way_text(const struct flow *f, const struct way *w, char out[128])
{
	struct buf b = {out, 0, 128, false};
	char peer[ADDR_TEXT_MAX];

	buf_str(&b, addr_text(&w->peer, peer));
	if (!way_is_inner(w))
		buf_printf(&b, " at %u/%s", f->door[w->door].local.port,
			   transport_name((enum transport)w->transport));
	return buf_cstr(&b);
}

const struct pool_slot_view *
flow_slot(const struct flow *f, uint32_t generation)
{
	const struct pool_view *v = pool_view(f->pool);

	for (int i = 0; generation && i < 2; i++)
		if (v->slot[i].generation == generation && v->slot[i].takes_sip)
			return &v->slot[i];
	return NULL;
}

struct way
flow_way_in(const struct flow *f, const struct pool_slot_view *slot, uint8_t outer)
{
	const unsigned i = (unsigned)(slot - pool_view(f->pool)->slot);

	return (struct way){.peer = slot->sip,
			    .door = WAY_INNER(i),
			    .transport = outer == TRANSPORT_UDP ? TRANSPORT_UDP : TRANSPORT_TCP};
}

/* A peer behind a NAT that has not asked for rport: the port that it names is the router's to give
 * away to others.  Its packets' source is the way to it. */
static bool
is_hidden(struct flow *f, const struct sip_msg *m, const struct way *from)
{
	const struct slice named = m->via.maddr.n > 0 ? m->via.maddr : m->via.host;
	const struct trunk *k = flow_trunk(f, from);
	struct addr a;

	if (addr_parse_ip(named, 0, &a))
		a.family = 0;
	return k && nat_hides(k->conf->nat, &a, &from->peer);
}

/* A maddr may send an answer elsewhere (RFC 3261 18.2.2), but only a trunk's, and not over the
 * fence: else strangers could aim our answers at others. */
struct way
flow_way_back(struct flow *f, const struct sip_msg *m, const struct way *from)
{
	struct way back = via_reply_way(m, from);

	if (from->transport == TRANSPORT_UDP && !addr_eq(&back.peer, &from->peer) &&
	    is_hidden(f, m, from))
		return *from;
	if (m->via.maddr.n == 0 || addr_ip_eq(&back.peer, &from->peer))
		return back;
	if (flow_trunk(f, from) &&
	    fence_allows(f->conf, &back.peer, &from->peer, &f->door[from->door].local))
		return back;
	const uint16_t port = m->via.rport.p ? from->peer.port : back.peer.port;
	back.peer = from->peer;
	back.peer.port = port;
	return back;
}

void
flow_answer(struct flow *f, const struct way *from, const struct sip_msg *m, const struct reply *r)
{
	const struct way back = flow_way_back(f, m, from);
	struct buf out = outbox_begin(f->outbox);

	reply_write(&out, m, &f->key, &from->peer, r);
	outbox_commit(f->outbox, &out, &back);
	flow_count_response(r->status);
}

int
flow_forward(struct flow *f, const struct way *from, const struct sip_msg *m, const struct trunk *k,
	     uint32_t generation)
{
	const struct pool_slot_view *slot = flow_slot(f, generation);
	const struct way back = flow_way_back(f, m, from);
	const struct via_inner inner = {f->inner_slice, k ? k->via : "", from, &back};

	if (!slot)
		return -ENOENT;
	struct buf out = outbox_begin(f->outbox);
	via_push_inner(&out, m, &f->key, &inner);
	const struct way to = flow_way_in(f, slot, from->transport);
	outbox_commit(f->outbox, &out, &to);
	return 0;
}

/* Whether a request fits the call by its To tag too.  Right Call-ID and another tag: the worker
 * refuses it, and it must not have moved the call by then. */
static bool
is_of_dialog(struct flow *f, struct call *c, const struct sip_msg *m)
{
	return !c->answered || m->to.tag.n == 0 || slice_eq(flow_dialog_tag(f, c), m->to.tag);
}

static bool
same_way(const struct way *a, const struct way *b)
{
	return a->door == b->door && a->conn == b->conn && addr_eq(&a->peer, &b->peer);
}

/* A request of a call that a worker has: its way back may have changed, its target too. */
static void
follow(struct flow *f, const struct flow_in *in, uint32_t generation)
{
	const struct sip_msg *m = in->m;
	struct call *c = in->c;

	if (c && c->state != CALL_ENDED) {
		const struct way back = flow_way_back(f, m, in->from);
		const bool refresh = m->method == SIP_UPDATE || /* early, too: RFC 3311 5.1 */
				     (c->answered && m->method == SIP_INVITE);
		if ((refresh || !same_way(&back, &c->way)) && is_of_dialog(f, c, m)) {
			c->way = back;
			if (refresh)
				flow_keep_target(f, c, m);
		}
	}
	flow_forward(f, in->from, m, in->k, generation);
}

static void
act(struct flow *f, const struct flow_in *in, const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_DROP:
		count(v->why == WHY_OUTAGE ? COUNT_SILENT_OPTIONS : COUNT_DROPPED_REPEAT);
		break;
	case VERDICT_CLOSE:
		count(COUNT_SILENT_OPTIONS);
		outbox_flush(f->outbox); /* what was answered before still leaves by it */
		streams_reset(f->streams, in->from->conn);
		break;
	case VERDICT_ANSWER:
		if (in->k && v->status >= 400)
			in->k->refused++;
		flow_answer_verdict(f, in->from, in->m, in->c, v);
		if (in->c && in->c->pending && in->m->method == SIP_INVITE &&
		    v->why != WHY_OTHER_TRUNK && v->why != WHY_MERGED) /* it waits no longer */
			flow_end(f, in->c);
		break;
	case VERDICT_REDIRECT: break; /* flow_redirect() */
	case VERDICT_FORWARD: follow(f, in, v->generation); break;
	case VERDICT_BEGIN: flow_begin(f, in, v); break;
	case VERDICT_HOLD: flow_hold(f, in); break;
	case VERDICT_UNHOLD:
		flow_answer(f, in->from, in->m, &(struct reply){.status = v->status});
		flow_unhold(f, in->c);
		break;
	}
}

/* The limit that one more call of this trunk would break. */
static enum reason
full(struct flow *f, struct trunk *k)
{
	const uint16_t index = trunk_index(&f->trunks, k);

	if (affinity_calls(f->affinity, 0) >= f->conf->limits.calls ||
	    pending_count(f->pending) >= f->conf->limits.pending)
		return WHY_LIMIT_CALLS;
	if (k->conf->max_calls && affinity_trunk_calls(f->affinity, index) >= k->conf->max_calls)
		return WHY_LIMIT_CALLS;
	if (f->pressed)
		return WHY_PRESSURE;
	return trunk_admit(k, loop_now(f->loop)) ? WHY_NONE : WHY_LIMIT_RATE;
}

/* RFC 5923: our requests to its sent-by address may go on this connection.  Only to its own IP:
 * nobody can draw to himself what is meant for others. */
static void
note_alias(struct flow *f, const struct way *from, const struct sip_msg *m)
{
	struct slice value;
	struct addr host;

	if (!scan_param(m->via.params, "alias", &value))
		return;
	if (addr_parse_ip(m->via.host, 0, &host) == 0 && !addr_ip_eq(&host, &from->peer))
		return;
	streams_alias(f->streams, from->conn, via_reply_way(m, from).peer.port);
}

/* Why the trunk must not speak over this transport. */
static enum reason
barred(const struct trunk *k, const struct way *from)
{
	if (trunk_may_speak(k->conf, (enum transport)from->transport))
		return WHY_NONE;
	return k->conf->tls == DEMAND_REQUIRED ? WHY_CLEAR : WHY_TLS;
}

/* Whether the call `c` is another trunk's than `k`. */
static bool
is_others(const struct flow *f, const struct call *c, const struct trunk *k)
{
	return c && c->trunk < f->trunks.n && c->trunk != trunk_index(&f->trunks, k);
}

/* What is known of a request of trunk `k` (NULL: a stranger's), which belongs to call `c`. */
static struct route_in
known_of(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
	 const struct call *c)
{
	const bool outside = k && m->to.tag.n == 0, other = is_others(f, c, k);
	const bool invite = outside && m->method == SIP_INVITE;
	const bool repeat = invite && c && c->invite == via_transaction(m, &f->key);
	const bool first = invite && (!c || (c->state == CALL_ENDED && (other || !repeat)));

	if ((first || (outside && m->method == SIP_OPTIONS)) && trunk_look(k, first))
		flow_look(f, k, m);
	return (struct route_in){
	    .m = m,
	    .door = f->door[from->door].kind,
	    .trunk = k ? k->conf : NULL,
	    .barred = k ? barred(k, from) : WHY_NONE,
	    .mode = k ? trunk_mode_now(k) : TRUNK_PROXY,
	    .full = first ? full(f, k) : WHY_NONE,
	    .call = c,
	    .other_trunk = other,
	    .repeat = repeat,
	    .merged = invite && c && !repeat && c->fork == flow_fork(f, m),
	    .pool = pool_view(f->pool),
	};
}

void
flow_request(struct flow *f, const struct way *from, const struct sip_msg *m, struct trunk *k,
	     bool late)
{
	const uint64_t key = affinity_key(f->affinity, m->call_id);
	struct call *c = k ? affinity_find(f->affinity, key) : NULL;
	struct route_in in = known_of(f, from, m, k, c);
	struct flow_again again;
	struct sip_msg whole;

	in.held_too_long = late;
	again.id.key = key;
	flow_look_back(f, k, &in, &again);
	const struct verdict v = route_request(&in);
	if (k) {
		k->last_seen = time(NULL);
		k->last_transport = from->transport;
	}
	if (k && k->conf->reuse == REUSE_ALIAS && from->conn)
		note_alias(f, from, m);
	if (again.was || again.names_slot)
		flow_judge(f, &in, &again, k);
	if (again.was && flow_recall(f, &in, &v, &again, &whole))
		m = &whole;
	if (v.kind == VERDICT_REDIRECT)
		flow_redirect(f, from, m, k, &again);
	else
		act(f, &(struct flow_in){from, m, k, c}, &v);
}

/* It could not be read.  A trunk gets the reason; a stranger nothing that he could use. */
static void
malformed(struct flow *f, const struct way *from, enum scan_result why, const struct sip_msg *m)
{
	const bool known = flow_trunk(f, from) != NULL;
	char where[128];

	if (way_is_inner(from) || !known || !m->request || m->via.host.n == 0 ||
	    m->method == SIP_ACK) {
		count(COUNT_DROPPED_MALFORMED);
		return;
	}
	log_info(LOG_FLOW, "message from %s: answered %u: %s", flow_way_text(f, from, where),
		 scan_status(why), scan_result_name(why));
	count(COUNT_REFUSED_MALFORMED);
	flow_answer(f, from, m, &(struct reply){.status = scan_status(why)});
}

/* sofia-sip leaves a field out of its answer that it could not read in the request (a From, and
 * says 400): the rest is enough to find the way back, and silence would be worse. */
static bool
is_bare_answer(const struct way *from, enum scan_result scanned, const struct sip_msg *m)
{
	return scanned == SCAN_MISSING && way_is_inner(from) && !m->request && m->status >= 400 &&
	       m->call_id.n > 0 && m->method_token.n > 0;
}

/* The story of a message. */
void
flow_message(void *arg, const struct way *from, enum scan_result scanned, struct sip_msg *m)
{
	struct flow *f = arg;

	if (scanned != SCAN_OK && !is_bare_answer(from, scanned, m)) {
		malformed(f, from, scanned, m);
	} else if (way_is_inner(from)) {
		flow_from_worker(f, from, m);
	} else if (m->request) {
		count_request(m->method);
		flow_request(f, from, m, flow_trunk(f, from), false);
	} else {
		count(COUNT_RESP_IN);
		flow_trunk_response(f, from, m);
	}
}

void
flow_batch(void *arg)
{
	struct flow *f = arg;

	outbox_flush(f->outbox);
	if (pending_count(f->pending) > 0 || f->redirect_open ||
	    mono_set(affinity_next(f->affinity)))
		flow_wake(f);
}
