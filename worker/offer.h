/* offer: our side of offer and answer (RFC 3264) of one call: who has offered, what we said last,
 * and whether it is plain or secure (RFC 4568), as the trunk's `srtp` wants it:
 *
 *	            an offer of theirs                an offer of ours
 *	never       RTP/SAVP is passed over           RTP/AVP
 *	optional    RTP/SAVP before RTP/AVP           as the call is, RTP/AVP at its start
 *	required    RTP/AVP is passed over            RTP/SAVP
 *
 * Our key lives as long as its suite; a call that has become plain gets a new one.
 * Pure: bodies and random bytes in, session descriptions and SIP statuses out.
 * Must not know: sofia-sip, media. */
#ifndef EVERTRUNK_OFFER_H
#define EVERTRUNK_OFFER_H

#include "worker/sdp.h"

#define OFFER_TEXT_MAX 2048                             /* whatever we say fits */
#define OFFER_RANDOM   (SDP_OFFER_CRYPTO * SDP_KEY_MAX) /* bytes that keys are made of */

struct offer {
	enum demand srtp;         /* set by the caller, once */
	int family;               /* of our media's address: set by the caller, once */
	struct sdp_local local;   /* rtp, session_id and ptime set by the caller */
	struct sdp_remote remote; /* the other side as last heard; its slices are not to be used */
	bool waiting;             /* our offer is out, the answer is not in */
	bool said;                /* something has been said: a change raises the version */
	uint64_t sum;             /* of what was said last, the version left out */
	const char *refusal;      /* why offer_read() said no, for the log; a literal */
};

/* What a body holds, read as an offer or, while one of ours waits, as its answer: 0 and its SDP
 * read into *ret; -ENOENT: no SDP in it, nor anything else that wants to be understood; else the
 * SIP status to refuse with, positive: 400 malformed, 415 not SDP, 488 nothing in common, or m=
 * lines so long that the answer would not fit; o->refusal says it in words. */
int offer_read(struct offer *o, const struct body *body, struct sdp_remote *ret);
/* Whether the answer to `theirs` (NULL: an offer of ours) takes a new key. */
bool offer_wants_key(const struct offer *o, const struct sdp_remote *theirs);
/* Writes the answer to `theirs` and takes it as the remote side.  `random`: OFFER_RANDOM bytes of
 * which nobody knows any, used once; not looked at when offer_wants_key() said no. */
void offer_answer(struct offer *o, const struct sdp_remote *theirs, const uint8_t *random,
		  struct buf *out);
/* Writes an offer of ours; the answer is awaited. */
void offer_make(struct offer *o, const uint8_t *random, struct buf *out);
/* Takes `theirs` as the answer to our offer. */
void offer_take(struct offer *o, const struct sdp_remote *theirs);
/* Whether the other side has us on hold: no talk both ways, whatever music it sends (8.4). */
bool offer_is_held(const struct offer *o);

#endif
