/* fuzz_command: a line of an operator.  Whatever is accepted keeps the promises of command.h, and
 * written down again with cmdline_quote() it is the same command with the same values. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check(int true_)
{
	if (!true_)
		abort();
}

/* The command as um-ctl would send it. */
static void
write_again(const struct command_call *c, struct buf *line)
{
	static const char *const words[] = {
#define X(id, handler, kind, text, grammar, help) text,
	    COMMANDS(X)
#undef X
	};

	buf_str(line, words[c->command]);
	for (size_t i = 0; i < c->nvalue; i++) {
		bool option = slice_has_prefix(c->value[i].name, SLICE("--"));

		buf_str(line, " ");
		if (option)
			buf_slice(line, c->value[i].name);
		if (option && slice_eq(c->value[i].name, SLICE("--reason")))
			buf_str(line, " ");
		if (!option || slice_eq(c->value[i].name, SLICE("--reason")))
			cmdline_quote(line, c->value[i].text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct command_call a, b;
	char say[COMMAND_SAY], text[4 * CMDLINE_MAX];
	struct buf line = BUF(text);

	memset(say, 'x', sizeof(say));
	if (command_parse((struct slice){(const char *)data, n}, &a, say) < 0) {
		check(memchr(say, '\0', sizeof(say)) != NULL && say[0] != '\0');
		return 0;
	}
	check((unsigned)a.command < COMMAND_COUNT && a.nvalue <= COMMAND_ITEMS);
	write_again(&a, &line);
	check(!line.full);
	if (line.n > CMDLINE_MAX) /* quotes made it longer than a line may be */
		return 0;
	check(command_parse((struct slice){line.p, line.n}, &b, say) == 0);
	check(a.command == b.command && a.nvalue == b.nvalue);
	for (size_t i = 0; i < a.nvalue; i++)
		check(slice_eq(a.value[i].name, b.value[i].name) &&
		      strcmp(a.value[i].text, b.value[i].text) == 0);
	return 0;
}
