/* caller: the messages of a calling PBX: an INVITE as a CUCM writes it (1,308 bytes), ACK and BYE.
 * Owns: their text and how an answer is brought home to its call: every branch and Call-ID carries
 * a kind, the slot of the call and its number.
 * Must not know: sockets, time, what is measured. */
#ifndef EVERTRUNK_BENCH_CALLER_H
#define EVERTRUNK_BENCH_CALLER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"

enum { CALLER_INVITE_BYTES = 1308, CALLER_TEXT = 512, CALLER_SDP = 600 };

struct caller {
	char invite[2048]; /* with holes for the id */
	size_t ninvite;
	size_t hole[3]; /* branch, From tag, Call-ID */
	char via[96];   /* "Via: SIP/2.0/UDP 1.2.3.4:5060;branch=z9hG4bK" */
	char from[160]; /* "From: ...;tag=" and what follows the id there */
	char from_tail[80];
	char run[16]; /* "-1a2b3c4d@1.2.3.4": makes this run's Call-IDs its own */
	char uri[64];
};

struct caller_setup {
	struct sockaddr_in local, peer, media; /* media.sin_port 0: 24586 */
	bool tcp;
	bool pad;           /* to CALLER_INVITE_BYTES */
	const char *crypto; /* the a=crypto line of an offer of RTP/SAVP; NULL: RTP/AVP */
};

/* What of a call its ACK and BYE need. */
struct caller_dialog {
	char to[CALLER_TEXT];     /* header line with CRLF; n = 0: none yet */
	char target[CALLER_TEXT]; /* URI of the Contact */
	size_t nto, ntarget;
};

/* Whose answer it is. */
struct caller_id {
	char kind; /* 'i' INVITE, 'a' ACK, 'b' BYE */
	uint32_t slot, number;
};

void caller_init(struct caller *c, const struct caller_setup *s);
/* Each writes one message to `out` (2 KiB) and returns its length. */
size_t caller_invite(const struct caller *c, const struct caller_id *id, char *out);
size_t caller_bye(const struct caller *c, const struct caller_id *id, const struct caller_dialog *d,
		  char *out);
/* The ACK of a 2xx, or of a failure (`d->to` with the answer's tag, the INVITE's own branch). */
size_t caller_ack(const struct caller *c, const struct caller_id *id, const struct caller_dialog *d,
		  bool success, char *out);
/* Status of an answer (0: it is no response but an echo) and the call it belongs to.
 * false: neither. */
bool caller_answer(struct slice message, unsigned *ret_status, struct caller_id *ret_id);
/* Takes To and Contact from an answer.  false: they are not there. */
bool caller_dialog(struct slice message, struct caller_dialog *ret);

#endif
