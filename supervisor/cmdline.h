/* cmdline: a command line cut into words, and an argument written as one.
 * Owns: blanks, quotes, control bytes, the limits of a line.  Pure.
 * Must not know: what a word means. */
#ifndef EVERTRUNK_CMDLINE_H
#define EVERTRUNK_CMDLINE_H

#include <stddef.h>

#include "ipc/base/text.h"

enum {
	CMDLINE_MAX = 1024, /* bytes of a line, its LF not counted */
	CMDLINE_WORDS = 16, /* words of a line */
	CMDLINE_STORE = CMDLINE_MAX + CMDLINE_WORDS,
	CMDLINE_SAY = 256, /* one line for a person, NUL included */
};

struct cmdline {
	size_t n;
	size_t at; /* the next one to be looked at: the reader's */
	const char *word[CMDLINE_WORDS];
};

/* Cuts `line` (without its LF) into words, kept as strings in `store`.  Words are separated by
 * blanks and tabs; "double quotes" keep blanks together, \" and \\ inside them.
 * 0, or -EINVAL with the reason in `say`: too long, too many, a control byte, an open quote. */
int cmdline_read(struct slice line, char store[CMDLINE_STORE], struct cmdline *ret,
		 char say[CMDLINE_SAY]);

/* Appends `arg` as one word, in quotes where it needs them; cmdline_read() gives it back, unless it
 * holds control bytes. */
void cmdline_quote(struct buf *b, const char *arg);

#endif
