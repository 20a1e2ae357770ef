/* stream_sweep: what time does to connections: a message, a handshake or a good-bye that takes too
 * long, and silence.  See stream_room.h. */
#include <stdlib.h>

#include "supervisor/counters.h"
#include "supervisor/stream_room.h"

enum {
	SWEEP_MS = 1000,
	SWEEP_IDLE_MS = 60000, /* at the most, between looks at connections that only idle */
};

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

void
streams_wake_sweep(struct streams *s, const struct conn *c)
{
	const bool soon = mono_set(c->began) || !c->known || c->finishing;

	if (s->sweeping && (!soon || s->sweep_soon))
		return;
	s->sweeping = true;
	s->sweep_soon = soon;
	loop_timer_once(s->sweep, soon ? SWEEP_MS : idle_pause(s));
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

void
streams_sweep(void *arg)
{
	struct streams *s = arg;
	const struct mono now = loop_now(s->env.loop);
	bool soon = false;

	for (unsigned i = 0; i < STREAM_SLOTS; i++) {
		if (s->slot[i])
			sweep_conn(s, s->slot[i], now);
		const struct conn *c = s->slot[i];
		soon |= c && (mono_set(c->began) || c->finishing || !c->known);
	}
	s->sweep_soon = soon;
	s->sweeping = s->count > 0;
	if (s->sweeping)
		loop_timer_once(s->sweep, soon ? SWEEP_MS : idle_pause(s));
	streams_reap(s);
}
