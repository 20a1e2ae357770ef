/* access: THE table of an owner's call.  A cell nobody wrote is zero, and zero means "cannot
 * happen": the doing side logs it and leaves things as they are.  tests/unit/test_access.c walks
 * every cell. */
#include "worker/access.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct cell {
	uint8_t known; /* 0: cannot happen */
	uint8_t next;
	uint8_t actions;
	uint8_t words;
	uint8_t failure;
	uint8_t end;
};

/* clang-format off */
#define SAME(state)           {1, ACCESS_##state, 0, ACCESS_SAY_NOTHING, 0, 0}
#define SAY(state, words)     {1, ACCESS_##state, 0, ACCESS_SAY_##words, 0, 0}
#define FAIL(state, words)    {1, ACCESS_##state, 0, ACCESS_SAY_##words, 1, 0}
#define DO(state, act, words) {1, ACCESS_##state, ACCESS_DO_##act, ACCESS_SAY_##words, 0, 0}
#define FAIL_DROP(state, words) {1, ACCESS_##state, ACCESS_DO_DROP, ACCESS_SAY_##words, 1, 0}
#define END(why)              {1, ACCESS_OVER, ACCESS_DO_END, ACCESS_SAY_NOTHING, 0, CALL_ON_##why}

#define NO_KEYS(state)                            \
		[ACCESS_ON_POUND] = SAME(state),  \
		[ACCESS_ON_ONE]   = SAME(state),  \
		[ACCESS_ON_TWO]   = SAME(state),  \
		[ACCESS_ON_THREE] = SAME(state),  \
		[ACCESS_ON_STAR]  = SAME(state),  \
		[ACCESS_ON_OTHER] = SAME(state)

#define MENU_KEYS                                               \
		[ACCESS_ON_ONE]   = SAY(TELLING, RECORD),       \
		[ACCESS_ON_TWO]   = DO(REMOVING, REMOVE, WAIT), \
		[ACCESS_ON_THREE] = DO(HEARING, HEAR, NOTHING), \
		[ACCESS_ON_FIXED] = SAY(MENU, FIXED),           \
		[ACCESS_ON_STAR]  = SAY(PARTING, GOODBYE),      \
		[ACCESS_ON_POUND] = FAIL(MENU, SORRY),          \
		[ACCESS_ON_OTHER] = FAIL(MENU, SORRY),          \
		[ACCESS_ON_TIRED] = SAY(PARTING, GOODBYE)

/* Only what was accepted becomes the greeting. */
#define REVIEW_KEYS                                                \
		[ACCESS_ON_POUND] = DO(SAVING, KEEP, WAIT),        \
		[ACCESS_ON_ONE]   = DO(SAVING, KEEP, WAIT),        \
		[ACCESS_ON_TWO]   = DO(LISTENING, LISTEN, NOTHING), \
		[ACCESS_ON_THREE] = DO(TONE, DROP, TONE),          \
		[ACCESS_ON_STAR]  = DO(MENU, DROP, MENU),          \
		[ACCESS_ON_OTHER] = FAIL(REVIEW, SORRY_REVIEW),    \
		[ACCESS_ON_TIRED] = DO(PARTING, DROP, GOODBYE)

static const struct cell table[ACCESS_STATE_COUNT][ACCESS_EVENT_COUNT] = {
	[ACCESS_SILENT] = {
		NO_KEYS(SILENT),
		[ACCESS_ON_BEGIN] = SAY(EXTENSION, EXTENSION),
		[ACCESS_ON_KNOWN] = SAY(PIN, PIN),
	},
	[ACCESS_EXTENSION] = {
		[ACCESS_ON_DIGIT]   = SAY(EXTENSION, WAIT),
		[ACCESS_ON_ENTERED] = SAY(PIN, PIN),
		[ACCESS_ON_EMPTY]   = FAIL(EXTENSION, EXTENSION),
		[ACCESS_ON_STAR]    = FAIL(EXTENSION, EXTENSION),
		[ACCESS_ON_OTHER]   = SAME(EXTENSION),
		[ACCESS_ON_TIRED]   = SAY(PARTING, GOODBYE),
	},
	/* The star: it is not the mailbox of this telephone, or the extension was mistyped. */
	[ACCESS_PIN] = {
		[ACCESS_ON_DIGIT]   = SAY(PIN, WAIT),
		[ACCESS_ON_ENTERED] = DO(CHECKING, CHECK, NOTHING),
		[ACCESS_ON_EMPTY]   = FAIL(PIN, PIN),
		[ACCESS_ON_STAR]    = SAY(EXTENSION, EXTENSION),
		[ACCESS_ON_OTHER]   = SAME(PIN),
		[ACCESS_ON_TIRED]   = SAY(PARTING, GOODBYE),
	},
	[ACCESS_CHECKING] = {
		NO_KEYS(CHECKING),
		[ACCESS_ON_SAID]      = SAME(CHECKING),
		[ACCESS_ON_RIGHT]     = SAY(MENU, MENU),
		[ACCESS_ON_WRONG]     = SAY(EXTENSION, WRONG),
		[ACCESS_ON_WRONG_PIN] = SAY(PIN, WRONG_PIN),
		[ACCESS_ON_BARRED]    = SAY(REFUSING, BARRED),
	},
	[ACCESS_MENU] = {
		MENU_KEYS,
		[ACCESS_ON_SAID]  = FAIL(MENU, MENU),
	},
	[ACCESS_HEARING] = {
		MENU_KEYS,
		[ACCESS_ON_SAID]  = SAY(MENU, MENU),
	},
	[ACCESS_TELLING] = {
		[ACCESS_ON_ONE]   = SAME(TELLING),
		[ACCESS_ON_TWO]   = SAME(TELLING),
		[ACCESS_ON_THREE] = SAME(TELLING),
		[ACCESS_ON_OTHER] = SAME(TELLING),
		[ACCESS_ON_SAID]  = DO(RECORDING, RECORD, NOTHING),
		[ACCESS_ON_POUND] = SAY(TONE, TONE),
		[ACCESS_ON_STAR]  = SAY(MENU, MENU),
	},
	[ACCESS_TONE] = {
		NO_KEYS(TONE),
		[ACCESS_ON_SAID]  = DO(RECORDING, RECORD, NOTHING),
	},
	[ACCESS_RECORDING] = {
		[ACCESS_ON_ONE]      = SAME(RECORDING),
		[ACCESS_ON_TWO]      = SAME(RECORDING),
		[ACCESS_ON_THREE]    = SAME(RECORDING),
		[ACCESS_ON_STAR]     = SAME(RECORDING),
		[ACCESS_ON_OTHER]    = SAME(RECORDING),
		[ACCESS_ON_STOPPED]  = SAY(REVIEW, REVIEW),
		[ACCESS_ON_UNSPOKEN] = FAIL_DROP(TONE, TOO_SHORT),
		[ACCESS_ON_TIRED]    = DO(PARTING, DROP, GOODBYE),
	},
	[ACCESS_REVIEW] = {
		REVIEW_KEYS,
		[ACCESS_ON_SAID]  = FAIL(REVIEW, REVIEW),
	},
	[ACCESS_LISTENING] = {
		REVIEW_KEYS,
		[ACCESS_ON_SAID]  = SAY(REVIEW, REVIEW),
	},
	[ACCESS_SAVING] = {
		NO_KEYS(SAVING),
		[ACCESS_ON_SAID]   = SAME(SAVING),
		[ACCESS_ON_DONE]   = SAY(MENU, SAVED),
		[ACCESS_ON_FAILED] = SAY(MENU, FAILED),
	},
	[ACCESS_REMOVING] = {
		NO_KEYS(REMOVING),
		[ACCESS_ON_SAID]   = SAME(REMOVING),
		[ACCESS_ON_DONE]   = SAY(MENU, REMOVED),
		[ACCESS_ON_FAILED] = SAY(MENU, FAILED),
	},
	[ACCESS_PARTING] = {
		NO_KEYS(PARTING),
		[ACCESS_ON_SAID]  = END(KEY),
	},
	[ACCESS_REFUSING] = {
		NO_KEYS(REFUSING),
		[ACCESS_ON_SAID]  = END(SAID),
	},
	/* The call hangs up; a key may cross that. */
	[ACCESS_OVER] = {
		NO_KEYS(OVER),
	},
};
/* clang-format on */

struct access_step
access_next(enum access_state state, enum access_event event)
{
	struct access_step step = {.ok = false, .next = state};
	const struct cell *c;

	if (state >= ACCESS_STATE_COUNT || event >= ACCESS_EVENT_COUNT)
		return step;
	c = &table[state][event];
	if (!c->known)
		return step;
	step.ok = true;
	step.next = (enum access_state)c->next;
	step.actions = c->actions;
	step.words = (enum access_words)c->words;
	step.failure = c->failure;
	step.end = (enum call_event)c->end;
	return step;
}

static void
forget_entry(struct access *a)
{
	memset(a->entry, 0, sizeof(a->entry));
	a->too_many = false;
}

bool
access_collects(const struct access *a)
{
	return a->state == ACCESS_EXTENSION || a->state == ACCESS_PIN;
}

enum access_event
access_begin(struct access *a, const char *extension)
{
	a->known = extension[0] != '\0';
	snprintf(a->extension, sizeof(a->extension), "%s", extension);
	return a->known ? ACCESS_ON_KNOWN : ACCESS_ON_BEGIN;
}

/* What is asked for anew is entered anew. */
static void
follow_entry(struct access *a, enum access_event event, enum access_state next)
{
	if (a->state == ACCESS_EXTENSION && event == ACCESS_ON_ENTERED)
		snprintf(a->extension, sizeof(a->extension), "%s", a->too_many ? "" : a->entry);
	if (next == ACCESS_EXTENSION)
		a->known = false;
	if (event != ACCESS_ON_DIGIT && event != ACCESS_ON_OTHER && next != ACCESS_CHECKING)
		forget_entry(a);
}

struct access_step
access_step(struct access *a, enum access_event event, unsigned max)
{
	struct access_step step = access_next(a->state, event);

	if (!step.ok)
		return step;
	if (step.failure && ++a->failures >= max)
		step = access_next(a->state, ACCESS_ON_TIRED);
	follow_entry(a, event, step.next);
	a->state = step.next;
	return step;
}

static void
collect(struct access *a, char digit)
{
	const size_t n = strlen(a->entry);

	if (n + 1 < sizeof(a->entry))
		a->entry[n] = digit;
	else
		a->too_many = true;
}

static enum access_event
stopped(bool spoken)
{
	return spoken ? ACCESS_ON_STOPPED : ACCESS_ON_UNSPOKEN;
}

static enum access_event
entered(const struct access *a)
{
	return a->entry[0] != '\0' ? ACCESS_ON_ENTERED : ACCESS_ON_EMPTY;
}

static bool
is_menu(enum access_state s)
{
	return s == ACCESS_MENU || s == ACCESS_HEARING;
}

static enum access_event
digit(struct access *a, char key, bool fixed)
{
	if (access_collects(a)) {
		collect(a, key);
		return ACCESS_ON_DIGIT;
	}
	if (key < '1' || key > '3')
		return ACCESS_ON_OTHER;
	if (fixed && is_menu(a->state) && key != '3')
		return ACCESS_ON_FIXED;
	return (enum access_event)(ACCESS_ON_ONE + (key - '1'));
}

enum access_event
access_key(struct access *a, char key, bool spoken, bool fixed)
{
	if (key >= '0' && key <= '9')
		return digit(a, key, fixed);
	if (key == '*')
		return ACCESS_ON_STAR;
	if (key != '#')
		return ACCESS_ON_OTHER;
	if (a->state == ACCESS_RECORDING)
		return stopped(spoken);
	return access_collects(a) ? entered(a) : ACCESS_ON_POUND;
}

enum access_event
access_said(const struct access *a)
{
	return access_collects(a) ? entered(a) : ACCESS_ON_SAID;
}

enum access_event
access_wrong(struct access *a, unsigned max)
{
	if (++a->wrong >= max)
		return ACCESS_ON_BARRED;
	return a->known ? ACCESS_ON_WRONG_PIN : ACCESS_ON_WRONG;
}

void
access_take_pin(struct access *a, char ret[DIALPLAN_NUMBER_MAX])
{
	snprintf(ret, DIALPLAN_NUMBER_MAX, "%s", a->too_many ? "" : a->entry);
	forget_entry(a);
}

static const char *const state_words[ACCESS_STATE_COUNT] = {
#define X(id, word) [ACCESS_##id] = word,
    ACCESS_STATES(X)
#undef X
};

static const char *const event_words[ACCESS_EVENT_COUNT] = {
#define X(id, word) [ACCESS_ON_##id] = word,
    ACCESS_EVENTS(X)
#undef X
};

const char *
access_state_word(enum access_state state)
{
	return state < ACCESS_STATE_COUNT ? state_words[state] : "?";
}

const char *
access_event_word(enum access_event event)
{
	return event < ACCESS_EVENT_COUNT ? event_words[event] : "?";
}
