/* call: THE call table.  A cell nobody wrote is zero, and zero means "cannot happen": the doing
 * side logs it and leaves the call as it is.  tests/unit/test_call.c walks every cell. */
#include "worker/call.h"

#include <stddef.h>
#include <stdint.h>

enum { NO_CAUSE = UINT8_MAX };

struct cell {
	uint8_t known; /* 0: cannot happen */
	uint8_t next;
	uint8_t actions;
	uint8_t cause;
};

/* clang-format off */
/* Stay, and do nothing. */
#define SAME(state)              {1, CALL_##state, 0, NO_CAUSE}
#define GO(state, actions)       {1, CALL_##state, (actions), NO_CAUSE}
#define END(state, acts, reason) {1, CALL_##state, (acts), CALL_CAUSE_##reason}

#define BYE_CLOSE (CALL_DO_BYE | CALL_DO_CLOSE)

static const struct cell table[CALL_STATE_COUNT][CALL_EVENT_COUNT] = {
	[CALL_OFFERED] = {
		[CALL_ON_ACCEPT]      = GO(ANSWERED, CALL_DO_ANSWER),
		[CALL_ON_REFUSE]      = END(REFUSED, CALL_DO_REFUSE, REFUSED),
		[CALL_ON_FAIL]        = END(REFUSED, CALL_DO_REFUSE, FAILED),
	},
	/* No media is open, so nothing has to be committed. */
	[CALL_REFUSED] = {
		[CALL_ON_HANGUP]      = SAME(REFUSED),
		[CALL_ON_CANCEL]      = SAME(REFUSED),
		[CALL_ON_LOST]        = SAME(REFUSED),
		[CALL_ON_CUT]         = SAME(REFUSED),
		[CALL_ON_GONE]        = GO(DONE, CALL_DO_REPORT),
	},
	/* A digit by INFO or a hold by UPDATE may come before the ACK; whether the call is held
	 * is looked at again when the ACK is in. */
	[CALL_ANSWERED] = {
		[CALL_ON_ACK]         = GO(UP, CALL_DO_PLAY),
		[CALL_ON_NO_ANSWER]   = END(ENDING, BYE_CLOSE, FAILED),
		[CALL_ON_HOLD]        = SAME(ANSWERED),
		[CALL_ON_RESUME]      = SAME(ANSWERED),
		[CALL_ON_KEY]         = SAME(ANSWERED),
		[CALL_ON_TRANSFER]    = SAME(ANSWERED),
		[CALL_ON_SILENCE]     = SAME(ANSWERED),
		[CALL_ON_NO_RTP]      = SAME(ANSWERED),
		[CALL_ON_HANGUP]      = END(ENDING, CALL_DO_CLOSE, HANGUP),
		[CALL_ON_CANCEL]      = END(ENDING, CALL_DO_CLOSE, CANCEL),
		[CALL_ON_LIMIT]       = END(DOOMED, 0, LIMIT),
		[CALL_ON_CUT]         = END(DOOMED, 0, CUT),
		[CALL_ON_LOST]        = END(ENDING, CALL_DO_CLOSE, TIMEOUT),
		[CALL_ON_GONE]        = END(COMMITTING, CALL_DO_CLOSE, FAILED),
	},
	[CALL_DOOMED] = {
		[CALL_ON_ACK]         = GO(ENDING, BYE_CLOSE),
		[CALL_ON_NO_ANSWER]   = GO(ENDING, BYE_CLOSE),
		[CALL_ON_HOLD]        = SAME(DOOMED),
		[CALL_ON_RESUME]      = SAME(DOOMED),
		[CALL_ON_KEY]         = SAME(DOOMED),
		[CALL_ON_TRANSFER]    = SAME(DOOMED),
		[CALL_ON_SILENCE]     = SAME(DOOMED),
		[CALL_ON_NO_RTP]      = SAME(DOOMED),
		[CALL_ON_LIMIT]       = SAME(DOOMED),
		[CALL_ON_CUT]         = SAME(DOOMED),
		[CALL_ON_HANGUP]      = GO(ENDING, CALL_DO_CLOSE),
		[CALL_ON_CANCEL]      = GO(ENDING, CALL_DO_CLOSE),
		[CALL_ON_LOST]        = GO(ENDING, CALL_DO_CLOSE),
		[CALL_ON_GONE]        = GO(COMMITTING, CALL_DO_CLOSE),
	},
	/* ACK and CANCEL here belong to a re-INVITE.  NUA has answered the CANCEL with 487; without
	 * an answer to our offer what was agreed before stays. */
	[CALL_UP] = {
		[CALL_ON_ACK]         = SAME(UP),
		[CALL_ON_NO_ANSWER]   = SAME(UP),
		[CALL_ON_CANCEL]      = SAME(UP),
		[CALL_ON_HOLD]        = GO(HELD, 0),
		[CALL_ON_RESUME]      = SAME(UP),
		[CALL_ON_HANGUP]      = END(ENDING, CALL_DO_CLOSE, HANGUP),
		[CALL_ON_KEY]         = END(ENDING, BYE_CLOSE, KEY),
		[CALL_ON_TRANSFER]    = GO(TRANSFERRING, CALL_DO_REFER),
		[CALL_ON_ACCEPTED]    = SAME(UP),
		[CALL_ON_TRANSFERRED] = END(ENDING, BYE_CLOSE, TRANSFERRED),
		[CALL_ON_STAYS]       = SAME(UP),
		[CALL_ON_SILENCE]     = END(ENDING, BYE_CLOSE, SILENCE),
		[CALL_ON_LIMIT]       = END(ENDING, BYE_CLOSE, LIMIT),
		[CALL_ON_NO_RTP]      = END(ENDING, BYE_CLOSE, TIMEOUT),
		[CALL_ON_SAID]        = END(ENDING, BYE_CLOSE, REFUSED),
		[CALL_ON_BROKEN]      = END(ENDING, BYE_CLOSE, FAILED),
		[CALL_ON_CUT]         = END(ENDING, BYE_CLOSE, CUT),
		[CALL_ON_LOST]        = END(ENDING, CALL_DO_CLOSE, TIMEOUT),
		[CALL_ON_GONE]        = END(COMMITTING, CALL_DO_CLOSE, TIMEOUT),
	},
	/* On hold nothing is heard: silence and missing RTP say nothing about the caller, and
	 * nothing is said. */
	[CALL_HELD] = {
		[CALL_ON_ACK]         = SAME(HELD),
		[CALL_ON_NO_ANSWER]   = SAME(HELD),
		[CALL_ON_CANCEL]      = SAME(HELD),
		[CALL_ON_HOLD]        = SAME(HELD),
		[CALL_ON_RESUME]      = GO(UP, 0),
		[CALL_ON_HANGUP]      = END(ENDING, CALL_DO_CLOSE, HANGUP),
		[CALL_ON_KEY]         = END(ENDING, BYE_CLOSE, KEY),
		[CALL_ON_TRANSFER]    = GO(TRANSFERRING, CALL_DO_REFER),
		[CALL_ON_ACCEPTED]    = SAME(HELD),
		[CALL_ON_TRANSFERRED] = END(ENDING, BYE_CLOSE, TRANSFERRED),
		[CALL_ON_STAYS]       = SAME(HELD),
		[CALL_ON_SILENCE]     = SAME(HELD),
		[CALL_ON_NO_RTP]      = SAME(HELD),
		[CALL_ON_LIMIT]       = END(ENDING, BYE_CLOSE, LIMIT),
		[CALL_ON_BROKEN]      = END(ENDING, BYE_CLOSE, FAILED),
		[CALL_ON_CUT]         = END(ENDING, BYE_CLOSE, CUT),
		[CALL_ON_LOST]        = END(ENDING, CALL_DO_CLOSE, TIMEOUT),
		[CALL_ON_GONE]        = END(COMMITTING, CALL_DO_CLOSE, TIMEOUT),
	},
	/* The media stands still: neither silence nor missing RTP comes of it, and a key says nothing
	 * new.  The PBX may put us on hold meanwhile; whether the call is held is looked at again when
	 * the caller stays.  A NOTIFY may overtake the answer to the REFER. */
	[CALL_TRANSFERRING] = {
		[CALL_ON_ACK]         = SAME(TRANSFERRING),
		[CALL_ON_NO_ANSWER]   = SAME(TRANSFERRING),
		[CALL_ON_CANCEL]      = SAME(TRANSFERRING),
		[CALL_ON_HOLD]        = SAME(TRANSFERRING),
		[CALL_ON_RESUME]      = SAME(TRANSFERRING),
		[CALL_ON_KEY]         = SAME(TRANSFERRING),
		[CALL_ON_TRANSFER]    = SAME(TRANSFERRING),
		[CALL_ON_ACCEPTED]    = GO(REFERRED, 0),
		[CALL_ON_TRANSFERRED] = END(ENDING, BYE_CLOSE, TRANSFERRED),
		[CALL_ON_STAYS]       = GO(UP, CALL_DO_GO_ON),
		[CALL_ON_HANGUP]      = END(ENDING, CALL_DO_CLOSE, HANGUP),
		[CALL_ON_LIMIT]       = END(ENDING, BYE_CLOSE, LIMIT),
		[CALL_ON_CUT]         = END(ENDING, BYE_CLOSE, CUT),
		[CALL_ON_LOST]        = END(ENDING, CALL_DO_CLOSE, TIMEOUT),
		[CALL_ON_GONE]        = END(COMMITTING, CALL_DO_CLOSE, TIMEOUT),
	},
	/* Many a PBX hangs up when it has taken the call over, and tells no more of it. */
	[CALL_REFERRED] = {
		[CALL_ON_ACK]         = SAME(REFERRED),
		[CALL_ON_NO_ANSWER]   = SAME(REFERRED),
		[CALL_ON_CANCEL]      = SAME(REFERRED),
		[CALL_ON_HOLD]        = SAME(REFERRED),
		[CALL_ON_RESUME]      = SAME(REFERRED),
		[CALL_ON_KEY]         = SAME(REFERRED),
		[CALL_ON_TRANSFER]    = SAME(REFERRED),
		[CALL_ON_ACCEPTED]    = SAME(REFERRED),
		[CALL_ON_TRANSFERRED] = END(ENDING, BYE_CLOSE, TRANSFERRED),
		[CALL_ON_STAYS]       = GO(UP, CALL_DO_GO_ON),
		[CALL_ON_HANGUP]      = END(ENDING, CALL_DO_CLOSE, TRANSFERRED),
		[CALL_ON_LIMIT]       = END(ENDING, BYE_CLOSE, LIMIT),
		[CALL_ON_CUT]         = END(ENDING, BYE_CLOSE, CUT),
		[CALL_ON_LOST]        = END(ENDING, CALL_DO_CLOSE, TIMEOUT),
		[CALL_ON_GONE]        = END(COMMITTING, CALL_DO_CLOSE, TIMEOUT),
	},
	/* Whatever crosses our BYE on the wire changes nothing any more. */
	[CALL_ENDING] = {
		[CALL_ON_ACK]         = SAME(ENDING),
		[CALL_ON_NO_ANSWER]   = SAME(ENDING),
		[CALL_ON_HOLD]        = SAME(ENDING),
		[CALL_ON_RESUME]      = SAME(ENDING),
		[CALL_ON_HANGUP]      = SAME(ENDING),
		[CALL_ON_CANCEL]      = SAME(ENDING),
		[CALL_ON_KEY]         = SAME(ENDING),
		[CALL_ON_TRANSFER]    = SAME(ENDING),
		[CALL_ON_ACCEPTED]    = SAME(ENDING),
		[CALL_ON_TRANSFERRED] = SAME(ENDING),
		[CALL_ON_STAYS]       = SAME(ENDING),
		[CALL_ON_LIMIT]       = SAME(ENDING),
		[CALL_ON_LOST]        = SAME(ENDING),
		[CALL_ON_CUT]         = SAME(ENDING),
		[CALL_ON_GONE]        = GO(COMMITTING, 0),
		[CALL_ON_COMMITTED]   = GO(HANGING, 0),
	},
	[CALL_HANGING] = {
		[CALL_ON_ACK]         = SAME(HANGING),
		[CALL_ON_NO_ANSWER]   = SAME(HANGING),
		[CALL_ON_HOLD]        = SAME(HANGING),
		[CALL_ON_RESUME]      = SAME(HANGING),
		[CALL_ON_HANGUP]      = SAME(HANGING),
		[CALL_ON_CANCEL]      = SAME(HANGING),
		[CALL_ON_KEY]         = SAME(HANGING),
		[CALL_ON_TRANSFER]    = SAME(HANGING),
		[CALL_ON_ACCEPTED]    = SAME(HANGING),
		[CALL_ON_TRANSFERRED] = SAME(HANGING),
		[CALL_ON_STAYS]       = SAME(HANGING),
		[CALL_ON_LIMIT]       = SAME(HANGING),
		[CALL_ON_LOST]        = SAME(HANGING),
		[CALL_ON_CUT]         = SAME(HANGING),
		[CALL_ON_GONE]        = GO(DONE, CALL_DO_REPORT),
	},
	/* Something still comes when the supervisor went away and the dialog was given up. */
	[CALL_COMMITTING] = {
		[CALL_ON_ACK]         = SAME(COMMITTING),
		[CALL_ON_NO_ANSWER]   = SAME(COMMITTING),
		[CALL_ON_HOLD]        = SAME(COMMITTING),
		[CALL_ON_RESUME]      = SAME(COMMITTING),
		[CALL_ON_HANGUP]      = SAME(COMMITTING),
		[CALL_ON_CANCEL]      = SAME(COMMITTING),
		[CALL_ON_KEY]         = SAME(COMMITTING),
		[CALL_ON_TRANSFER]    = SAME(COMMITTING),
		[CALL_ON_ACCEPTED]    = SAME(COMMITTING),
		[CALL_ON_TRANSFERRED] = SAME(COMMITTING),
		[CALL_ON_STAYS]       = SAME(COMMITTING),
		[CALL_ON_LIMIT]       = SAME(COMMITTING),
		[CALL_ON_LOST]        = SAME(COMMITTING),
		[CALL_ON_CUT]         = SAME(COMMITTING),
		[CALL_ON_GONE]        = SAME(COMMITTING),
		[CALL_ON_COMMITTED]   = GO(DONE, CALL_DO_REPORT),
	},
};
/* clang-format on */

struct call_step
call_next(enum call_state state, enum call_event event)
{
	struct call_step step = {.ok = false, .next = state};
	const struct cell *c;

	if (state >= CALL_STATE_COUNT || event >= CALL_EVENT_COUNT)
		return step;
	c = &table[state][event];
	if (!c->known)
		return step;
	step.ok = true;
	step.next = (enum call_state)c->next;
	step.actions = c->actions;
	step.ends = c->cause != NO_CAUSE;
	if (step.ends)
		step.cause = (enum call_cause)c->cause;
	return step;
}

static const char *const state_names[CALL_STATE_COUNT] = {
#define X(id, word) [CALL_##id] = word,
    CALL_STATES(X)
#undef X
};

static const char *const event_names[CALL_EVENT_COUNT] = {
#define X(id, word) [CALL_ON_##id] = word,
    CALL_EVENTS(X)
#undef X
};

const char *
call_state_word(enum call_state state)
{
	return state < CALL_STATE_COUNT ? state_names[state] : "?";
}

const char *
call_event_word(enum call_event event)
{
	return event < CALL_EVENT_COUNT ? event_names[event] : "?";
}
