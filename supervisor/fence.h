/* fence: where a trunk's message must not make us send.  A Contact, a Record-Route or a Via's maddr
 * names any address it likes; ours is the only host that reaches the workers, other services of
 * this machine and its neighbours on the link, and a trunk's word is no reason to talk to those.
 * Pure.  Must not know: SIP, which message it was. */
#ifndef EVERTRUNK_FENCE_H
#define EVERTRUNK_FENCE_H

#include "conf/conf.h"

/* Whether `to` may be sent to because a message from `peer` (family 0: nobody's, a request of our
 * own making) says so.  Never: the inner addresses (inner.*, any port), an unspecified, multicast
 * or reserved address.  Else the peer's own address always; another of ours (listen.address,
 * http.address) never; a loopback or link-local one only if `local`, the address that the peer
 * called, is such too (family 0: if one of listen.address is). */
bool fence_allows(const struct conf *c, const struct addr *to, const struct addr *peer,
		  const struct addr *local);

#endif
