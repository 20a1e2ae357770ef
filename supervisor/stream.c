/* stream: see stream.h.  The table of connections, its limits and its sweep; what goes on inside
 * one connection is conn.c. */
#include "supervisor/stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/conn.h"
#include "supervisor/counters.h"
#include "supervisor/listener.h"

enum {
	SLOTS = 16384,  /* more than limits.connections can be */
	STRANGERS = 64, /* at a time */
	SWEEP_MS = 1000,
	SWEEP_IDLE_MS = 60000, /* at the most, between looks at connections that only idle */
};

struct streams {
	struct conn_env env;
	struct door_plan plan;
	struct listeners *listeners;
	uint32_t inner[2]; /* the connection to each slot's worker */
	struct loop_timer *sweep;
	bool sweeping, sweep_soon; /* the timer runs; at its short period */
	struct conn *dead;
	unsigned count, strangers;
	uint16_t serial, free_from; /* where to look for a free slot */
	struct conn *slot[SLOTS];
};

static struct conn *
find(const struct streams *s, uint32_t id)
{
	struct conn *c = id ? s->slot[id % SLOTS] : NULL;

	return c && c->id == id ? c : NULL;
}

struct conn_env *
streams_env(struct streams *s)
{
	return &s->env;
}

bool
streams_alive(const struct streams *s, uint32_t id)
{
	return find(s, id) != NULL;
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
	s->slot[c->id % SLOTS] = NULL;
	s->count -= way_is_inner(&c->way) ? 0 : 1;
	s->strangers -= c->known ? 0 : 1;
	loop_io_free(c->io);
	close(c->fd);
	c->next_dead = s->dead;
	s->dead = c;
}

/* Frees what was closed during an earlier callback, when nobody holds a pointer any more. */
static void
reap(struct streams *s)
{
	while (s->dead) {
		struct conn *c = s->dead;
		s->dead = c->next_dead;
		free(c->in);
		free(c->out);
		free(c);
	}
}

static void
on_conn(void *arg, unsigned events)
{
	struct conn *c = arg;
	struct streams *s = c->set;

	conn_ready(c, events);
	if (!c->closed && (mono_set(c->began) || !c->known || c->finishing) && !s->sweep_soon) {
		s->sweep_soon = s->sweeping = true;
		loop_timer_once(s->sweep, SWEEP_MS);
	}
	reap(s);
}

/* How often to look for connections that have been silent for too long: often enough for a short
 * limit, and hardly ever for a long one. */
static int64_t
idle_pause(const struct streams *s)
{
	const int64_t idle = s->env.limits.idle;

	if (idle <= 0 || idle / 4 > SWEEP_IDLE_MS)
		return SWEEP_IDLE_MS;
	return idle / 4 > SWEEP_MS ? idle / 4 : SWEEP_MS;
}

/* A free place in the table; the serial number makes its id one that was never used lately. */
static uint32_t
new_id(struct streams *s)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		const uint32_t at = (s->free_from + i) % SLOTS;
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

/* Takes ownership of `fd`; NULL (and fd closed) when there is no room. */
static struct conn *
conn_new(struct streams *s, int fd, uint16_t door, const struct addr *peer, bool known)
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
	c->way = (struct way){.peer = *peer, .conn = id, .door = door, .transport = TRANSPORT_TCP};
	c->last = loop_now(s->env.loop);
	c->io = loop_io_new(s->env.loop, "connection", fd, on_conn, c);
	s->slot[id % SLOTS] = c;
	s->count += way_is_inner(&c->way) ? 0 : 1;
	s->strangers += known ? 0 : 1;
	if (!s->sweeping || (!known && !s->sweep_soon)) {
		s->sweeping = true;
		s->sweep_soon = !known;
		loop_timer_once(s->sweep, known ? idle_pause(s) : SWEEP_MS);
	}
	return c;
}

static unsigned
count_source(const struct streams *s, const struct addr *source)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		if (s->slot[i] && addr_ip_eq(&s->slot[i]->way.peer, source))
			n++;
	return n;
}

static bool
may_enter(struct streams *s, const struct addr *peer, bool known)
{
	if (s->count >= s->env.limits.connections || (!known && s->strangers >= STRANGERS))
		return false;
	return count_source(s, peer) < s->env.limits.per_source;
}

static void
on_accepted(void *arg, uint16_t door, int fd, const struct addr *peer)
{
	struct streams *s = arg;
	char text[ADDR_TEXT_MAX];
	const bool known = s->plan.known(s->plan.arg, peer);

	if (s->plan.closed(s->plan.arg, peer)) {
		static const struct linger reset = {.l_onoff = 1};
		count(COUNT_SILENT_CONNECTIONS);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		return;
	}
	if (!may_enter(s, peer, known)) {
		count(COUNT_CONNECTIONS_REFUSED);
		log_debug(LOG_STREAM,
			  "connection from %s refused: limits.connections or "
			  "limits.connections_per_source reached",
			  addr_text(peer, text));
		close(fd);
		return;
	}
	struct conn *c = conn_new(s, fd, door, peer, known);
	if (!c)
		return;
	if (!known) /* its one request has limits.message_time to arrive */
		c->began = c->last;
	count(COUNT_CONNECTIONS);
	log_debug(LOG_STREAM, "connection from %s", addr_text(peer, text));
	loop_io_want(c->io, LOOP_READ);
}

/* What time has done to one connection. */
static void
sweep_conn(struct streams *s, struct conn *c, struct mono now)
{
	const struct stream_limits *lim = &s->env.limits;

	if (mono_set(c->began) && mono_ms(c->began, now) >= lim->message_time) {
		conn_too_slow(c);
	} else if (c->finishing && mono_ms(c->last, now) >= lim->message_time) {
		streams_close(s, c);
	} else if (lim->idle && mono_ms(c->last, now) >= lim->idle && !way_is_inner(&c->way)) {
		count(COUNT_CONNECTIONS_IDLE);
		streams_close(s, c);
	} else if (c->in_n == 0 && c->in) { /* its last burst is over: give the buffer back */
		free(c->in);
		c->in = NULL;
		c->in_cap = 0;
	}
}

static void
on_sweep(void *arg)
{
	struct streams *s = arg;
	const struct mono now = loop_now(s->env.loop);
	bool soon = false;

	for (unsigned i = 0; i < SLOTS; i++) {
		if (s->slot[i])
			sweep_conn(s, s->slot[i], now);
		const struct conn *c = s->slot[i];
		soon |= c && (mono_set(c->began) || c->finishing || !c->known);
	}
	s->sweep_soon = soon;
	s->sweeping = s->count > 0;
	if (s->sweeping)
		loop_timer_once(s->sweep, soon ? SWEEP_MS : idle_pause(s));
	reap(s);
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
	struct conn *c = conn_new(s, fd, door, peer, true);
	if (!c)
		return NULL;
	if (door >= WAY_INNER(0))
		s->inner[door - WAY_INNER(0)] = c->id;
	else
		count(COUNT_CONNECTIONS_OPENED);
	c->connecting = true;
	c->began = c->last;
	loop_io_want(c->io, LOOP_WRITE);
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

/* A connection with exactly this peer on this door. */
static struct conn *
find_peer(const struct streams *s, uint16_t door, const struct addr *peer)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct conn *c = s->slot[i];
		if (c && c->way.door == door && !c->finishing && addr_eq(&c->way.peer, peer))
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
	return c && !c->finishing ? c : find_peer(s, way->door, &way->peer);
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
	s->env = (struct conn_env){l, *limits, &s->plan, malloc(CONN_SCRATCH)};
	s->sweep = loop_timer_new(l, "connection sweep", on_sweep, s);
	error =
	    s->env.scratch ? listeners_new(l, plan, on_accepted, s, &s->listeners, why) : -ENOMEM;
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
streams_free(struct streams *s)
{
	if (!s)
		return;
	listeners_free(s->listeners);
	for (unsigned i = 0; i < SLOTS; i++)
		if (s->slot[i])
			streams_close(s, s->slot[i]);
	reap(s);
	loop_timer_free(s->sweep);
	free(s->env.scratch);
	free(s);
}
