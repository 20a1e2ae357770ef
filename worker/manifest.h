/* manifest: the text that says which files of a folder are which prompt of ours:
 *   folder = /usr/share/sounds/en
 *   saved  = vm-msgsaved vm-goodbye        two files, spoken one after another, without .wav
 * Owns: THE table of prompts.  Pure: a text in, names out.  Must not know: files, languages. */
#ifndef EVERTRUNK_MANIFEST_H
#define EVERTRUNK_MANIFEST_H

#include "ipc/base/text.h"

enum { MANIFEST_TEXT_MAX = 16 * 1024 };

/* id, name, whether a language may go without it */
#define PROMPTS(X)                                        \
	X(GREETING, "greeting", false)                    \
	X(PERSON, "person", false)                        \
	X(UNAVAILABLE, "unavailable", false)              \
	X(DIGIT_0, "digit_0", false)                      \
	X(DIGIT_1, "digit_1", false)                      \
	X(DIGIT_2, "digit_2", false)                      \
	X(DIGIT_3, "digit_3", false)                      \
	X(DIGIT_4, "digit_4", false)                      \
	X(DIGIT_5, "digit_5", false)                      \
	X(DIGIT_6, "digit_6", false)                      \
	X(DIGIT_7, "digit_7", false)                      \
	X(DIGIT_8, "digit_8", false)                      \
	X(DIGIT_9, "digit_9", false)                      \
	X(MENU, "menu", false)                            \
	X(MENU_IMPORTANT, "menu_important", true)         \
	X(MENU_NORMAL, "menu_normal", true)               \
	X(MENU_PRIVATE, "menu_private", true)             \
	X(MENU_PUBLIC, "menu_public", true)               \
	X(MENU_CANCEL, "menu_cancel", true)               \
	X(IMPORTANT, "important", false)                  \
	X(NORMAL, "normal", false)                        \
	X(PRIVATE, "private", false)                      \
	X(PUBLIC, "public", false)                        \
	X(NOT_UNDERSTOOD, "not_understood", false)        \
	X(TOO_SHORT, "too_short", false)                  \
	X(SAVED, "saved", false)                          \
	X(CANCELLED, "cancelled", false)                  \
	X(NO_SERVICE, "no_service", false)                \
	X(ASK_EXTENSION, "ask_extension", false)          \
	X(ASK_PIN, "ask_pin", false)                      \
	X(LOGON_FAILED, "logon_failed", false)            \
	X(GREETING_MENU, "greeting_menu", false)          \
	X(GREETING_MENU_HEAR, "greeting_menu_hear", true) \
	X(GREETING_RECORD, "greeting_record", false)      \
	X(GREETING_SAVED, "greeting_saved", false)        \
	X(GREETING_REMOVED, "greeting_removed", false)    \
	X(GREETING_FAILED, "greeting_failed", false)      \
	X(GREETING_FIXED, "greeting_fixed", false)        \
	X(GOODBYE, "goodbye", false)

enum prompt_id {
#define X(id, name, optional) PROMPT_##id,
	PROMPTS(X)
#undef X
	    PROMPT_COUNT
};

struct manifest {
	struct slice folder;
	struct slice files[PROMPT_COUNT]; /* words; n = 0: nothing is said */
};

/* Reads `text`, of which *ret is views.  0, or -EINVAL and in `why` what is wrong in which line. */
int manifest_read(struct slice text, struct manifest *ret, struct buf *why);
/* "greeting". */
const char *manifest_name(enum prompt_id id);

#endif
