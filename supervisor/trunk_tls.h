/* trunk_tls: which trunk a TLS connection is of, by the names that its certificate proves.
 * Pure.  Must not know: certificates, connections. */
#ifndef EVERTRUNK_TRUNK_TLS_H
#define EVERTRUNK_TRUNK_TLS_H

#include "supervisor/tls_name.h"
#include "supervisor/trunk.h"

/* What is known of the other end. */
struct trunk_peer {
	const struct addr *addr;
	bool ours;                     /* we connected to it */
	const struct tls_names *names; /* proved by its certificate; NULL: none */
};

/* The trunk, NULL: a stranger's.  First by a name of its tls_name (of several such trunks the one
 * with the smallest source block around the address), then by source address.  -EACCES: *ret is
 * the trunk that the address belongs to, or NULL, and the certificate that it must show is not
 * there; the connection must not be used.  That holds for where we connect to as well; when no
 * trunk has that address, a name is demanded as soon as some trunk is known by its name alone. */
int trunks_find_tls(struct trunks *t, const struct trunk_peer *peer, struct trunk **ret);

/* Whether the trunk's `tls` lets it speak over this transport. */
bool trunk_may_speak(const struct trunk_conf *k, enum transport transport);

/* The name to ask for when we connect to the address (SNI): the first of its trunk's tls_name that
 * is a host's, else its domain.  NULL: none is known. */
const char *trunks_server_name(struct trunks *t, const struct addr *peer);

#endif
