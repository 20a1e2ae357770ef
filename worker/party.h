/* party: who calls whom, read from what a PBX puts into an INVITE, as its trunk says to read it.
 * Pure: header values in, two numbers out; bounded, never fails on any bytes.
 * Must not know: sofia-sip, sockets, mailboxes. */
#ifndef EVERTRUNK_PARTY_H
#define EVERTRUNK_PARTY_H

#include <stdbool.h>

#include "conf/conf.h"
#include "ipc/base/text.h"
#include "ipc/messages.h"
#include "worker/skip.h"

enum {
	PARTY_LINES = 16
}; /* of one header; what comes between the first and the last is left out */

/* The lines of one header, in the order of the message. */
struct party_lines {
	struct slice line[PARTY_LINES];
	size_t n;
};

/* What the INVITE says about persons; an absent field has n = 0.  Values as on the wire, folded
 * lines included: `"Name" <sip:2101;phone-context=x@y;user=phone>;reason=no-answer, <...>`. */
struct party_fields {
	struct party_lines asserted;  /* P-Asserted-Identity (RFC 3325) */
	struct party_lines remote;    /* Remote-Party-ID (draft-ietf-sip-privacy) */
	struct slice privacy;         /* Privacy (RFC 3323) */
	struct party_lines diversion; /* Diversion (RFC 5806): the latest diversion first */
	struct party_lines history;   /* History-Info (RFC 7044) */
	struct slice original;        /* x-nt-ocn-id (CS1000: original called number) */
	struct slice from_user, from_host;
	struct slice request_user;   /* user part of the Request-URI, parameters included */
	struct slice request_params; /* its URI parameters: "target=sip:1002%40x;cause=486" */
};

struct party {
	char caller[MESSAGE_PARTY_MAX]; /* "" when unknown or withheld */
	char called[MESSAGE_PARTY_MAX]; /* whose mailbox: a diverting party, else the pilot */
	bool diverted;                  /* `called` is not simply what was dialled */
};

/* One more line of a header. */
void party_add(struct party_lines *lines, struct slice value);
/* Caller: P-Asserted-Identity, Remote-Party-ID, From; "" for anonymous and for Privacy id.
 * Called: the sources of trunk->diversion in that order, of each the end trunk->diverting; the
 * first that names somebody else than the Request-URI wins, and when none does, the latter.  `skip`
 * knows numbers that are nobody's (attendants) and are passed over; NULL: there are none. */
void party_read(const struct party_fields *in, const struct trunk_conf *trunk,
		const struct skip *skip, struct party *ret);

#endif
