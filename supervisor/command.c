/* command: see command.h.  The grammar column of commands.h is read here at run time, so that
 * what is printed as usage is what is parsed. */
#include "supervisor/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct row {
	enum command_kind kind;
	const char *words, *grammar, *help;
};

static const struct row rows[COMMAND_COUNT] = {
#define X(id, handler, kind, words, grammar, help) [COMMAND_##id] = {kind, words, grammar, help},
    COMMANDS(X)
#undef X
};

/* One option or argument of a grammar. */
struct item {
	struct slice name;  /* "--reason" or "NAME" */
	struct slice value; /* what the option takes ("TEXT"); empty: nothing */
	bool option, optional;
	int group; /* 0: none; items of one group exclude each other */
};

/* Cuts what stands before the first `c` off *rest; all of it when there is none. */
static struct slice
cut_at(struct slice *rest, char c)
{
	const char *p = rest->n ? memchr(rest->p, c, rest->n) : NULL;
	struct slice head = {rest->p, p ? (size_t)(p - rest->p) : rest->n};
	size_t skip = p ? head.n + 1 : head.n;

	rest->p += skip;
	rest->n -= skip;
	return head;
}

static struct item
item_read(struct slice text, bool optional, int group)
{
	struct item it = {.optional = optional, .group = group};

	text = slice_trim(text);
	it.option = slice_has_prefix(text, SLICE("--"));
	it.name = cut_at(&text, ' ');
	it.value = slice_trim(text);
	return it;
}

/* "[--wait] [--now | --when-idle] NAME" -> items; returns how many. */
static size_t
grammar_read(const char *grammar, struct item ret[COMMAND_ITEMS])
{
	struct slice rest = slice_trim(slice_str(grammar));
	size_t n = 0;
	int group = 0;

	while (rest.n > 0 && n < COMMAND_ITEMS) {
		if (rest.p[0] != '[') {
			ret[n++] = item_read(cut_at(&rest, ' '), false, 0);
			rest = slice_trim(rest);
			continue;
		}
		struct slice inner = cut_at(&rest, ']');
		inner.p++;
		inner.n--;
		bool one_of = memchr(inner.p, '|', inner.n) != NULL;
		if (one_of)
			group++;
		while (inner.n > 0 && n < COMMAND_ITEMS)
			ret[n++] = item_read(cut_at(&inner, '|'), true, one_of ? group : 0);
		rest = slice_trim(rest);
	}
	return n;
}

/* How many of the words from `at` on spell `spelling`; 0 when they do not. */
static size_t
spelled(const char *spelling, const struct cmdline *w)
{
	struct slice rest = slice_str(spelling);
	size_t n = 0;

	while (rest.n > 0) {
		struct slice one = cut_at(&rest, ' ');

		if (w->at + n >= w->n || !slice_eq(one, slice_str(w->word[w->at + n])))
			return 0;
		n++;
	}
	return n;
}

static enum command
command_match(struct cmdline *w)
{
	for (int c = 0; c < COMMAND_COUNT; c++) {
		size_t n = spelled(rows[c].words, w);

		if (n > 0) {
			w->at += n;
			return (enum command)c;
		}
	}
	return COMMAND_COUNT;
}

static bool
given(const struct command_call *c, struct slice name)
{
	for (size_t i = 0; i < c->nvalue; i++)
		if (slice_eq(c->value[i].name, name))
			return true;
	return false;
}

/* Whether `it` may be given now: not twice, not beside another of its group. */
static int
option_allowed(const struct command_call *c, const struct item *it, const struct item *items,
	       size_t nitem, char say[COMMAND_SAY])
{
	const char *words = rows[c->command].words;

	if (given(c, it->name)) {
		snprintf(say, COMMAND_SAY, "%s: %.*s is given twice", words, (int)it->name.n,
			 it->name.p);
		return -EINVAL;
	}
	for (size_t i = 0; i < nitem; i++) {
		if (it->group == 0 || items[i].group != it->group || !given(c, items[i].name))
			continue;
		snprintf(say, COMMAND_SAY, "%s: %.*s and %.*s exclude each other", words,
			 (int)items[i].name.n, items[i].name.p, (int)it->name.n, it->name.p);
		return -EINVAL;
	}
	return 0;
}

/* Takes the option w->word[w->at], and its value. */
static int
option_read(struct command_call *c, struct cmdline *w, const struct item *items, size_t nitem,
	    char say[COMMAND_SAY])
{
	const char *words = rows[c->command].words, *name = w->word[w->at++], *text = "";
	size_t i = 0;

	while (i < nitem && !(items[i].option && slice_eq(items[i].name, slice_str(name))))
		i++;
	if (i == nitem) {
		snprintf(say, COMMAND_SAY, "%s: no option %.80s", words, name);
		return -EINVAL;
	}
	if (option_allowed(c, &items[i], items, nitem, say) < 0)
		return -EINVAL;
	if (items[i].value.n > 0) {
		if (w->at == w->n) {
			snprintf(say, COMMAND_SAY, "%s: %s needs a value", words, name);
			return -EINVAL;
		}
		text = w->word[w->at++];
	}
	c->value[c->nvalue].name = items[i].name;
	c->value[c->nvalue++].text = text;
	return 0;
}

/* Takes the argument w->word[w->at] for the first one that is still open. */
static int
argument_read(struct command_call *c, struct cmdline *w, const struct item *items, size_t nitem,
	      char say[COMMAND_SAY])
{
	const char *word = w->word[w->at++];

	for (size_t i = 0; i < nitem; i++) {
		if (items[i].option || given(c, items[i].name))
			continue;
		c->value[c->nvalue].name = items[i].name;
		c->value[c->nvalue++].text = word;
		return 0;
	}
	snprintf(say, COMMAND_SAY, "%s: \"%.80s\" is one word too many", rows[c->command].words,
		 word);
	return -EINVAL;
}

static int
arguments_read(struct command_call *c, struct cmdline *w, char say[COMMAND_SAY])
{
	struct item items[COMMAND_ITEMS];
	size_t nitem = grammar_read(rows[c->command].grammar, items);
	int r = 0;

	while (r == 0 && w->at < w->n) {
		if (strcmp(w->word[w->at], "--json") == 0) {
			c->json = true;
			w->at++;
		} else if (strncmp(w->word[w->at], "--", 2) == 0) {
			r = option_read(c, w, items, nitem, say);
		} else {
			r = argument_read(c, w, items, nitem, say);
		}
	}
	for (size_t i = 0; r == 0 && i < nitem; i++) {
		if (items[i].optional || given(c, items[i].name))
			continue;
		snprintf(say, COMMAND_SAY, "%s: %.*s is missing", rows[c->command].words,
			 (int)items[i].name.n, items[i].name.p);
		r = -EINVAL;
	}
	return r;
}

int
command_parse(struct slice line, struct command_call *ret, char say[COMMAND_SAY])
{
	struct cmdline w;

	ret->command = COMMAND_COUNT;
	ret->json = false;
	ret->nvalue = 0;
	say[0] = '\0';
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (cmdline_read(line, ret->store, &w, say) < 0)
		return -EINVAL;
	while (w.at < w.n && strcmp(w.word[w.at], "--json") == 0) {
		ret->json = true;
		w.at++;
	}
	if (w.at == w.n) {
		snprintf(say, COMMAND_SAY, "no command; \"help\" lists them");
		return -EINVAL;
	}
	ret->command = command_match(&w);
	if (ret->command == COMMAND_COUNT) {
		snprintf(say, COMMAND_SAY, "no command \"%.80s\"; \"help\" lists them",
			 w.word[w.at]);
		return -EINVAL;
	}
	return arguments_read(ret, &w, say);
}

bool
command_flag(const struct command_call *c, const char *name)
{
	return given(c, slice_str(name));
}

const char *
command_value(const struct command_call *c, const char *name)
{
	for (size_t i = 0; i < c->nvalue; i++)
		if (slice_eq(c->value[i].name, slice_str(name)))
			return c->value[i].text;
	return NULL;
}

void
command_usage(enum command c, struct buf *b)
{
	buf_printf(b, "%s%s%s", rows[c].words, rows[c].grammar[0] ? " " : "", rows[c].grammar);
}

size_t
command_help(const char *first, struct buf *b)
{
	size_t n = 0;

	for (int c = 0; c < COMMAND_COUNT; c++) {
		struct slice rest = slice_str(rows[c].words);

		if (first != NULL && !slice_eq(cut_at(&rest, ' '), slice_str(first)))
			continue;
		buf_str(b, "  ");
		command_usage((enum command)c, b);
		buf_printf(b, "\n      %s\n", rows[c].help);
		n++;
	}
	return n;
}

enum command_kind
command_kind(enum command c)
{
	return (unsigned)c < COMMAND_COUNT ? rows[c].kind : SHOWS;
}
