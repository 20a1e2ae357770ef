/* party: who calls whom, read from what a PBX puts into an INVITE.
 * Pure: header values in, two numbers out; bounded, never fails on any bytes.
 * Must not know: sofia-sip, sockets, mailboxes. */
#ifndef EVERTRUNK_PARTY_H
#define EVERTRUNK_PARTY_H

#include <stdbool.h>

#include "ipc/base/text.h"
#include "ipc/messages.h"

/* What the INVITE says about persons; an absent field has n = 0.  Values as on the wire, folded
 * lines included: `"Name" <sip:2101;phone-context=x@y;user=phone>;reason=no-answer, <...>`. */
struct party_fields {
	struct slice asserted;  /* first P-Asserted-Identity (RFC 3325) */
	struct slice remote;    /* first Remote-Party-ID */
	struct slice privacy;   /* Privacy (RFC 3323) */
	struct slice diversion; /* last Diversion line (RFC 5806: the first diversion) */
	struct slice history;   /* first History-Info line (RFC 7044) */
	bool history_more;      /* more History-Info lines follow it */
	struct slice original;  /* x-nt-ocn-id (CS1000: original called number) */
	struct slice from_user;
	struct slice request_user;   /* user part of the Request-URI, parameters included */
	struct slice request_params; /* its URI parameters: "target=sip:1002%40x;cause=486" */
};

struct party {
	char caller[MESSAGE_PARTY_MAX]; /* "" when unknown or withheld */
	char called[MESSAGE_PARTY_MAX]; /* whose mailbox: the one first called, else the pilot */
	bool diverted;                  /* `called` is not simply what was dialled */
};

/* Caller: P-Asserted-Identity, Remote-Party-ID, From; "" for anonymous and for Privacy id.
 * Called: Diversion, History-Info, x-nt-ocn-id, RFC 4458 target, else the Request-URI. */
void party_read(const struct party_fields *in, struct party *ret);
/* The number in a user part: without parameters (split at ';') and password (':'), %xx decoded,
 * control characters dropped, cut to the room there is; always NUL-terminated. */
void party_number(struct slice user, char *out, size_t cap);
/* The user part of the first URI of a header value; n = 0 when there is none. */
struct slice party_uri_user(struct slice value);

#endif
