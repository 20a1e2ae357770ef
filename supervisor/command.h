/* command: one line from an operator, read by the table in commands.h.
 * Pure: values in, values out; no sockets, no allocation.  Must not know: who asks, what a command
 * does. */
#ifndef EVERTRUNK_COMMAND_H
#define EVERTRUNK_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "ipc/base/text.h"
#include "supervisor/commands.h"
#include "supervisor/cmdline.h"

enum {
	COMMAND_ITEMS = 8,         /* options and arguments in one row's grammar */
	COMMAND_SAY = CMDLINE_SAY, /* one line for a person, NUL included */
	COMMAND_HELP_MAX = 4096,
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
	char store[CMDLINE_STORE];
};

/* Reads `line` (without its LF; a CR at the end is dropped).
 * 0, or -EINVAL with the reason in `say`; then ret->command is the one that was meant
 * (COMMAND_COUNT: none), for its usage line, and ret->json is good as well. */
int command_parse(struct slice line, struct command_call *ret, char say[COMMAND_SAY]);

/* Whether option `name` ("--wait") was given. */
bool command_flag(const struct command_call *c, const char *name);
/* The value of argument `name` ("NAME") or of option `name` ("--reason"); NULL: not given. */
const char *command_value(const struct command_call *c, const char *name);

/* "recycle [--wait] [--now | --when-idle] [--reason TEXT]" into b. */
void command_usage(enum command c, struct buf *b);
/* Usage and help of every command, or of those that begin with the word `first`; at most
 * COMMAND_HELP_MAX bytes.  Returns how many there were. */
size_t command_help(const char *first, struct buf *b);
/* SHOWS for a line that is no command. */
enum command_kind command_kind(enum command c);

#endif
