/* hangup: the BYE that the supervisor sends for a call whose worker is dead.
 * Pure: from the call's dialog record to the text of the request (RFC 3261 12.2.1.1, 15.1.1).
 * Must not know: which calls, how it is sent. */
#ifndef EVERTRUNK_HANGUP_H
#define EVERTRUNK_HANGUP_H

#include "ipc/base/hash.h"
#include "supervisor/affinity.h"
#include "supervisor/hop.h"

/* What our Via in it is made of. */
struct hangup_via {
	const struct hash_key *key;
	const struct door_spec *door; /* by which the BYE leaves, as its peer is to see it */
	uint32_t serial;              /* comes back in the response's Via (via_open_door()) */
};

/* Writes the BYE, and to *ret_hop where it must go (slices of `d` and `out`).  0, or -EINVAL when
 * the record does not tell enough or `out` is full. */
int hangup_write(struct buf *out, const struct dialog *d, const struct hangup_via *via,
		 struct hop *ret_hop);
/* Whether the first router on the dialog's way is a strict one (no `;lr`): a request to it has its
 * URI as Request-URI, and what stands in Route comes after it (12.2.1.1). */
bool hangup_is_strict(const struct dialog *d);

#endif
