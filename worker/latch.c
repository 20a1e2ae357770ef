/* latch: see latch.h. */
#include "worker/latch.h"

enum {
	FIRST_WORD_MS = 200, /* the signalled address may speak before strangers are considered */
	SILENT_MS = 1000     /* the source has stopped: the PBX may go on from another port */
};

void
latch_signal(struct latch *l, const struct addr *signalled, struct mono now)
{
	if (addr_eq(&l->signalled, signalled))
		return;
	*l = (struct latch){.signalled = *signalled, .since = now};
}

/* A packet from somewhere else than those taken so far. */
static bool
may_move(const struct latch *l, const struct addr *from, struct mono now)
{
	bool signalled_ip = addr_ip_eq(from, &l->signalled);
	if (l->source.family == 0)
		return signalled_ip ||
		       (addr_is_private(&l->signalled) && mono_ms(l->since, now) >= FIRST_WORD_MS);
	if (addr_eq(from, &l->signalled))
		return true;
	return signalled_ip && mono_ms(l->heard, now) >= SILENT_MS;
}

bool
latch_fits(const struct latch *l, const struct addr *from, struct mono now)
{
	if (l->signalled.family == 0)
		return false;
	return addr_eq(from, &l->source) || may_move(l, from, now);
}

bool
latch_take(struct latch *l, const struct addr *from, struct mono now)
{
	if (!latch_fits(l, from, now))
		return false;
	l->source = *from;
	l->heard = now;
	return true;
}

const struct addr *
latch_target(const struct latch *l)
{
	return l->source.family != 0 ? &l->source : &l->signalled;
}

bool
latch_may_send(const struct addr *to, const struct addr *local)
{
	static const struct cidr groups[] = {{{{224}, 0, AF_INET}, 3}, {{{0xff}, 0, AF_INET6}, 8}};

	if (cidr_has(&groups[0], to) || cidr_has(&groups[1], to))
		return false;
	return !addr_is_loopback(to) || addr_is_loopback(local);
}
