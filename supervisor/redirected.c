/* redirected: see redirected.h. */
#include "supervisor/redirected.h"

#include <stddef.h>

void
redirected_add(struct redirected *r, uint64_t key, uint32_t cseq, struct mono now)
{
	r->place[key % REDIRECTED_PLACES] =
	    (struct redirected_call){key, mono_add(now, REDIRECTED_MS), cseq};
}

const struct redirected_call *
redirected_find(const struct redirected *r, uint64_t key, struct mono now)
{
	const struct redirected_call *c = &r->place[key % REDIRECTED_PLACES];

	return c->key == key && mono_set(c->until) && !mono_due(c->until, now) ? c : NULL;
}
