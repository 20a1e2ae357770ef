/* cmdline: see cmdline.h. */
#include "supervisor/cmdline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Copies the word at *pos, quotes resolved, to *store; 0, or -EINVAL for an open quote. */
static int
word_read(struct slice line, size_t *pos, char **store)
{
	bool quoted = false;
	size_t i = *pos;

	for (; i < line.n && (quoted || (line.p[i] != ' ' && line.p[i] != '\t')); i++) {
		char c = line.p[i];

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && quoted && i + 1 < line.n)
			c = line.p[++i];
		*(*store)++ = c;
	}
	*(*store)++ = '\0';
	*pos = i;
	return quoted ? -EINVAL : 0;
}

static int
refuse_control_bytes(struct slice line, char say[CMDLINE_SAY])
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			snprintf(say, CMDLINE_SAY, "control byte 0x%02x at column %zu", c, i + 1);
			return -EINVAL;
		}
	}
	return 0;
}

int
cmdline_read(struct slice line, char store[CMDLINE_STORE], struct cmdline *ret,
	     char say[CMDLINE_SAY])
{
	*ret = (struct cmdline){0};
	if (line.n > CMDLINE_MAX) {
		snprintf(say, CMDLINE_SAY, "the command line is longer than %d bytes", CMDLINE_MAX);
		return -EINVAL;
	}
	if (refuse_control_bytes(line, say) < 0)
		return -EINVAL;
	for (size_t i = 0;;) {
		while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
			i++;
		if (i >= line.n)
			return 0;
		if (ret->n == CMDLINE_WORDS) {
			snprintf(say, CMDLINE_SAY, "more than %d words", CMDLINE_WORDS);
			return -EINVAL;
		}
		ret->word[ret->n++] = store;
		if (word_read(line, &i, &store) < 0) {
			snprintf(say, CMDLINE_SAY, "a quote (\") is not closed");
			return -EINVAL;
		}
	}
}

void
cmdline_quote(struct buf *b, const char *arg)
{
	if (arg[0] != '\0' && strpbrk(arg, " \t\"\\") == NULL) {
		buf_str(b, arg);
		return;
	}
	buf_str(b, "\"");
	for (; *arg != '\0'; arg++) {
		if (*arg == '"' || *arg == '\\')
			buf_str(b, "\\");
		buf_add(b, arg, 1);
	}
	buf_str(b, "\"");
}
