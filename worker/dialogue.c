/* dialogue: THE dialogue table.  A cell nobody wrote is zero, and zero means "cannot happen": the
 * doing side logs it and leaves the dialogue as it is.  tests/unit/test_dialogue.c walks every
 * cell. */
#include "worker/dialogue.h"

#include <stddef.h>
#include <stdint.h>

struct cell {
	uint8_t known; /* 0: cannot happen */
	uint8_t next;
	uint8_t actions;
	uint8_t words;
	uint8_t failure;
	uint8_t end;
};

/* clang-format off */
#define SAME(state)             {1, DIALOGUE_##state, 0, DIALOGUE_SAY_NOTHING, 0, 0}
#define SAY(state, words)       {1, DIALOGUE_##state, 0, DIALOGUE_SAY_##words, 0, 0}
#define FAIL(state, words)      {1, DIALOGUE_##state, 0, DIALOGUE_SAY_##words, 1, 0}
#define DO(state, act, words)   {1, DIALOGUE_##state, DIALOGUE_DO_##act, DIALOGUE_SAY_##words, 0, 0}
#define END(why)                {1, DIALOGUE_OVER, DIALOGUE_DO_END, DIALOGUE_SAY_NOTHING, 0, \
				 CALL_ON_##why}
#define FAIL_DROP(state, words) {1, DIALOGUE_##state, DIALOGUE_DO_DROP, DIALOGUE_SAY_##words, 1, 0}

/* What the keys do that mean something while a message waits for its caller's word.  A second #
 * sends it: who presses it twice wants nothing more. */
#define REVIEW_KEYS                                               \
		[DIALOGUE_ON_POUND] = SAY(PARTING, SAVED),        \
		[DIALOGUE_ON_ONE]   = SAY(PARTING, SAVED),        \
		[DIALOGUE_ON_TWO]   = DO(LISTENING, LISTEN, NOTHING), \
		[DIALOGUE_ON_THREE] = DO(TONE, DROP, TONE),       \
		[DIALOGUE_ON_FOUR]  = DO(MENU, IMPORTANT, IMPORTANT), \
		[DIALOGUE_ON_FIVE]  = DO(MENU, PRIVATE, PRIVATE), \
		[DIALOGUE_ON_STAR]  = DO(PARTING, DROP, CANCELLED), \
		[DIALOGUE_ON_OTHER] = FAIL(MENU, SORRY),          \
		[DIALOGUE_ON_TIRED] = SAY(PARTING, SAVED)

#define NO_KEYS(state)                              \
		[DIALOGUE_ON_POUND] = SAME(state),  \
		[DIALOGUE_ON_ONE]   = SAME(state),  \
		[DIALOGUE_ON_TWO]   = SAME(state),  \
		[DIALOGUE_ON_THREE] = SAME(state),  \
		[DIALOGUE_ON_FOUR]  = SAME(state),  \
		[DIALOGUE_ON_FIVE]  = SAME(state),  \
		[DIALOGUE_ON_STAR]  = SAME(state),  \
		[DIALOGUE_ON_OTHER] = SAME(state)

static const struct cell table[DIALOGUE_STATE_COUNT][DIALOGUE_EVENT_COUNT] = {
	/* A personal greeting is being fetched, or it is the supervisor's test call. */
	[DIALOGUE_SILENT] = {
		NO_KEYS(SILENT),
		[DIALOGUE_ON_BEGIN]  = SAY(GREETING, GREETING),
		[DIALOGUE_ON_REFUSE] = SAY(REFUSING, NO_SERVICE),
	},
	[DIALOGUE_GREETING] = {
		[DIALOGUE_ON_SAID]  = DO(RECORDING, RECORD, NOTHING),
		[DIALOGUE_ON_POUND] = SAY(TONE, TONE),
		[DIALOGUE_ON_ONE]   = SAME(GREETING),
		[DIALOGUE_ON_TWO]   = SAME(GREETING),
		[DIALOGUE_ON_THREE] = SAME(GREETING),
		[DIALOGUE_ON_FOUR]  = SAME(GREETING),
		[DIALOGUE_ON_FIVE]  = SAME(GREETING),
		[DIALOGUE_ON_STAR]  = DO(GREETING, ESCAPE, NOTHING),
		[DIALOGUE_ON_OTHER] = SAME(GREETING),
	},
	[DIALOGUE_TONE] = {
		NO_KEYS(TONE),
		[DIALOGUE_ON_SAID]  = DO(RECORDING, RECORD, NOTHING),
	},
	[DIALOGUE_RECORDING] = {
		[DIALOGUE_ON_POUND]   = SAY(MENU, MENU),
		[DIALOGUE_ON_FINISH]  = END(KEY),
		[DIALOGUE_ON_EMPTY]   = FAIL_DROP(TONE, TOO_SHORT),
		[DIALOGUE_ON_ONE]     = SAME(RECORDING),
		[DIALOGUE_ON_TWO]     = SAME(RECORDING),
		[DIALOGUE_ON_THREE]   = SAME(RECORDING),
		[DIALOGUE_ON_FOUR]    = SAME(RECORDING),
		[DIALOGUE_ON_FIVE]    = SAME(RECORDING),
		[DIALOGUE_ON_STAR]    = SAME(RECORDING),
		[DIALOGUE_ON_OTHER]   = SAME(RECORDING),
		/* Nobody seems to be there any more: there is none to ask. */
		[DIALOGUE_ON_SILENCE] = END(SILENCE),
		[DIALOGUE_ON_LIMIT]   = SAY(MENU, MENU),
		[DIALOGUE_ON_LAST]    = END(LIMIT),
		[DIALOGUE_ON_TIRED]   = END(KEY),
	},
	[DIALOGUE_MENU] = {
		REVIEW_KEYS,
		[DIALOGUE_ON_SAID]  = FAIL(MENU, MENU),
	},
	[DIALOGUE_LISTENING] = {
		REVIEW_KEYS,
		[DIALOGUE_ON_SAID]  = SAY(MENU, MENU),
	},
	[DIALOGUE_PARTING] = {
		NO_KEYS(PARTING),
		[DIALOGUE_ON_SAID]  = END(KEY),
	},
	[DIALOGUE_REFUSING] = {
		NO_KEYS(REFUSING),
		[DIALOGUE_ON_SAID]  = END(SAID),
	},
	/* The call hangs up; a key may cross that. */
	[DIALOGUE_OVER] = {
		NO_KEYS(OVER),
	},
};
/* clang-format on */

struct dialogue_step
dialogue_next(enum dialogue_state state, enum dialogue_event event)
{
	struct dialogue_step step = {.ok = false, .next = state};
	const struct cell *c;

	if (state >= DIALOGUE_STATE_COUNT || event >= DIALOGUE_EVENT_COUNT)
		return step;
	c = &table[state][event];
	if (!c->known)
		return step;
	step.ok = true;
	step.next = (enum dialogue_state)c->next;
	step.actions = c->actions;
	step.words = (enum dialogue_words)c->words;
	step.failure = c->failure;
	step.end = (enum call_event)c->end;
	return step;
}

struct dialogue_step
dialogue_step(struct dialogue *d, enum dialogue_event event, unsigned max)
{
	struct dialogue_step step = dialogue_next(d->state, event);

	if (step.failure && ++d->failures >= max)
		step = dialogue_next(d->state, DIALOGUE_ON_TIRED);
	d->state = step.next;
	return step;
}

static enum dialogue_event
pound(enum dialogue_state state, bool review, bool spoken)
{
	if (state != DIALOGUE_RECORDING)
		return DIALOGUE_ON_POUND;
	if (!review)
		return DIALOGUE_ON_FINISH;
	return spoken ? DIALOGUE_ON_POUND : DIALOGUE_ON_EMPTY;
}

enum dialogue_event
dialogue_key(enum dialogue_state state, char key, bool review, bool spoken)
{
	if (key == '#')
		return pound(state, review, spoken);
	if (key == '*')
		return DIALOGUE_ON_STAR;
	if (key >= '1' && key <= '5')
		return (enum dialogue_event)(DIALOGUE_ON_ONE + (key - '1'));
	return DIALOGUE_ON_OTHER;
}

enum dialogue_event
dialogue_limit(bool review, bool spoken)
{
	return review && spoken ? DIALOGUE_ON_LIMIT : DIALOGUE_ON_LAST;
}

static const char *const state_words[DIALOGUE_STATE_COUNT] = {
#define X(id, word) [DIALOGUE_##id] = word,
    DIALOGUE_STATES(X)
#undef X
};

static const char *const event_words[DIALOGUE_EVENT_COUNT] = {
#define X(id, word) [DIALOGUE_ON_##id] = word,
    DIALOGUE_EVENTS(X)
#undef X
};

const char *
dialogue_state_word(enum dialogue_state state)
{
	return state < DIALOGUE_STATE_COUNT ? state_words[state] : "?";
}

const char *
dialogue_event_word(enum dialogue_event event)
{
	return event < DIALOGUE_EVENT_COUNT ? event_words[event] : "?";
}
