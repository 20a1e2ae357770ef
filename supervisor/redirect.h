/* redirect: the Contact of the 302 (docs/design.md 3, Redirect).
 * Pure.  Must not know: when to redirect. */
#ifndef EVERTRUNK_REDIRECT_H
#define EVERTRUNK_REDIRECT_H

#include "conf/conf.h"
#include "supervisor/scan.h"

/* Writes the one Contact line: the Request-URI's user part unchanged, the literal IP of `door`,
 * `port`, transport as received, user=phone if present, maddr with the same literal IP only if the
 * request had one; style nrs: the trunk's domain as host and the IP in maddr. */
void redirect_contact(struct buf *out, const struct sip_uri *uri, const struct door_spec *door,
		      uint16_t port, const struct trunk_conf *trunk);

#endif
