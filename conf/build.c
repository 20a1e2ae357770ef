/* build: see build.h. */
#include "conf/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/value.h"

/* Characters of a list of what would be right. */
enum { BUILD_WORDS = 640 };

/* Gives the keys that are not a trunk's their defaults (a trunk's: conf_profile()). */
static void
preset(struct conf *c)
{
	struct slice bad;

	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (keys_is_trunk(k) || !k->preset)
			continue;
		if (value_parse(k, slice_str(k->preset), c, &bad) < 0)
			abort(); /* the table is wrong; test_conf.c reads every row */
	}
}

/* Complains of the keys that have no default and were not given; a trunk has no such key. */
static void
require(struct build *b)
{
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char words[BUILD_WORDS];
		struct buf right = BUF(words);

		if (keys_is_trunk(k) || k->preset || b->faults->line[i])
			continue;
		value_hint(k, &right);
		fault_at(b->faults, 0, "%s: is missing; %s", k->name, buf_cstr(&right));
	}
}

static bool
is_trunk_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!value_name_char(name.p[i]))
			return false;
	return name.n > 0 && name.n < CONF_NAME_MAX;
}

static bool
has_trunk(const struct conf *c, struct slice name)
{
	for (size_t i = 0; i < c->ntrunk; i++)
		if (slice_eq(slice_str(c->trunk[i].name), name))
			return true;
	return false;
}

static void
begin_trunk(struct build *b, struct slice name)
{
	struct conf *c = b->conf;

	b->ignored = true;
	if (!is_trunk_name(name)) {
		fault_at(b->faults, b->line,
			 "[trunk %.*s]: not a name; 1 to %d letters, digits, '.', '-' and '_'",
			 BUILD_SHOWN(name), CONF_NAME_MAX - 1);
	} else if (has_trunk(c, name)) {
		fault_at(b->faults, b->line, "[trunk %.*s]: is given twice; another name",
			 BUILD_SHOWN(name));
	} else if (c->ntrunk == CONF_TRUNKS) {
		fault_at(b->faults, b->line, "[trunk %.*s]: is one too many; at most %d trunks",
			 BUILD_SHOWN(name), CONF_TRUNKS);
	} else {
		b->ignored = false;
		b->faults->trunk_line[c->ntrunk] = b->line;
		b->trunk = &c->trunk[c->ntrunk++];
		memcpy(b->trunk->name, name.p, name.n);
		b->trunk->profile = PROFILE_AUTO;
	}
}

/* A trunk gets what its section has not given; where it gave its keys is forgotten: the next trunk
 * has its own. */
static void
end_section(struct build *b)
{
	if (b->trunk) {
		const struct trunk_conf said = *b->trunk;
		conf_profile(&said, said.profile, b->trunk);
	}
	for (size_t i = 0; i < conf_nkeys; i++)
		if (keys_is_trunk(&conf_keys[i]))
			b->faults->line[i] = 0;
	b->trunk = NULL;
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
				   keys_is_trunk(&conf_keys[i]) ? " NAME" : "");
	fault_at(b->faults, b->line, "[%.*s]: unknown section; one of %s", BUILD_SHOWN(name),
		 buf_cstr(&list));
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
	if (slice_has_prefix(name, SLICE("trunk "))) {
		b->section = "trunk";
		begin_trunk(b, slice_trim((struct slice){name.p + 6, name.n - 6}));
	} else if (slice_eq(name, SLICE("trunk"))) {
		begin_trunk(b, (struct slice){"", 0});
	} else if (!(b->section = keys_section(name))) {
		unknown_section(b, name);
	}
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
	fault_at(b->faults, b->line, "%s%s%s.%s: \"%.*s\" %s; %s", k->section, b->trunk ? " " : "",
		 b->trunk ? b->trunk->name : "", k->key, BUILD_SHOWN(bad), wrong(rc),
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
		rc = value_parse(k, slice_str(value), b->trunk ? (void *)b->trunk : b->conf, &bad);
		if (rc < 0)
			bad_value(b, k, bad, rc);
		else if (b->trunk)
			b->trunk->given |= keys_trunk_bit(k);
	}
}

void
build_begin(struct build *b)
{
	preset(b->conf);
}

void
build_end(struct build *b)
{
	end_section(b);
	require(b);
	check_all(b->conf, b->faults);
	fault_close(b->faults);
}
