/* ports: pairs of UDP sockets for RTP (even port) and RTCP (the odd one behind it) out of the
 * configured range.  Goes on behind the pair it gave last, so that what still arrives for a call
 * that has ended does not fall into the next one.  Must not know: calls. */
#ifndef EVERTRUNK_PORTS_H
#define EVERTRUNK_PORTS_H

#include <stdint.h>

#include "ipc/base/addr.h"

struct ports {
	uint16_t first; /* even */
	uint32_t pairs;
	uint32_t next; /* index of the pair to try first */
	uint8_t dscp;
};

struct port_pair {
	int rtp, rtcp;     /* descriptors, non-blocking */
	struct addr local; /* of RTP */
};

/* The whole pairs in first..last; `slot` 0 begins at the start, 1 in the middle, so that two
 * workers seldom meet.  0, or -EINVAL when there is no pair. */
int ports_init(struct ports *p, uint16_t first, uint16_t last, unsigned slot, uint8_t dscp);
/* Binds the next free pair on `ip`.  0, -EADDRINUSE when none is free, -errno. */
int ports_open(struct ports *p, const struct addr *ip, struct port_pair *ret);
void ports_close(struct port_pair *pair);

#endif
