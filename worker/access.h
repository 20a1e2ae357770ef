/* access: what is said to the owner of a mailbox who dials the pilot number and what his keys do,
 * as a table: state x event -> next state, actions, words.  Logon first, then the personal
 * greeting.
 * Owns: the digits he presses until somebody takes them.
 * Pure: values in, values out.  Must not know: SIP, media, files, hashes, the time.
 * The doing side is worker/calls_access.c; callers who leave a message have dialogue.h. */
#ifndef EVERTRUNK_ACCESS_H
#define EVERTRUNK_ACCESS_H

#include <stdbool.h>

#include "conf/dialplan.h"
#include "worker/call.h"

/* clang-format off */
#define ACCESS_STATES(X)                                                                  \
	X(SILENT, "silent")         /* nothing has been said yet */                       \
	X(EXTENSION, "extension")   /* asked for, its digits come */                      \
	X(PIN, "PIN")               /* the same */                                        \
	X(CHECKING, "checking")                                                           \
	X(MENU, "menu")             /* logged on */                                       \
	X(HEARING, "hearing")       /* the greeting in force */                           \
	X(TELLING, "telling")       /* how to record one */                               \
	X(TONE, "tone")                                                                   \
	X(RECORDING, "recording")                                                         \
	X(REVIEW, "review")         /* it is there; accept it? */                         \
	X(LISTENING, "listening")   /* to what he has recorded */                         \
	X(SAVING, "saving")                                                               \
	X(REMOVING, "removing")                                                           \
	X(PARTING, "parting")                                                             \
	X(REFUSING, "refusing")     /* too many wrong PINs */                             \
	X(OVER, "over")

#define ACCESS_EVENTS(X)                                                                  \
	X(BEGIN, "begin")                                                                 \
	X(KNOWN, "known")           /* begin: it is the telephone of a mailbox */         \
	X(SAID, "said")             /* the words are over, and so is the time for a key */ \
	X(DIGIT, "digit")           /* of an extension or a PIN */                        \
	X(ENTERED, "entered")       /* it is complete */                                  \
	X(EMPTY, "nothing entered")                                                       \
	X(RIGHT, "right")           /* the PIN */                                         \
	X(WRONG, "wrong")           /* the one or the other */                            \
	X(WRONG_PIN, "wrong PIN")   /* of a mailbox known by its telephone */             \
	X(BARRED, "barred")         /* call.logon_failures are reached */                 \
	X(POUND, "#")                                                                     \
	X(ONE, "1")                                                                       \
	X(TWO, "2")                                                                       \
	X(THREE, "3")                                                                     \
	X(STAR, "*")                                                                      \
	X(OTHER, "another key")                                                           \
	X(FIXED, "fixed")           /* 1 or 2, and the greeting is not his to change */   \
	X(STOPPED, "stopped")       /* a recording, by key, silence or limit */           \
	X(UNSPOKEN, "unspoken")     /* the same, without a word in it */                  \
	X(DONE, "done")             /* saved or removed */                                \
	X(FAILED, "failed")         /* not saved or removed */                            \
	X(TIRED, "tired")           /* call.input_failures are reached */

#define ACCESS_WORDS(X)                                                                   \
	X(NOTHING) X(WAIT) X(EXTENSION) X(PIN) X(WRONG) X(WRONG_PIN) X(BARRED) X(MENU)    \
	X(SORRY) X(FIXED) X(RECORD) X(TONE) X(TOO_SHORT) X(REVIEW) X(SORRY_REVIEW)        \
	X(SAVED) X(REMOVED) X(FAILED) X(GOODBYE)
/* clang-format on */

enum access_state {
#define X(id, word) ACCESS_##id,
	ACCESS_STATES(X)
#undef X
	    ACCESS_STATE_COUNT
};

enum access_event {
#define X(id, word) ACCESS_ON_##id,
	ACCESS_EVENTS(X)
#undef X
	    ACCESS_EVENT_COUNT
};

enum access_words {
#define X(id) ACCESS_SAY_##id,
	ACCESS_WORDS(X)
#undef X
	    ACCESS_WORDS_COUNT
};

/* What to do, in this order, and then to say the words. */
enum access_action {
	ACCESS_DO_CHECK = 1, /* extension and PIN; RIGHT, WRONG... follows */
	ACCESS_DO_DROP = 2,  /* what was recorded is not to be kept */
	ACCESS_DO_RECORD = 4,
	ACCESS_DO_LISTEN = 8,  /* play back what was recorded */
	ACCESS_DO_HEAR = 16,   /* say the greeting in force */
	ACCESS_DO_KEEP = 32,   /* what was recorded is the greeting; DONE or FAILED follows */
	ACCESS_DO_REMOVE = 64, /* no greeting of his own any more; the same */
	ACCESS_DO_END = 128    /* the call ends by `end` */
};

struct access {
	enum access_state state;
	unsigned failures; /* nothing pressed, or what means nothing */
	unsigned wrong;    /* PINs and extensions */
	bool known;        /* the extension is his telephone's */
	char extension[DIALPLAN_NUMBER_MAX];
	char entry[DIALPLAN_NUMBER_MAX]; /* digits so far */
	bool too_many;                   /* digits: nobody's extension, nobody's PIN */
};

struct access_step {
	bool ok; /* false: this event cannot happen here, our own mistake */
	enum access_state next;
	unsigned actions; /* enum access_action, or'ed */
	enum access_words words;
	bool failure;        /* it counts as one */
	enum call_event end; /* with ACCESS_DO_END */
};

/* The table. */
struct access_step access_next(enum access_state state, enum access_event event);
/* Begins at the telephone of the mailbox `extension`, or, "", at any other: the event for
 * access_step(). */
enum access_event access_begin(struct access *a, const char *extension);
/* Lets `event` happen: moves `a`, counts its failures; the one that makes `max` of them is TIRED
 * instead. */
struct access_step access_step(struct access *a, enum access_event event, unsigned max);

/* What a key ('0'..'9', '*', '#', 'A'..'D') means; digits of an extension or a PIN are kept.
 * `spoken`: words have been recorded; `fixed`: the greeting is not his to change. */
enum access_event access_key(struct access *a, char key, bool spoken, bool fixed);
/* What the end of the words, or of the time for a key, means. */
enum access_event access_said(const struct access *a);
/* A wrong PIN or extension: what that means after so many of them in this call. */
enum access_event access_wrong(struct access *a, unsigned max);
/* Whether digits are being collected: key 0 is one of them then. */
bool access_collects(const struct access *a);
/* The PIN that was entered, handed over: `a` forgets it.  "" for one of too many digits. */
void access_take_pin(struct access *a, char ret[DIALPLAN_NUMBER_MAX]);

/* "menu", "#"; "?" when out of range. */
const char *access_state_word(enum access_state state);
const char *access_event_word(enum access_event event);

#endif
