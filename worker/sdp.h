/* sdp: session descriptions (RFC 4566, 3264) as far as one G.711 voice stream needs them.
 * Pure and bounded; takes what real PBXs send (c= only under m=, tcap/pcfg,
 * X-nt-inforeq, no rtpmap for static types).  SRTP is RTP/SAVP with a=crypto (RFC 4568); a=crypto
 * under RTP/AVP is a best-effort offer and is passed over.  Must not know: sockets, SIP. */
#ifndef EVERTRUNK_SDP_H
#define EVERTRUNK_SDP_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "worker/body.h"
#include "worker/sdp_crypto.h"

enum sdp_codec { SDP_PCMU, SDP_PCMA, SDP_CODECS };
enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

#define SDP_MEDIA_MAX      8
#define SDP_LINE_MAX       128 /* of an m= line that is repeated as it is (RFC 3264 6) */
#define SDP_OFFER_EVENT_PT 101 /* telephone-event in our own offers */
#define SDP_OFFER_CRYPTO   2   /* a=crypto lines in our own offers */

/* What the other side said, reduced to what we use. */
struct sdp_remote {
	struct addr rtp;  /* where it wants audio; port 0 or 0.0.0.0: none (hold, RFC 3264 8.4) */
	struct addr rtcp; /* a=rtcp or RTP port + 1 */
	enum sdp_codec codec; /* the first of its list that we speak */
	uint8_t codec_pt;
	int dtmf_pt;                  /* telephone-event payload type, -1: none */
	unsigned ptime;               /* 0: not said */
	enum sdp_direction direction; /* as the remote sees it; c=0.0.0.0 counts as its hold */
	struct sdp_crypto crypto;     /* its key; SDP_PLAIN: plain RTP */
	unsigned audio;               /* index of the m= line taken */
	unsigned nmedia;              /* m= lines in all */
	struct slice media_line[SDP_MEDIA_MAX]; /* "audio 5208 RTP/AVP 0 8": for rejecting the rest;
					  one format is left of a line above SDP_LINE_MAX */
};

/* Our side. */
struct sdp_local {
	struct addr rtp;
	uint64_t session_id;
	uint64_t version; /* raised by one whenever what we say changes */
	unsigned ptime;
	/* Of an offer as many as it lists, of an answer one; ncrypto 0: plain RTP. */
	struct sdp_crypto crypto[SDP_OFFER_CRYPTO];
	unsigned ncrypto;
};

/* The SDP inside a SIP body: the body itself for application/sdp (or no type), else the first
 * application/sdp part of any multipart, with or without the closing boundary, whatever its other
 * parts are.
 * 0; -ENOENT: there is none, and what there is says that it may be passed over (RFC 3204,
 * handling=optional); -EMEDIUMTYPE: there is none, but something that wants to be understood (RFC
 * 3261 8.2.3), an encoding too; -EINVAL: multipart without a usable boundary. */
int sdp_from_body(const struct body *body, struct slice *ret);
/* What a stream must be like to be taken. */
struct sdp_terms {
	enum demand srtp; /* RTP/SAVP is passed over, preferred, or the only transport */
	int family;       /* of its address (RFC 4091 offers both); 0: either */
};
/* Reads an offer or an answer.  0; -EINVAL malformed (400); -ENOTSUP no audio stream with a
 * codec in common, an address that is a name, or more than SDP_MEDIA_MAX streams;
 * -EPROTONOSUPPORT there is audio, but not in a transport that terms->srtp allows; -EAFNOSUPPORT
 * but no address of our family; -ENOKEY no a=crypto line of it can be used (488 all four).
 * `ret` points into `sdp`. */
int sdp_read(struct slice sdp, const struct sdp_terms *terms, struct sdp_remote *ret);
/* Writes the answer to `offer`: our one audio stream, with our first key when it is RTP/SAVP; port
 * 0 for every other m= line. */
void sdp_answer(struct buf *out, const struct sdp_local *local, const struct sdp_remote *offer);
/* Writes an offer of PCMU, PCMA and telephone-event 101, as RTP/SAVP when we have keys. */
void sdp_offer(struct buf *out, const struct sdp_local *local);

#endif
