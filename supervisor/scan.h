/* scan: finds the start line and the dozen fields that the supervisor needs in a SIP message and
 * leaves every other byte untouched.
 * Pure, bounded, allocation-free: the hot path and the attack surface.  Must not know: policy.
 * Compared with sofia-sip's parser in the tests: where both accept, both have read the same. */
#ifndef EVERTRUNK_SCAN_H
#define EVERTRUNK_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"

/* The methods the supervisor treats by name; every other token is SIP_OTHER. */
#define SIP_METHODS(X) \
	X(INVITE)      \
	X(ACK)         \
	X(BYE)         \
	X(CANCEL)      \
	X(OPTIONS)     \
	X(REGISTER)    \
	X(SUBSCRIBE)   \
	X(NOTIFY)      \
	X(REFER)       \
	X(UPDATE)      \
	X(INFO)        \
	X(PRACK)       \
	X(MESSAGE)     \
	X(PUBLISH)

enum sip_method {
#define X(m) SIP_##m,
	SIP_METHODS(X)
#undef X
	    SIP_OTHER,
	SIP_METHOD_COUNT
};

/* Why a message was not accepted; each has a SIP status in scan_status(). */
#define SCAN_RESULTS(X)                                          \
	X(OK, "ok", 0)                                           \
	X(PARTIAL, "partial", 0) /* a stream needs more bytes */ \
	X(START_LINE, "malformed start line", 400)               \
	X(VERSION, "SIP version not supported", 505)             \
	X(HEADER, "malformed header field", 400)                 \
	X(TOO_MANY, "too many header fields", 400)               \
	X(TOO_LARGE, "message too large", 513)                   \
	X(MISSING, "mandatory header field missing", 400)        \
	X(DUPLICATE, "header field given twice", 400)            \
	X(VIA, "malformed Via", 400)                             \
	X(CSEQ, "malformed or mismatching CSeq", 400)            \
	X(LENGTH, "wrong Content-Length", 400)                   \
	X(FORWARDS, "malformed Max-Forwards", 400)               \
	X(NAME_ADDR, "malformed From or To", 400)                \
	X(SLOW, "message not complete in time", 408) /* never the scanner's: stream.c says it */

enum scan_result {
#define X(id, text, status) SCAN_##id,
	SCAN_RESULTS(X)
#undef X
	    SCAN_RESULT_COUNT
};

/* The top Via, taken apart (RFC 3261 20.42); slices point into the message. */
struct sip_via {
	struct slice line;  /* the whole header field line that holds it, name to CRLF included */
	struct slice value; /* this value only, up to its comma or the line's end */
	struct slice transport;
	struct slice host; /* IPv6 with its brackets */
	uint16_t port;     /* 0: none given */
	struct slice branch;
	struct slice rport; /* p != NULL: the parameter is there; n == 0: without a value */
	struct slice received;
	struct slice maddr;
	bool alias;          /* RFC 5923 */
	bool more;           /* another value follows on the same line, after a comma */
	struct slice params; /* everything from the first ';' to the end of the value, or empty */
};

/* From, To: the header field's value and its tag (empty: none). */
struct sip_party {
	struct slice value;
	struct slice uri; /* inside <>, or the addr-spec without parameters */
	struct slice tag;
};

struct sip_msg {
	struct slice whole; /* all bytes, body included */
	struct slice head;  /* start line to the empty line, that one included */
	struct slice body;
	bool request;
	enum sip_method method;    /* of a response: the CSeq's */
	struct slice method_token; /* of a response: the CSeq's */
	struct slice uri;          /* Request-URI */
	unsigned status;           /* of a response */
	struct slice start_line;   /* with its CRLF */
	struct sip_via via;
	struct slice via2; /* value of the Via below the top one; empty: none */
	struct sip_party from, to;
	struct slice call_id;
	uint32_t cseq;
	struct slice cseq_value;  /* as written: number, blanks, method */
	struct slice contact;     /* first Contact value, empty: none */
	struct slice contact_uri; /* its URI */
	struct slice route;       /* first non-empty Route value */
	bool blank_route;         /* a Record-Route line without a value is among the fields */
	/* from the first to the last line of a Diversion, History-Info or x-nt-ocn-id, whatever
	 * stands between them; empty: none */
	struct slice diverted;
	struct slice user_agent;
	struct slice content_type;
	int max_forwards; /* -1: none given */
	bool has_length;
	size_t content_length;
	unsigned headers; /* header field lines */
};

/* Limits of one message. */
struct scan_limits {
	size_t bytes;     /* head and body together */
	unsigned headers; /* header field lines */
};

/* Scans the message that begins at `p`.  `stream`: the bytes may hold less or more than one
 * message (RFC 3261 18.3: Content-Length rules, and must be there); otherwise `n` is a datagram
 * (bytes beyond Content-Length are cut off, too few are SCAN_LENGTH).
 * On SCAN_OK m->whole.n tells how long the message is.  On an error past the start line as many
 * fields as were understood are filled, so that it can be answered (m->via.host.n > 0). */
enum scan_result scan_message(const char *p, size_t n, bool stream, const struct scan_limits *lim,
			      struct sip_msg *m);

const char *scan_result_name(enum scan_result r);
unsigned scan_status(enum scan_result r);

/* Walks header field lines of `head` named `name` (its compact form included).  Start with
 * *pos = 0; each call yields the next line's value, trimmed, folding kept.  false: no more. */
bool scan_header(struct slice head, const char *name, size_t *pos, struct slice *ret_value);
/* Walks all header field lines of a part of a head that begins with one, like scan_header();
 * *pos is behind the line that was given. */
bool scan_line(struct slice lines, size_t *pos, struct slice *ret_name, struct slice *ret_value);
/* Splits off the next comma-separated value (quoted strings and <> respected) from *rest. */
bool scan_value(struct slice *rest, struct slice *ret_value);

/* A SIP, SIPS or tel URI, taken apart after the last '@' of its authority (user parts may hold
 * parameters: CS1000).  0 or -EINVAL. */
struct sip_uri {
	struct slice scheme; /* without ':' */
	struct slice user;   /* with its parameters and password; empty: none */
	struct slice host;   /* IPv6 with brackets */
	uint16_t port;       /* 0: none given */
	struct slice params; /* from the first ';' after the host; '?' and what follows excluded */
};
int scan_uri(struct slice uri, struct sip_uri *ret);
/* Finds `;name` or `;name=value` in a parameter list, case-blind.  *ret_value is empty when there
 * is no '='.  false: not there. */
bool scan_param(struct slice params, const char *name, struct slice *ret_value);

#endif
