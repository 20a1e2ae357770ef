/* reach: by which of this machine's addresses another one is reached.
 * Owns: what the kernel's routing table has said lately.  Must not know: doors, SIP. */
#ifndef EVERTRUNK_REACH_H
#define EVERTRUNK_REACH_H

#include "ipc/base/addr.h"
#include "ipc/base/clock.h"

enum {
	REACH_PLACES = 64,    /* destinations remembered; the oldest goes */
	REACH_MS = 60 * 1000, /* how long: routes change */
};

struct reach_place {
	struct addr to, local;
	struct mono until; /* unset: free */
};

struct reach {
	struct reach_place place[REACH_PLACES]; /* all zero at the start */
	unsigned next;
};

/* The address (port 0) that a packet to `to` would leave from: asks the kernel with a connected UDP
 * socket, which sends nothing.  0 and *ret, or -errno (no route). */
int reach_local(struct reach *r, const struct addr *to, struct mono now, struct addr *ret);

#endif
