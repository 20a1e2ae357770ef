/* reply: the responses that the supervisor makes itself, without keeping any state.
 * Pure.  Must not know: why something is answered so (route.c), where it goes. */
#ifndef EVERTRUNK_REPLY_H
#define EVERTRUNK_REPLY_H

#include "ipc/base/addr.h"
#include "ipc/base/hash.h"
#include "supervisor/scan.h"

/* Header field lines of our own answers.  No REFER: nobody can transfer our side of a call. */
#define REPLY_ALLOW "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, NOTIFY\r\n"
/* With them what the 200 to OPTIONS says of our workers (RFC 3261 11.2). */
#define REPLY_ABLE                                                                              \
	REPLY_ALLOW "Accept: application/sdp, multipart/mixed\r\nAccept-Encoding: identity\r\n" \
		    "Supported: timer, 100rel\r\n"

struct reply {
	unsigned status;
	const char *reason; /* NULL: the standard phrase of the status */
	struct slice
	    lines; /* complete header field lines to add (Contact, Retry-After), or empty */
	struct slice to_tag; /* a tag to use; empty: a keyed hash of the request, so that a
				retransmission gets the same answer (RFC 3261 8.2.7) */
};

/* Writes the response to `m`, which may be malformed: what was understood of Via, From, To,
 * Call-ID and CSeq is copied, all Vias in order, the top one with received and rport. */
void reply_write(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
		 const struct addr *src, const struct reply *r);
/* "Moved Temporarily"; for a code that is not registered what its class means. */
const char *reply_phrase(unsigned status);

#endif
