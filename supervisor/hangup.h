/* hangup: the BYE that the supervisor sends for a call whose worker is dead.
 * Pure: from the call's dialog record to the text of the request (RFC 3261 12.2.1.1, 15.1.1).
 * Must not know: which calls, how it is sent. */
#ifndef EVERTRUNK_HANGUP_H
#define EVERTRUNK_HANGUP_H

#include "ipc/base/hash.h"
#include "supervisor/affinity.h"
#include "supervisor/hop.h"

/* Writes the BYE and where it must go.  `serial` comes back in the response's Via
 * (via_open_door()).  0, or -EINVAL when the record does not tell enough. */
int hangup_write(struct buf *out, const struct dialog *d, const struct door_spec *door,
		 const struct hash_key *key, uint32_t serial, struct hop *ret_hop);

#endif
