/* dialogue: what is said to a caller and what his keys do, as a table: state x event -> next state,
 * actions, words.
 * Pure: values in, values out.  Must not know: SIP, media, files, the time.
 * The doing side is worker/calls_answer.c; how the call itself stands is call.h's. */
#ifndef EVERTRUNK_DIALOGUE_H
#define EVERTRUNK_DIALOGUE_H

#include <stdbool.h>

#include "worker/call.h"

/* clang-format off */
#define DIALOGUE_STATES(X)                                                                \
	X(SILENT, "silent")         /* nothing has been said yet */                       \
	X(GREETING, "greeting")                                                           \
	X(TONE, "tone")             /* the greeting was cut short, or it is recorded again */ \
	X(RECORDING, "recording")                                                         \
	X(MENU, "menu")             /* a message is there; its menu, and the time for a key */ \
	X(LISTENING, "listening")   /* the caller hears what he has said */               \
	X(PARTING, "parting")       /* the last words to a caller */                      \
	X(REFUSING, "refusing")     /* his number is nobody's */                          \
	X(OVER, "over")

#define DIALOGUE_EVENTS(X)                                                                \
	X(BEGIN, "begin")                                                                 \
	X(REFUSE, "refuse")                                                               \
	X(SAID, "said")             /* the words are over, and so is the time for a key */ \
	X(POUND, "#")                                                                     \
	X(FINISH, "# at the end")   /* of a recording where there is no review */         \
	X(EMPTY, "# unspoken")      /* of a recording without a word in it */             \
	X(ONE, "1")                                                                       \
	X(TWO, "2")                                                                       \
	X(THREE, "3")                                                                     \
	X(FOUR, "4")                                                                      \
	X(FIVE, "5")                                                                      \
	X(STAR, "*")                                                                      \
	X(OTHER, "another key")                                                           \
	X(SILENCE, "silence")                                                             \
	X(LIMIT, "limit")           /* of a recording with words in it */                 \
	X(LAST, "last limit")       /* without, or where there is no review */            \
	X(TIRED, "tired")           /* call.input_failures are reached */

#define DIALOGUE_WORDS(X)                                                                 \
	X(NOTHING) X(GREETING) X(TONE) X(TOO_SHORT) X(MENU) X(SORRY) X(IMPORTANT) X(PRIVATE) \
	X(SAVED) X(CANCELLED) X(NO_SERVICE)
/* clang-format on */

enum dialogue_state {
#define X(id, word) DIALOGUE_##id,
	DIALOGUE_STATES(X)
#undef X
	    DIALOGUE_STATE_COUNT
};

enum dialogue_event {
#define X(id, word) DIALOGUE_ON_##id,
	DIALOGUE_EVENTS(X)
#undef X
	    DIALOGUE_EVENT_COUNT
};

enum dialogue_words {
#define X(id) DIALOGUE_SAY_##id,
	DIALOGUE_WORDS(X)
#undef X
	    DIALOGUE_WORDS_COUNT
};

/* What to do, in this order, and then to say the words. */
enum dialogue_action {
	DIALOGUE_DO_DROP = 1,      /* what was recorded is no message */
	DIALOGUE_DO_IMPORTANT = 2, /* turn the mark */
	DIALOGUE_DO_PRIVATE = 4,   /* turn the mark */
	DIALOGUE_DO_RECORD = 8,
	DIALOGUE_DO_LISTEN = 16, /* play back what was recorded */
	DIALOGUE_DO_ESCAPE = 32, /* to the operator, if there is one */
	DIALOGUE_DO_END = 64     /* the call ends by `end` */
};

struct dialogue {
	enum dialogue_state state;
	unsigned failures;
};

struct dialogue_step {
	bool ok; /* false: this event cannot happen here, our own mistake */
	enum dialogue_state next;
	unsigned actions; /* enum dialogue_action, or'ed */
	enum dialogue_words words;
	bool failure;        /* it counts as one */
	enum call_event end; /* with DIALOGUE_DO_END */
};

/* The table. */
struct dialogue_step dialogue_next(enum dialogue_state state, enum dialogue_event event);
/* Lets `event` happen: moves `d`, counts its failures; the one that makes `max` of them is TIRED
 * instead. */
struct dialogue_step dialogue_step(struct dialogue *d, enum dialogue_event event, unsigned max);

/* What a key ('0'..'9', '*', '#', 'A'..'D') means; `review`: call.review; `spoken`: there is a
 * message in what was recorded. */
enum dialogue_event dialogue_key(enum dialogue_state state, char key, bool review, bool spoken);
/* What the limit of the recording means. */
enum dialogue_event dialogue_limit(bool review, bool spoken);

/* "menu", "#"; "?" when out of range. */
const char *dialogue_state_word(enum dialogue_state state);
const char *dialogue_event_word(enum dialogue_event event);

#endif
