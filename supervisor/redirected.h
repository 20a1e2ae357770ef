/* redirected: which calls were lately answered with a 302: to answer their retransmissions again,
 * absorb their ACKs, and see that one has come back (docs/design.md 3, Redirect).
 * A small table in which a newer call may take an older one's place: a 302 costs no entry of the
 * call table, and what is forgotten too early is merely redirected once more.
 * Pure: time is an argument. */
#ifndef EVERTRUNK_REDIRECTED_H
#define EVERTRUNK_REDIRECTED_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/clock.h"

enum { REDIRECTED_PLACES = 4096, REDIRECTED_MS = 32000 };

struct redirected_call {
	uint64_t key; /* affinity_key() of the Call-ID */
	struct mono until;
	uint32_t cseq; /* of the INVITE that got the 302 */
};

struct redirected {
	struct redirected_call place[REDIRECTED_PLACES];
};

void redirected_add(struct redirected *r, uint64_t key, uint32_t cseq, struct mono now);
/* NULL: none that we know of. */
const struct redirected_call *redirected_find(const struct redirected *r, uint64_t key,
					      struct mono now);

#endif
