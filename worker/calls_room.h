/* calls_room: what the files of the room "calls" share.  Nobody else includes it. */
#ifndef EVERTRUNK_CALLS_ROOM_H
#define EVERTRUNK_CALLS_ROOM_H

#include "worker/access.h"
#include "worker/attempts.h"
#include "worker/call.h"
#include "worker/calls.h"
#include "worker/dialogue.h"
#include "worker/greeting.h"
#include "worker/offer.h"
#include "worker/transfer.h"
#include "worker/whose.h"

struct calls {
	struct calls_parts with;
	struct door_spec doors[CONF_DOORS];
	size_t ndoors;
	struct call *first;
	uint32_t count;
	uint64_t serial; /* makes SDP session ids of */
	bool full;       /* calls are being refused for want of room; said once */
	char sdp[OFFER_TEXT_MAX];
	char contact[192];
	char greetings[GREETING_FOLDER_MAX], logons[ATTEMPTS_FOLDER_MAX];
	struct logon *waiting; /* to be checked, first to last */
	unsigned checking;     /* on the pool now */
	bool freed;            /* and then to be deleted */
	uint64_t logons_right, logons_wrong, logons_locked;
	uint64_t escapes_star, escapes_zero, missed, important, private_;
};

struct call {
	struct calls *all;
	struct call *next, **link;
	struct ua_call *ua;
	struct media_call *media; /* NULL before it is open and after it is closed */
	struct loop_timer *limit;
	enum call_state state;
	enum call_cause cause;
	uint16_t status; /* we refused with it, else 0 */
	uint16_t call_id_len;
	bool test;
	char call_id[MESSAGE_CALL_ID_MAX];
	const struct trunk_conf *trunk; /* its settings; of all's settings */
	struct transfer transfer;
	struct loop_timer *transfer_limit; /* NULL: nobody has asked for the operator */
	bool transfer_refused;             /* said once */
	struct whose whose;
	struct offer offer;
	struct dialogue dialogue;
	struct access access;             /* in place of the dialogue, with WHOSE_OWNER */
	struct logon *logon;              /* NULL: no PIN is being checked */
	struct removal *removal;          /* NULL: no greeting is being removed */
	const struct prompt_set *prompts; /* in the mailbox's language */
	struct greeting_fetch *fetch;     /* NULL: no greeting is on its way */
	struct play personal;             /* n = 0: none */
	bool escaped;                     /* has asked for the operator: counted once */
	bool important, private_;         /* as the caller has marked the message */
	const char *answer;          /* the SDP to answer with; valid while one event is handled */
	struct mono answered, ended; /* not set: never was */
	uint32_t recorded_ms;
};

/* Lets `event` happen to the call; it may be gone afterwards. */
void calls_step(struct call *c, enum call_event event);
/* A call for an INVITE, in the list and reported as begun.  NULL: out of memory. */
struct call *calls_begin(struct calls *all, struct ua_call *ua, const struct ua_invite *in);
/* What its PBX is told instead of our address `at`: the same, or trunk.external_address. */
struct addr calls_shown(const struct call *c, const struct addr *at);
/* Opens its media for the door it came in by.  0 or -errno. */
int calls_open_media(struct call *c, const struct ua_invite *in);
/* What the header file says of it; with a new name every time. */
struct spool_header calls_header(const struct call *c);

/* ---- calls_answer.c ---- */

/* The call is up: greeting, tone, recording; or the words of a refusal. */
void calls_greet(struct call *c);
/* Begins the dialogue, when all that is needed for it is there. */
void calls_talk(struct call *c);
/* The caller has pressed a key. */
void calls_key(struct call *c, char key);
/* MEDIA_SAID, MEDIA_SILENCE, MEDIA_LIMIT, MEDIA_KEPT or MEDIA_NOT_KEPT. */
void calls_heard(struct call *c, enum media_event event);
/* The media is closed, c->recorded_ms says what the spool has; COMMITTED follows, when a missed
 * call is in the spool too. */
void calls_recorded(struct call *c, int error);

/* Adds the greeting in force, as fetched. */
void calls_add_greeting(struct call *c, struct phrase *p);

/* ---- calls_access.c ---- */

/* The same for a mailbox's owner: begins, a key, what calls_heard() gets. */
void calls_access(struct call *c);
void calls_access_key(struct call *c, char key);
void calls_access_heard(struct call *c, enum media_event event);
/* Greeting and PIN that he waits for. */
void calls_access_fetched(struct call *c);
void calls_access_checked(struct call *c, bool right);
void calls_access_forget(struct call *c);

/* ---- calls_logon.c ---- */

/* Checks what c->access has; calls_access_checked() follows, with c->whose the mailbox's if it is
 * right. */
void calls_check(struct call *c);
void calls_forget_check(struct call *c);
/* Frees `all`: nothing is on the pool any more. */
void calls_delete(struct calls *all);

/* ---- calls_greeting.c ---- */

/* Whether the mailbox may have a greeting of its own: a file, or one recorded by telephone. */
bool calls_has_greeting(const struct call *c);
/* Fetches it; calls_talk(), or calls_access_fetched(), follows in a later turn of the loop.
 * Nothing of one that was fetched before may be being said. */
void calls_fetch_greeting(struct call *c);
void calls_forget_greeting(struct call *c);

/* ---- calls_transfer.c ---- */

/* The caller wants the operator, by this key: '0' or '*'. */
void calls_operator(struct call *c, char key);
/* Sends the REFER; from calls_step() only. */
void calls_refer(struct call *c);
/* What becomes of it. */
void calls_referred(struct call *c, const struct ua_event *event);
void calls_progress(struct call *c, const struct ua_event *event);
/* Tells the media where the other side is, and the table whether that means hold or resume. */
void calls_remote_changed(struct call *c);

#endif
