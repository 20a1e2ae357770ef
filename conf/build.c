/* build: see build.h. */
#include "conf/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/value.h"

/* Characters of a list of what would be right. */
enum { BUILD_WORDS = 640 };

/* Gives the keys of one kind of section (NULL: of those that stand for one) their defaults. */
static void
preset(const struct conf_named *named, void *base)
{
	struct slice bad;

	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (keys_named(k) != named || !k->preset)
			continue;
		if (value_parse(k, slice_str(k->preset), base, &bad) < 0)
			abort(); /* the table is wrong; test_conf.c reads every row */
	}
}

/* The name of [SECTION NAME] that is open; "" in other sections. */
static const char *
element_name(const struct build *b)
{
	return b->element ? b->element : "";
}

/* Its line; 0 in other sections. */
static unsigned
element_line(const struct build *b)
{
	size_t last;

	if (!b->element)
		return 0;
	last = named_count(b->named, b->conf) - 1;
	return b->faults->named_line[b->named - conf_named][last];
}

/* Complains of the keys of what is open, or of the sections that stand for one, that have no
 * default and were not given. */
static void
require(struct build *b)
{
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char words[BUILD_WORDS];
		struct buf right = BUF(words);

		if (keys_named(k) != b->named || k->preset || b->faults->line[i])
			continue;
		value_hint(k, &right);
		fault_at(b->faults, element_line(b), "%s%s%s.%s: is missing; %s", k->section,
			 b->element ? " " : "", element_name(b), k->key, buf_cstr(&right));
	}
}

static bool
is_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!value_name_char(name.p[i]))
			return false;
	return name.n > 0 && name.n < CONF_NAME_MAX;
}

static bool
has_name(const struct conf_named *n, const struct conf *c, struct slice name)
{
	for (size_t i = 0; i < named_count(n, c); i++)
		if (slice_eq(slice_str(named_name(n, c, i)), name))
			return true;
	return false;
}

static void
begin_named(struct build *b, const struct conf_named *n, struct slice name)
{
	const size_t at = named_count(n, b->conf);

	b->ignored = true;
	b->section = n->section;
	if (!is_name(name)) {
		fault_at(b->faults, b->line,
			 "[%s %.*s]: not a name; 1 to %d letters, digits, '.', '-' and '_'",
			 n->section, BUILD_SHOWN(name), CONF_NAME_MAX - 1);
	} else if (has_name(n, b->conf, name)) {
		fault_at(b->faults, b->line, "[%s %.*s]: is given twice; another name", n->section,
			 BUILD_SHOWN(name));
	} else if (at == n->max) {
		fault_at(b->faults, b->line, "[%s %.*s]: is one too many; at most %zu", n->section,
			 BUILD_SHOWN(name), n->max);
	} else {
		b->ignored = false;
		b->faults->named_line[n - conf_named][at] = b->line;
		b->named = n;
		b->element = named_add(n, b->conf, name);
		preset(n, b->element);
	}
}

/* What has been open gets what its section has not given; where its keys were given is forgotten:
 * the next of its kind has its own. */
static void
end_section(struct build *b)
{
	if (b->element) {
		require(b);
		if (b->named->finish)
			b->named->finish(b->element);
	}
	for (size_t i = 0; i < conf_nkeys; i++)
		if (keys_named(&conf_keys[i]))
			b->faults->line[i] = 0;
	b->named = NULL;
	b->element = NULL;
	b->ignored = false;
}

static void
unknown_section(struct build *b, struct slice name)
{
	char words[BUILD_WORDS];
	struct buf list = BUF(words);

	b->ignored = true;
	for (size_t i = 0; i < conf_nkeys; i++)
		if (i == 0 || strcmp(conf_keys[i].section, conf_keys[i - 1].section) != 0)
			buf_printf(&list, "%s[%s%s]", i ? ", " : "", conf_keys[i].section,
				   keys_named(&conf_keys[i]) ? " NAME" : "");
	fault_at(b->faults, b->line, "[%.*s]: unknown section; one of %s", BUILD_SHOWN(name),
		 buf_cstr(&list));
}

/* "listen", or "trunk pbx". */
static void
open_section(struct build *b, struct slice name)
{
	struct slice kind = {name.p, 0}, rest;
	const struct conf_named *named;

	while (kind.n < name.n && name.p[kind.n] != ' ')
		kind.n++;
	rest = slice_trim((struct slice){name.p + kind.n, name.n - kind.n});
	named = named_find(kind);
	if (named)
		begin_named(b, named, rest);
	else if (!(b->section = keys_section(name)))
		unknown_section(b, name);
}

void
build_section(struct build *b, struct slice line)
{
	const char *close = memchr(line.p, ']', line.n);
	struct slice name, after;

	end_section(b);
	b->section = "";
	if (!close) {
		b->ignored = true;
		fault_at(b->faults, b->line, "%.*s: has no ']'; a section is [NAME]",
			 BUILD_SHOWN(line));
		return;
	}
	name = slice_trim((struct slice){line.p + 1, (size_t)(close - line.p) - 1});
	after = slice_trim((struct slice){close + 1, (size_t)(line.p + line.n - close) - 1});
	if (after.n > 0 && after.p[0] != ';' && after.p[0] != '#')
		fault_at(b->faults, b->line,
			 "[%.*s]: followed by \"%.*s\"; that on a line of its own",
			 BUILD_SHOWN(name), BUILD_SHOWN(after));
	open_section(b, name);
}

static void
unknown_key(struct build *b, const char *name)
{
	struct slice shown = slice_str(name);
	char words[BUILD_WORDS];
	struct buf list = BUF(words);

	for (size_t i = 0; i < conf_nkeys; i++)
		if (!strcmp(conf_keys[i].section, b->section))
			buf_printf(&list, "%s%s", list.n ? ", " : "", conf_keys[i].key);
	fault_at(b->faults, b->line, "%s.%.*s: unknown key; one of %s", b->section,
		 BUILD_SHOWN(shown), buf_cstr(&list));
}

static const char *
wrong(int rc)
{
	switch (rc) {
	case -ERANGE: return "is out of range";
	case -E2BIG: return "is too long or one too many";
	case -EEXIST: return "is given twice";
	default: return "is not right";
	}
}

static void
bad_value(struct build *b, const struct conf_key *k, struct slice bad, int rc)
{
	char words[BUILD_WORDS];
	struct buf right = BUF(words);

	b->faults->bad[k - conf_keys] = true;
	value_hint(k, &right);
	fault_at(b->faults, b->line, "%s%s%s.%s: \"%.*s\" %s; %s", k->section,
		 b->element ? " " : "", element_name(b), k->key, BUILD_SHOWN(bad), wrong(rc),
		 buf_cstr(&right));
}

void
build_key(struct build *b, const char *name, const char *value)
{
	const struct conf_key *k = b->section ? keys_find(b->section, name) : NULL;
	struct slice bad;
	int rc;

	if (b->ignored)
		return;
	if (!b->section) {
		fault_at(b->faults, b->line, "%.80s: before any section; a [SECTION] line above it",
			 name);
	} else if (!k) {
		unknown_key(b, name);
	} else if (fault_line_of(b->faults, k)) {
		fault_at(b->faults, b->line, "%s: is given twice, first in line %u; one of them",
			 k->name, fault_line_of(b->faults, k));
	} else {
		b->faults->line[k - conf_keys] = b->line;
		rc = value_parse(k, slice_str(value), b->element ? b->element : b->conf, &bad);
		if (rc < 0)
			bad_value(b, k, bad, rc);
		else if (b->element)
			named_give(b->named, b->element, keys_bit(k));
	}
}

void
build_begin(struct build *b)
{
	preset(NULL, b->conf);
}

void
build_end(struct build *b)
{
	end_section(b);
	require(b);
	check_all(b->conf, b->faults);
	fault_close(b->faults);
}
