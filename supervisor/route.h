/* route: what to do with a message from a trunk, as a value.
 * Pure: the whole policy of docs/design.md 3 in one decision; flow.c does what it says.
 * Must not know: how anything is sent or stored. */
#ifndef EVERTRUNK_ROUTE_H
#define EVERTRUNK_ROUTE_H

#include "conf/conf.h"
#include "supervisor/affinity.h"
#include "supervisor/pool.h"
#include "supervisor/redirected.h"
#include "supervisor/scan.h"

enum verdict_kind {
	VERDICT_DROP,     /* nothing is sent */
	VERDICT_CLOSE,    /* nothing is sent, and the connection it came by is closed */
	VERDICT_ANSWER,   /* our own answer: verdict.status */
	VERDICT_REDIRECT, /* 302 */
	VERDICT_FORWARD,  /* to the worker verdict.generation; an existing call or none at all */
	VERDICT_BEGIN,    /* the first INVITE of a call: enter it in the table, then forward */
	VERDICT_HOLD,     /* 100 Trying; decided again when a worker is there */
	VERDICT_UNHOLD,   /* CANCEL of a held INVITE: 200, and 487 to the INVITE */
};

/* Why; the same word in the log and in the tests. */
#define REASONS(X)                                   \
	X(NONE, "none")                              \
	X(STRANGER, "unknown source")                \
	X(OPTIONS, "options")                        \
	X(OUTAGE, "no worker")                       \
	X(DRAINED, "no new calls")                   \
	X(SCHEME, "unknown URI scheme")              \
	X(HOPS, "too many hops")                     \
	X(AFFINITY, "known call")                    \
	X(TAG, "generation of the tag")              \
	X(NEW_CALL, "new call")                      \
	X(FOLLOWED, "redirect followed")             \
	X(LOOPED, "redirect came back")              \
	X(DOUBTFUL, "redirect may have come back")   \
	X(CIRCLES, "redirects go in circles")        \
	X(SAVED, "redirect not understood")          \
	X(REDIRECTED, "redirected")                  \
	X(WAITING, "waiting for a worker")           \
	X(MOVED, "its worker died before answering") \
	X(ENDED, "call has ended")                   \
	X(UNKNOWN_CALL, "no such call")              \
	X(ABSORBED, "absorbed")                      \
	X(LATE_CANCEL, "cancel after the answer")    \
	X(LIMIT_CALLS, "too many calls")             \
	X(LIMIT_RATE, "too many calls a second")     \
	X(PRESSURE, "back pressure")                 \
	X(OUTSIDE, "outside any call")               \
	X(OTHER_TRUNK, "another trunk's call")       \
	X(MERGED, "the same call by another way")    \
	X(CLEAR, "TLS is required")                  \
	X(TLS, "TLS is not allowed")

enum reason {
#define X(id, word) WHY_##id,
	REASONS(X)
#undef X
	    WHY_COUNT
};

struct verdict {
	enum verdict_kind kind;
	enum reason why;
	unsigned status;     /* ANSWER */
	uint32_t generation; /* FORWARD, BEGIN */
};

/* Everything the decision looks at. */
struct route_in {
	const struct sip_msg *m;
	enum door_kind door;
	const struct trunk_conf *trunk; /* settings of the sender's trunk; NULL: a stranger */
	enum trunk_mode mode;           /* REDIRECT or PROXY, as it is now */
	bool held_too_long;             /* asked again when limits.hold has passed */
	enum reason barred;             /* why it must not use this transport; WHY_NONE: it may */
	enum reason full;               /* the limit that one more call would break, or PRESSURE;
				    WHY_NONE: none */
	const struct call *call;        /* the entry of its Call-ID, NULL: none */
	bool other_trunk;               /* that call is not the sender's trunk's */
	bool repeat;                    /* it is the INVITE that began that call, sent again */
	bool merged; /* it is that INVITE, come by another way (RFC 3261 8.2.2.2) */
	const struct redirected_call *redirected; /* the 302 that this is again; NULL: none */
	enum likeness like;                       /* how sure that is */
	bool names_slot;    /* its Request-URI names the port of a slot's door */
	bool circles;       /* 302s for its numbers go round and round (redirected.h) */
	bool redirect_late; /* that 302 should have been followed by now */
	const struct pool_view *pool;
};

struct verdict route_request(const struct route_in *in);
/* Whether a new connection of this trunk is closed at once, as if nobody listened: outage =
 * silence, and no worker that could have a call of it. */
bool route_closed(const struct pool_view *p, const struct trunk_conf *trunk);
/* Whether an INVITE outside a dialog is a redirected call that came back to the service door, so
 * surely that its trunk learns from it. */
bool route_came_back(const struct route_in *in);
const char *reason_name(enum reason r);

#endif
