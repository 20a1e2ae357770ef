/* ua: the SIP user agent of a worker; sofia-sip's room (NUA on loopback, media disabled in it).
 * Owns: dialogs, transactions, session timers, tags "g<generation>-...".  Everything that happens
 * comes out as our own values, everything that is to be done goes in as a verb.
 * Must not know: codecs, recordings, the channel, why a call ends.
 * Only worker/ua*.c include sofia-sip; no type of it is in any header but theirs (ua_room.h). */
#ifndef EVERTRUNK_UA_H
#define EVERTRUNK_UA_H

#include <stdbool.h>

#include "ipc/base/addr.h"
#include "ipc/base/loop.h"
#include "worker/body.h"
#include "worker/party.h"

struct ua;
struct ua_call;   /* one dialog that an INVITE began */
struct ua_notice; /* one NOTIFY that is not answered yet */

struct ua_invite {
	struct slice call_id;
	struct party_fields party;
	struct slice trunk, profile; /* what the supervisor says they are; n = 0: not a trunk's */
	struct addr peer;            /* where its answers go; family 0: not said */
	int door;         /* index in conf_doors() that the call came in by; -1: from inside */
	bool test;        /* the supervisor's self-test call */
	bool sips;        /* it asked for sips (RFC 3261 12.1.1) */
	bool takes_refer; /* its Allow names REFER */
};

enum ua_what {
	UA_OFFERED,   /* a new call: ua_own() it, then ua_answer() or ua_refuse() */
	UA_ACKED,     /* ACK of a 200 of ours; the body may be the answer to our offer */
	UA_CHANGE,    /* re-INVITE, or UPDATE: ua_answer() or ua_refuse() before returning */
	UA_REFRESHED, /* an offer in the 200 to our re-INVITE; same verbs as UA_CHANGE */
	UA_DIGIT,     /* INFO with a digit; answered already */
	UA_CANCELLED,
	UA_REFERRED, /* the final answer to our REFER: `status` */
	UA_PROGRESS, /* a NOTIFY of our REFER, answered already: `status` of the operator's call (0:
			not told), `over`: no other will come */
	UA_HUNG_UP,  /* BYE, answered already */
	UA_LOST,     /* no ACK, no session refresh: NUA is hanging up by itself */
	UA_GONE      /* the dialog is over; last event: ua_release() it now or later */
};

/* All slices are valid during the callback only. */
struct ua_event {
	enum ua_what what;
	const struct ua_invite *invite; /* UA_OFFERED */
	struct body body;               /* UA_OFFERED, UA_ACKED, UA_CHANGE, UA_REFRESHED */
	bool offerless;                 /* UA_CHANGE by UPDATE: the answer may carry no offer */
	char digit;                     /* UA_DIGIT */
	unsigned status;                /* UA_REFERRED, UA_PROGRESS */
	struct slice phrase;            /* of the status */
	bool over;                      /* UA_PROGRESS */
};
typedef void ua_event_fn(void *arg, struct ua_call *call, const struct ua_event *event);
/* A NOTIFY of ua_notify() has its final answer; it is forgotten when this returns. */
typedef void ua_noticed_fn(void *owner, unsigned status, const char *phrase);

struct ua_conf {
	struct loop *loop;
	struct addr local;      /* where to bind: the workers' address, the slot's port */
	struct addr door;       /* what a Contact nobody gave says; its port is not used */
	struct addr supervisor; /* where all SIP comes from and goes to */
	uint32_t generation;
	int64_t session_expires; /* ms; 0: no session timer offered */
	int64_t min_se;          /* ms */
	ua_event_fn *event;
	void *arg;
	ua_noticed_fn *noticed;
};

/* Binds and proves that tags carry the generation.  0 and *ret, or -errno with one line in `why`.
 * One user agent per process, and a failure is the end of it: nothing is undone. */
int ua_new(const struct ua_conf *conf, struct ua **ret, struct buf *why);
/* Waits for SIP or for the loop to have something to do, and handles the SIP.  True: the loop is to
 * get a turn (loop_turn()). */
bool ua_wait(struct ua *ua);
/* Begins to leave (calls that are still up get a BYE); ua_is_down() says when it is done. */
void ua_shutdown(struct ua *ua);
bool ua_is_down(const struct ua *ua);
/* Frees all of it; NULL is fine.  Only when it is down: NUA asserts otherwise. */
void ua_free(struct ua *ua);
/* sofia-sip's own log comes out in the room "ua" when that is at debug; follows the filter. */
void ua_follow_log(void);

/* What belongs to a call: NULL until set. */
void ua_own(struct ua_call *call, void *owner);
void *ua_owner(const struct ua_call *call);

/* 200 to the request at hand (RFC 3261 13.3.1.4), or ACK after UA_REFRESHED.  `contact` is given
 * once per dialog, "<sip:...>", NULL later; `sdp` NULL: no body. */
void ua_answer(struct ua_call *call, const char *contact, const char *sdp);
/* `status` 400..699 to the request at hand (415: with what a body may be); after UA_REFRESHED: ACK
 * without a body, then BYE. */
void ua_refuse(struct ua_call *call, unsigned status);
/* BYE.  UA_GONE follows when it is answered, or after 32 s. */
void ua_hangup(struct ua_call *call);
/* Asks the other side to call `refer_to` ("<sip:...>") instead of us: REFER (RFC 3515), of which
 * UA_REFERRED and UA_PROGRESS tell. */
void ua_refer(struct ua_call *call, const char *refer_to);
/* Forgets the call; no event comes any more. */
void ua_release(struct ua_call *call);

/* A NOTIFY that belongs to no call and no subscription (RFC 3842 3.3 lets peers agree on that). */
struct ua_notify {
	const char *uri;   /* Request-URI */
	const char *route; /* "<sip:...;lr>": where it goes; "": where the uri says */
	const char *from, *to, *contact;
	const char *event; /* "message-summary" */
	const char *type;  /* of the body */
	const char *body;
};
/* Sends it; all of it is copied.  ua_conf.noticed gets the final answer, or 408 after 32 s, never
 * inside.  NULL: out of memory. */
struct ua_notice *ua_notify(struct ua *ua, const struct ua_notify *n, void *owner);
/* Waits for no answer any more. */
void ua_forget(struct ua_notice *n);

#endif
