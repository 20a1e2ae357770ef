/* nat: whether a peer names an address at which nobody reaches it from here: one behind a NAT,
 * whose router does not look into its words.  Then its packets' source is the way to it, as other
 * SIP systems have it too (RFC 3581 does it for answers only, and only if the peer asks).
 * Pure.  Must not know: which field named the address, connections. */
#ifndef EVERTRUNK_NAT_H
#define EVERTRUNK_NAT_H

#include "conf/conf.h"

/* Whether `named` (family 0: a name, not an address) is to be passed over for `source`, where the
 * peer's packets come from.  auto: `named` means something only inside of a network, and `source`
 * is another address that does not.  Where both are private, either may be a router's or another
 * address of the same system: then it is believed. */
bool nat_hides(enum nat nat, const struct addr *named, const struct addr *source);

#endif
