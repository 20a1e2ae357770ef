/* command: one line from an operator, read by the table in commands.h.
 * Pure: values in, values out; no sockets, no allocation.  Must not know: who asks, what a command
 * does. */
#ifndef EVERTRUNK_COMMAND_H
#define EVERTRUNK_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "ipc/base/text.h"
#include "supervisor/commands.h"

enum {
	COMMAND_LINE_MAX = 1024, /* bytes of a line, its LF not counted */
	COMMAND_WORDS = 16,      /* words of a line */
	COMMAND_ITEMS = 8,       /* options and arguments in one row's grammar */
	COMMAND_SAY = 256,       /* one line for a person, NUL included */
};

/* A line taken apart.  `value[]` belongs to the items of the row's grammar by name; use
 * command_flag() and command_value(). */
struct command_call {
	enum command command;
	bool json; /* --json, allowed with every command */
	size_t nvalue;
	struct {
		struct slice name; /* "--wait", "NAME": points into the table */
		const char *text;  /* points into store; "" for an option without a value */
	} value[COMMAND_ITEMS];
	char store[COMMAND_LINE_MAX + COMMAND_WORDS];
};

/* Reads `line` (without its LF; a CR at the end is dropped).  Words are separated by blanks;
 * "double quotes" keep blanks together, \" and \\ inside them.  Control bytes are refused.
 * 0, or -EINVAL with the reason in `say` and, in *ret_near, the command that was meant
 * (COMMAND_COUNT: none), for its usage line. */
int command_parse(struct slice line, struct command_call *ret, char say[COMMAND_SAY],
		  enum command *ret_near);

/* Whether option `name` ("--wait") was given. */
bool command_flag(const struct command_call *c, const char *name);
/* The value of argument `name` ("NAME") or of the option that takes it; NULL: not given. */
const char *command_value(const struct command_call *c, const char *name);

/* "recycle [--wait] [--now | --when-idle] [--reason TEXT]" into b. */
void command_usage(enum command c, struct buf *b);
/* One line per command, usage and help in two columns; about 2 KiB. */
void command_help(struct buf *b);
/* The command whose words these are ("trunks reset"), or COMMAND_COUNT. */
enum command command_find(struct slice words);
/* "trunks reset". */
const char *command_words(enum command c);

/* Appends `arg` as one word of a command line, in quotes where it needs them. */
void command_quote(struct buf *b, const char *arg);

#endif
