/* offer: our side of offer and answer (RFC 3264) of one call: who has offered, what we said last.
 * Pure: bodies in, session descriptions and SIP statuses out.  Must not know: sofia-sip, media. */
#ifndef EVERTRUNK_OFFER_H
#define EVERTRUNK_OFFER_H

#include "worker/sdp.h"

#define OFFER_TEXT_MAX 2048 /* whatever we say fits */
#define OFFER_LINE_MAX 128  /* longest m= line that is rejected by repeating it */

struct offer {
	struct sdp_local local;   /* rtp, session_id and ptime set by the caller */
	struct sdp_remote remote; /* the other side as last heard; its slices are not to be used */
	bool waiting;             /* our offer is out, the answer is not in */
	bool said;                /* something has been said: a change raises the version */
	uint64_t sum;             /* of what was said last, the version left out */
};

/* What a body holds: 0 and its SDP read into *ret; -ENOENT: no SDP in it; else the SIP status to
 * refuse with, positive: 400 malformed, 488 nothing in common (or m= lines so
 * long that the answer would not fit). */
int offer_read(struct slice type, struct slice body, struct sdp_remote *ret);
/* Writes the answer to `theirs` and takes it as the remote side. */
void offer_answer(struct offer *o, const struct sdp_remote *theirs, struct buf *out);
/* Writes an offer of ours; the answer is awaited. */
void offer_make(struct offer *o, struct buf *out);
/* Takes `theirs` as the answer to our offer. */
void offer_take(struct offer *o, const struct sdp_remote *theirs);
/* Whether the other side has us on hold: no talk both ways, whatever music it sends (8.4). */
bool offer_is_held(const struct offer *o);

#endif
