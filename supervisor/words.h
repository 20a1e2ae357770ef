/* words: a command line cut into words, and an argument written as one.
 * Owns: blanks, quotes, control bytes, the limits of a line.  Pure.
 * Must not know: what a word means. */
#ifndef EVERTRUNK_WORDS_H
#define EVERTRUNK_WORDS_H

#include <stddef.h>

#include "ipc/base/text.h"

enum {
	WORDS_LINE_MAX = 1024, /* bytes of a line, its LF not counted */
	WORDS_MAX = 16,        /* words of a line */
	WORDS_STORE = WORDS_LINE_MAX + WORDS_MAX,
	WORDS_SAY = 256, /* one line for a person, NUL included */
};

struct words {
	size_t n;
	size_t at; /* the next one to be looked at: the reader's */
	const char *word[WORDS_MAX];
};

/* Cuts `line` (without its LF) into words, kept as strings in `store`.  Words are separated by
 * blanks and tabs; "double quotes" keep blanks together, \" and \\ inside them.
 * 0, or -EINVAL with the reason in `say`: too long, too many, a control byte, an open quote. */
int words_read(struct slice line, char store[WORDS_STORE], struct words *ret, char say[WORDS_SAY]);

/* Appends `arg` as one word, in quotes where it needs them; words_read() gives it back, unless it
 * holds control bytes. */
void words_quote(struct buf *b, const char *arg);

#endif
