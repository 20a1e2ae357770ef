/* hop: where a request that starts on our side goes next: first Route, else the Contact's maddr (a
 * CS1000's is reachable only so), else its host and port.
 * Pure; no names are looked up: a PBX's domain is rarely in DNS, and a stranger must not make us
 * ask.  Must not know: connections, the call table. */
#ifndef EVERTRUNK_HOP_H
#define EVERTRUNK_HOP_H

#include "conf/conf.h"
#include "supervisor/scan.h"

struct hop {
	bool literal;      /* addr holds an IP; else the host was a name */
	struct slice host; /* as it stands in the URI */
	struct addr addr;  /* family 0 unless literal; port set either way */
	bool port;         /* the URI names its port; else it is that of `transport` */
	bool said;         /* the URI names its transport */
	enum transport transport;
};

/* The top Route value if it is a loose router's (`;lr`), else the Request-URI (which is a strict
 * router's then); of that maddr, else host; port or the transport's default.  sips is TLS,
 * whatever its transport parameter says (RFC 3261 26.2.2).
 * 0, or -EINVAL when the URI cannot be read. */
int hop_next(struct slice route, struct slice uri, struct hop *ret);

#endif
