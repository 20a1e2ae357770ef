/* stream_enter: who may come in, and how many of whom.  See stream_room.h. */
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/counters.h"
#include "supervisor/stream_room.h"

enum {
	STRANGERS = 64,       /* at a time */
	STRANGER_SHAKES = 50, /* TLS handshakes a second: each costs us a signature */
};

static unsigned
count_source(const struct streams *s, const struct addr *source)
{
	unsigned n = 0;

	for (unsigned i = 0; i < STREAM_SLOTS; i++)
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

/* Everybody may begin a TLS handshake, since a trunk may be known by its certificate alone; but
 * strangers cannot make us do nothing else. */
static bool
may_shake(struct streams *s, bool known)
{
	const struct mono now = loop_now(s->env.loop);

	if (known)
		return true;
	if (!mono_set(s->shakes_from) || mono_ms(s->shakes_from, now) >= 1000) {
		s->shakes_from = now;
		s->shakes = 0;
	}
	return s->shakes++ < STRANGER_SHAKES;
}

void
streams_accepted(void *arg, uint16_t door, int fd, const struct addr *peer)
{
	struct streams *s = arg;
	char text[ADDR_TEXT_MAX];
	const bool known = s->plan.known(s->plan.arg, peer),
		   tls = streams_transport(s, door) == TRANSPORT_TLS;

	if (s->plan.closed(s->plan.arg, peer)) {
		static const struct linger reset = {.l_onoff = 1};
		count(COUNT_SILENT_CONNECTIONS);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		return;
	}
	if (!may_enter(s, peer, known) || (tls && !may_shake(s, known))) {
		count(COUNT_CONNECTIONS_REFUSED);
		log_debug(LOG_STREAM,
			  "connection from %s refused: limits.connections or "
			  "limits.connections_per_source reached, or too many strangers",
			  addr_text(peer, text));
		close(fd);
		return;
	}
	struct conn *c = streams_conn(s, fd, door, peer, known);
	if (!c)
		return;
	if (!known || tls) /* its one request, or handshake, has limits.message_time to arrive */
		c->began = c->last;
	count(COUNT_CONNECTIONS);
	streams_wake_sweep(s, c);
	log_debug(LOG_STREAM, "connection from %s", addr_text(peer, text));
	if (tls && conn_tls_begin(c)) {
		streams_close(s, c);
		streams_reap(s);
		return;
	}
	conn_want(c);
}
