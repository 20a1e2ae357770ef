/* call: the life of one call as a table, state x event -> next state, actions, cause.
 * Pure: values in, values out.  Must not know: SIP, media, the channel, the time.
 * The doing side is worker/calls.c. */
#ifndef EVERTRUNK_CALL_H
#define EVERTRUNK_CALL_H

#include <stdbool.h>

#include "ipc/messages.h"

/* clang-format off */
#define CALL_STATES(X)                                                                    \
	X(OFFERED, "offered")       /* the INVITE is here, not answered yet */            \
	X(REFUSED, "refused")       /* we said no; the user agent ends it */              \
	X(ANSWERED, "answered")     /* 200 sent, no ACK yet */                            \
	X(DOOMED, "doomed")         /* to be hung up, but not before the ACK (RFC 3261 15) */ \
	X(UP, "up")                 /* greeting, tone, recording */                       \
	X(HELD, "held")             /* up, and the other side sends nothing */            \
	X(TRANSFERRING, "transferring") /* REFER sent, not answered yet */                \
	X(REFERRED, "referred")     /* it was accepted: the operator is being called */   \
	X(ENDING, "ending")         /* hung up; dialog and recording are not done */      \
	X(HANGING, "hanging")       /* recording safe, our BYE not answered yet */        \
	X(COMMITTING, "committing") /* dialog over, recording not yet safe */             \
	X(DONE, "done")

#define CALL_EVENTS(X)                                                                    \
	X(ACCEPT, "accept")         /* offer understood, media open: say 200 */           \
	X(REFUSE, "refuse")         /* the request is not for us: no codec, bad body */   \
	X(FAIL, "fail")             /* our own trouble: no port, too many calls */        \
	X(ACK, "ack")                                                                     \
	X(NO_ANSWER, "no answer")   /* an ACK that does not answer our offer */           \
	X(HOLD, "hold")                                                                   \
	X(RESUME, "resume")                                                               \
	X(HANGUP, "hangup")         /* the caller's BYE */                                \
	X(CANCEL, "cancel")                                                               \
	X(KEY, "key")               /* # */                                               \
	X(TRANSFER, "transfer")     /* 0, and there is an operator */                     \
	X(ACCEPTED, "accepted")     /* our REFER was */                                   \
	X(TRANSFERRED, "transferred") /* the operator has answered */                     \
	X(STAYS, "stays")           /* no REFER here, or no operator there */             \
	X(SILENCE, "silence")                                                             \
	X(LIMIT, "limit")           /* of the recording or of the call */                 \
	X(NO_RTP, "no rtp")         /* nothing at all came for rtp.timeout */             \
	X(SAID, "said")             /* the words of a refusal are over */                 \
	X(BROKEN, "broken")         /* the recording cannot be written */                 \
	X(LOST, "lost")             /* no ACK, no session refresh: NUA hangs up itself */ \
	X(CUT, "cut")               /* the supervisor wants it ended */                   \
	X(GONE, "gone")             /* the dialog is over */                              \
	X(COMMITTED, "committed")   /* nothing of the recording is left to be written */
/* clang-format on */

enum call_state {
#define X(id, word) CALL_##id,
	CALL_STATES(X)
#undef X
	    CALL_STATE_COUNT
};

enum call_event {
#define X(id, word) CALL_ON_##id,
	CALL_EVENTS(X)
#undef X
	    CALL_EVENT_COUNT
};

/* What to do, in this order; the call may be freed by CALL_DO_CLOSE (its media may be done at
 * once) and is freed by CALL_DO_REPORT, so that nothing may follow them. */
enum call_action {
	CALL_DO_ANSWER = 1,  /* send the 200 */
	CALL_DO_REFUSE = 2,  /* send the refusal */
	CALL_DO_PLAY = 4,    /* greeting, tone, recording; or the words of a refusal */
	CALL_DO_BYE = 8,     /* hang up */
	CALL_DO_REFER = 16,  /* hold the media still, and send REFER */
	CALL_DO_GO_ON = 32,  /* the media goes on where it was */
	CALL_DO_CLOSE = 64,  /* end the media; COMMITTED will follow */
	CALL_DO_REPORT = 128 /* CALL_END, then forget the call */
};

struct call_step {
	bool ok; /* false: this event cannot happen here, our own mistake */
	enum call_state next;
	unsigned actions; /* enum call_action, or'ed */
	bool ends;        /* `cause` says why the call ends */
	enum call_cause cause;
};

struct call_step call_next(enum call_state state, enum call_event event);

/* "up", "hangup"; "?" when out of range. */
const char *call_state_word(enum call_state state);
const char *call_event_word(enum call_event event);

#endif
