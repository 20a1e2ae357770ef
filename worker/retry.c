/* retry: see retry.h. */
#include "worker/retry.h"

#include <stddef.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, KNOCK_MS = 10 * SECOND };

int64_t
retry_pause(unsigned tries)
{
	static const int64_t pauses[] = {30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE};
	const unsigned last = sizeof(pauses) / sizeof(pauses[0]);
	if (tries < 1)
		return 0;
	return pauses[tries > last ? last - 1 : tries - 1];
}

enum fate
retry_fate(enum outcome o, int64_t age_s, int64_t expire_ms)
{
	if (o == OUTCOME_DELIVERED)
		return FATE_DONE;
	if (o == OUTCOME_NEVER)
		return FATE_BAD;
	return age_s > expire_ms / SECOND ? FATE_BAD : FATE_AGAIN;
}

bool
retry_gate_open(const struct retry_gate *g, struct mono now, struct mono *ret_until)
{
	*ret_until = g->until;
	return g->failures == 0 || mono_due(g->until, now);
}

void
retry_gate_knock(struct retry_gate *g, struct mono now)
{
	if (g->failures > 0 && mono_ms(g->tried, now) >= KNOCK_MS)
		g->until = now;
}

bool
retry_gate_tried(struct retry_gate *g, enum outcome o, struct mono now)
{
	bool was_shut = g->failures > 0;
	g->tried = now;
	if (o == OUTCOME_OUTAGE) {
		g->failures++;
		g->until = mono_add(now, retry_pause(g->failures));
		return false;
	}
	g->failures = 0;
	return was_shut;
}
