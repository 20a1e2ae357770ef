/* flow_out: by which door and connection requests of our side leave, and where to.  See
 * flow_room.h. */
#include <errno.h>

#include "ipc/base/log.h"
#include "supervisor/fence.h"
#include "supervisor/flow_room.h"
#include "supervisor/hop.h"
#include "supervisor/nat.h"
#include "supervisor/trunk_tls.h"

/* The door of a kind and transport whose address the kernel would send from to `to`; the first that
 * fits when there is but one, or the kernel names none of ours; -1: none fits. */
static int
door_towards(struct flow *f, enum door_kind kind, enum transport t, const struct addr *to)
{
	struct addr local;
	int first = -1;
	bool several = false;

	for (size_t i = 0; i < f->ndoor; i++) {
		const struct door_spec *d = &f->door[i];
		if (d->kind != kind || d->transport != t || d->local.family != to->family)
			continue;
		several |= first >= 0;
		first = first < 0 ? (int)i : first;
	}
	if (!several || reach_local(&f->reach, to, loop_now(f->loop), &local))
		return first;
	for (size_t i = 0; i < f->ndoor; i++) {
		const struct door_spec *d = &f->door[i];
		if (d->kind == kind && d->transport == t && addr_ip_eq(&d->local, &local))
			return (int)i;
	}
	return first;
}

/* The door of the same address and kind with another transport; -1: there is none. */
static int
sister_door(const struct flow *f, const struct door_spec *like, enum transport t)
{
	for (size_t i = 0; i < f->ndoor; i++) {
		const struct door_spec *d = &f->door[i];
		if (d->transport == t && d->kind == like->kind &&
		    addr_ip_eq(&like->local, &d->local))
			return (int)i;
	}
	return -1;
}

/* The port of an address that `hop` names without one: that of trunk.address if it is that, and
 * spoken to as configured; else the transport's. */
static uint16_t
port_of(const struct trunk *k, const struct addr *to, enum transport t)
{
	if (k && t == k->conf->transport && addr_ip_eq(to, &k->conf->address))
		return k->conf->address.port;
	return t == TRANSPORT_TLS ? 5061 : 5060;
}

/* The door for a request of call `c` by transport `t` to `to`; -1: there is none, or its trunk must
 * not be spoken to that way. */
static int
door_for(struct flow *f, const struct call *c, enum transport t, const struct addr *to)
{
	const struct trunk *k = flow_trunk_of(f, c);
	const struct door_spec *door = &f->door[c->way.door];

	if (k && !trunk_may_speak(k->conf, t))
		return -1;
	if (to->family != c->way.peer.family)
		return door_towards(f, door->kind, t, to);
	return t == c->way.transport ? c->way.door : sister_door(f, door, t);
}

uint32_t
flow_connection(struct flow *f, const struct call *c, const struct way *to)
{
	const struct trunk *k = flow_trunk_of(f, c);

	if (to->transport == TRANSPORT_UDP || !k)
		return 0;
	return streams_pick(f->streams, to, k->conf->reuse, c->way.conn, c->trunk);
}

/* Whether a request may go where Route or Contact says; if not, it goes to the call's own peer, as
 * for a name.  (A PBX that puts its loopback address there is served, too.) */
static bool
may_go(const struct flow *f, const struct addr *to, const struct addr *peer,
       const struct addr *local)
{
	char text[ADDR_TEXT_MAX];

	if (fence_allows(f->conf, to, peer, local))
		return true;
	log_info(LOG_FLOW, "a peer names %s as its address: not sent there", addr_text(to, text));
	return false;
}

/* Whether a NAT hides what Route or Contact names: the call's own peer then, and by its transport.
 * By UDP that is the hole that its own packets have made. */
static bool
is_hidden(const struct call *c, const struct trunk *k, const struct hop *hop)
{
	char source[ADDR_TEXT_MAX];

	if (!k || !nat_hides(k->conf->nat, &hop->addr, &c->way.peer))
		return false;
	log_debug(LOG_FLOW, "trunk %s names %.*s, behind a NAT: sent to %s", k->conf->name,
		  (int)hop->host.n, hop->host.p, addr_text(&c->way.peer, source));
	return true;
}

/* Where a Route or Contact sends us, as far as it can be followed: an address that we may go to, or
 * the name of the trunk's domain, which stands for trunk.address.  false: nowhere. */
static bool
destination(const struct flow *f, const struct call *c, const struct trunk *k,
	    const struct hop *hop, struct addr *ret)
{
	*ret = hop->addr;
	if (hop->literal)
		return may_go(f, ret, &c->way.peer, &f->door[c->way.door].local);
	if (!k || !trunk_is_domain(k->conf, hop->host))
		return false;
	*ret = k->conf->address;
	ret->port = hop->addr.port;
	return true;
}

int
flow_way_out(struct flow *f, const struct call *c, const struct hop *hop, struct way *ret)
{
	const struct trunk *k = flow_trunk_of(f, c);
	const bool hidden = is_hidden(c, k, hop);
	struct addr to;
	bool there = !hidden && destination(f, c, k, hop, &to);
	const bool refused = hidden || (hop->literal && !there);
	enum transport t =
	    hop->said && !refused ? hop->transport : (enum transport)c->way.transport;

	int door = door_for(f, c, t, there ? &to : &c->way.peer);
	if (door < 0) { /* by the way that its call has come then */
		there = false;
		t = (enum transport)c->way.transport;
		door = door_for(f, c, t, &c->way.peer);
	}
	if (door < 0)
		return -EHOSTUNREACH;
	*ret = (struct way){
	    .peer = there ? to : c->way.peer, .door = (uint16_t)door, .transport = (uint8_t)t};
	if (there && !hop->port)
		ret->peer.port = port_of(k, &to, t);
	ret->conn = flow_connection(f, c, ret);
	return 0;
}

/* The trunk that a request outside any call is for, and where it goes: trunk.address for the
 * trunk's domain, else as it says.  -EHOSTUNREACH: nowhere. */
static int
outside(struct flow *f, const struct sip_msg *m, const struct hop *hop, struct trunk **ret_trunk,
	struct addr *ret)
{
	static const struct addr nobody = {.family = 0};
	struct trunk *k = trunks_towards(&f->trunks, hop->literal ? &hop->addr : NULL, hop->host);
	const bool own = k && (!hop->literal || addr_ip_eq(&hop->addr, &k->conf->address));

	*ret_trunk = k;
	*ret = own ? k->conf->address : hop->addr;
	ret->port = hop->addr.port;
	if (!k && (!hop->literal || m->to.tag.n == 0)) /* a dialog's peer may be anywhere */
		return -EHOSTUNREACH;
	return own || may_go(f, ret, &nobody, &nobody) ? 0 : -EHOSTUNREACH;
}

int
flow_way_outside(struct flow *f, const struct sip_msg *m, const struct hop *hop, struct way *ret,
		 struct trunk **ret_trunk)
{
	struct trunk *k;
	struct addr to;

	if (outside(f, m, hop, &k, &to))
		return -EHOSTUNREACH;
	const enum transport t = hop->said || !k ? hop->transport : k->conf->transport;
	if (k && !trunk_may_speak(k->conf, t))
		return -EHOSTUNREACH;
	const int door = door_towards(f, DOOR_SERVICE, t, &to);
	if (door < 0)
		return -EHOSTUNREACH;
	*ret = (struct way){.peer = to, .door = (uint16_t)door, .transport = (uint8_t)t};
	if (!hop->port)
		ret->peer.port = port_of(k, &to, t);
	if (k && t != TRANSPORT_UDP)
		ret->conn =
		    streams_pick(f->streams, ret, k->conf->reuse, 0, trunk_index(&f->trunks, k));
	*ret_trunk = k;
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
