/* stream: see stream.h.  The table of connections: how they come by our own doing, are found and
 * go; who comes in by himself is in stream_enter.c, what time does in stream_sweep.c, and what goes
 * on inside one connection in conn.c. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/counters.h"
#include "supervisor/stream_room.h"

/* Retransmissions of the kernel, each after twice the time of the one before: six seconds at least.
 * A worker says its request again after 3.5, 7.5 and 11.5 s. */
enum { DOUBT_RETRIES = 5 };

static struct conn *
find(const struct streams *s, uint32_t id)
{
	struct conn *c = id ? s->slot[id % STREAM_SLOTS] : NULL;

	return c && c->id == id ? c : NULL;
}

struct conn_env *
streams_env(struct streams *s)
{
	return &s->env;
}

uint16_t
streams_trunk(const struct streams *s, uint32_t id)
{
	const struct conn *c = find(s, id);

	return c && c->tls ? c->trunk : UINT16_MAX;
}

void
streams_alias(struct streams *s, uint32_t id, uint16_t port)
{
	struct conn *c = find(s, id);

	if (c)
		c->alias = port;
}

unsigned
streams_count(const struct streams *s)
{
	return s->count;
}

void
streams_close(struct streams *s, struct conn *c)
{
	if (c->closed)
		return;
	c->closed = true;
	s->slot[c->id % STREAM_SLOTS] = NULL;
	s->count -= way_is_inner(&c->way) ? 0 : 1;
	s->strangers -= c->known ? 0 : 1;
	loop_io_free(c->io);
	if (c->tls)
		tls_bye(c->tls);
	close(c->fd);
	c->next_dead = s->dead;
	s->dead = c;
}

void
streams_reap(struct streams *s)
{
	while (s->dead) {
		struct conn *c = s->dead;
		s->dead = c->next_dead;
		tls_session_free(c->tls);
		free(c->peer);
		free(c->in);
		free(c->out);
		free(c);
	}
}

void
streams_admit(struct streams *s, struct conn *c)
{
	const struct stream_tls *with = &s->env.tls;

	if (!with->admit(with->arg, &c->way, c->ours, c->peer, &c->trunk)) {
		count(COUNT_TLS_REFUSED);
		streams_close(s, c);
	} else if (!c->known && c->trunk != UINT16_MAX) {
		c->known = true;
		s->strangers--;
	}
}

static void
on_conn(void *arg, unsigned events)
{
	struct conn *c = arg;
	struct streams *s = c->set;

	conn_ready(c, events);
	if (!c->closed)
		streams_wake_sweep(s, c);
	streams_reap(s);
}

/* A free place in the table; the serial number makes its id one that was never used lately. */
static uint32_t
new_id(struct streams *s)
{
	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		const uint32_t at = (s->free_from + i) % STREAM_SLOTS;
		if (!s->slot[at] && at != 0) {
			s->free_from = (uint16_t)(at + 1);
			s->serial++;
			return (uint32_t)s->serial << 14 | at;
		}
	}
	return 0;
}

static void
set_option(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

/* A trunk is silent for hours: the kernel asks whether it is still there. */
static void
tune(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 120);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 30);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

enum transport
streams_transport(const struct streams *s, uint16_t door)
{
	return door >= WAY_INNER(0) ? TRANSPORT_TCP : s->plan.spec[door].transport;
}

struct conn *
streams_conn(struct streams *s, int fd, uint16_t door, const struct addr *peer, bool known)
{
	struct conn *c = calloc(1, sizeof(*c));
	const uint32_t id = c ? new_id(s) : 0;

	if (!id) {
		free(c);
		close(fd);
		return NULL;
	}
	tune(fd);
	c->set = s;
	c->fd = fd;
	c->id = id;
	c->known = known;
	c->trunk = UINT16_MAX;
	c->way = (struct way){.peer = *peer,
			      .conn = id,
			      .door = door,
			      .transport = (uint8_t)streams_transport(s, door)};
	c->last = loop_now(s->env.loop);
	c->io = loop_io_new(s->env.loop, "connection", fd, on_conn, c);
	s->slot[id % STREAM_SLOTS] = c;
	s->count += way_is_inner(&c->way) ? 0 : 1;
	s->strangers += known ? 0 : 1;
	return c;
}

/* A connection of ours to `peer` from the door's own address; NULL when it cannot even begin. */
static struct conn *
open_connection(struct streams *s, uint16_t door, const struct addr *peer)
{
	struct sockaddr_storage ss;
	struct addr local = door >= WAY_INNER(0) ? s->plan.inner : s->plan.spec[door].local;
	char text[ADDR_TEXT_MAX];
	const int fd = socket(peer->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	local.port = 0;
	socklen_t len = addr_to_sockaddr(&local, &ss);
	int failed = local.family != peer->family || bind(fd, (struct sockaddr *)&ss, len) < 0;
	len = addr_to_sockaddr(peer, &ss);
	if (failed || (connect(fd, (struct sockaddr *)&ss, len) < 0 && errno != EINPROGRESS)) {
		log_warn(LOG_STREAM, "cannot connect to %s: %s", addr_text(peer, text),
			 strerror(errno));
		close(fd);
		return NULL;
	}
	struct conn *c = streams_conn(s, fd, door, peer, true);
	if (!c)
		return NULL;
	if (door >= WAY_INNER(0))
		s->inner[door - WAY_INNER(0)] = c->id;
	else
		count(COUNT_CONNECTIONS_OPENED);
	c->connecting = c->ours = true;
	c->began = c->last;
	streams_wake_sweep(s, c);
	conn_want(c);
	return c;
}

void
streams_reset(struct streams *s, uint32_t id)
{
	static const struct linger reset = {.l_onoff = 1};
	struct conn *c = find(s, id);

	if (!c)
		return;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	streams_close(s, c);
}

void
streams_doubt(struct streams *s, uint32_t id)
{
	struct conn *c = find(s, id);
	char text[ADDR_TEXT_MAX];
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (!c || c->connecting || c->doubted ||
	    getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return;
	c->doubted = info.tcpi_unacked > 0 && info.tcpi_retransmits >= DOUBT_RETRIES;
	if (c->doubted)
		log_warn(LOG_STREAM, "connection with %s: nothing comes back, a new one is used",
			 addr_text(&c->way.peer, text));
}

static bool
usable(const struct conn *c)
{
	return c && !c->finishing && !c->doubted;
}

/* A connection with exactly this peer on this door. */
static struct conn *
find_peer(const struct streams *s, uint16_t door, const struct addr *peer)
{
	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		struct conn *c = s->slot[i];
		if (usable(c) && c->way.door == door && addr_eq(&c->way.peer, peer))
			return c;
	}
	return NULL;
}

/* The connection a way means: its own, else one with the same peer; NULL: there is none. */
static struct conn *
conn_of(const struct streams *s, const struct way *way)
{
	if (way_is_inner(way))
		return find(s, s->inner[way_slot(way)]);
	struct conn *c = find(s, way->conn);
	return usable(c) ? c : find_peer(s, way->door, &way->peer);
}

/* Whether a request of ours to `to`, of this trunk, may go on the connection. */
static bool
fits(const struct conn *c, const struct way *to, enum reuse reuse, uint16_t trunk)
{
	if (!usable(c) || c->way.transport != to->transport || way_is_inner(&c->way) ||
	    !addr_ip_eq(&c->way.peer, &to->peer) || (c->tls && c->trunk != trunk))
		return false;
	if (c->ours && c->way.peer.port == to->peer.port)
		return true;
	return reuse == REUSE_YES || (reuse == REUSE_ALIAS && c->alias == to->peer.port);
}

uint32_t
streams_pick(const struct streams *s, const struct way *to, enum reuse reuse, uint32_t call,
	     uint16_t trunk)
{
	const struct conn *own = find(s, call);

	if (usable(own) && own->way.transport == to->transport &&
	    (reuse == REUSE_YES || fits(own, to, reuse, trunk)))
		return call;
	for (unsigned i = 0; i < STREAM_SLOTS; i++)
		if (fits(s->slot[i], to, reuse, trunk))
			return s->slot[i]->id;
	return 0;
}

void
streams_write(struct streams *s, const struct way *way, const struct iovec *iov, unsigned n)
{
	struct conn *c = conn_of(s, way);

	if (!c && (way_is_inner(way) || s->count < s->env.limits.connections))
		c = open_connection(s, way->door, &way->peer);
	if (c)
		conn_write(c, iov, n);
	else
		count(COUNT_DROPPED_SEND);
}

int
streams_new(struct loop *l, const struct door_plan *plan, const struct stream_limits *limits,
	    struct streams **ret, struct buf *why)
{
	struct streams *s = calloc(1, sizeof(*s));
	int error;

	if (!s)
		return -ENOMEM;
	s->plan = *plan;
	s->env = (struct conn_env){
	    .loop = l, .limits = *limits, .plan = &s->plan, .scratch = malloc(CONN_SCRATCH)};
	s->sweep = loop_timer_new(l, "connection sweep", streams_sweep, s);
	const struct listener_hooks hooks = {s, streams_accepted};
	error = s->env.scratch ? listeners_new(l, plan, &hooks, &s->listeners, why) : -ENOMEM;
	if (error) {
		streams_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

void
streams_limits(struct streams *s, const struct stream_limits *limits)
{
	s->env.limits = *limits;
}

void
streams_tls(struct streams *s, const struct stream_tls *tls)
{
	s->env.tls = *tls;
}

void
streams_review(struct streams *s)
{
	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		struct conn *c = s->slot[i];
		if (c && c->tls && !c->shaking)
			streams_admit(s, c);
	}
	streams_reap(s);
}

void
streams_free(struct streams *s)
{
	if (!s)
		return;
	listeners_free(s->listeners);
	for (unsigned i = 0; i < STREAM_SLOTS; i++)
		if (s->slot[i])
			streams_close(s, s->slot[i]);
	streams_reap(s);
	loop_timer_free(s->sweep);
	free(s->env.scratch);
	free(s);
}
