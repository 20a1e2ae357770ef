/* read: a configuration file -> struct conf; libinih's room.
 * inih parts names from values; the lines are cut and looked at here first, because Debian's inih
 * gives its handler no line number, cuts long lines and long section names in silence, does not
 * mention an empty section, ignores what follows a "]", and tells of the first bad line only. */
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/check.h"
#include "conf/fault.h"
#include "conf/value.h"

enum {
	READ_LINE_MAX = 4000,    /* characters in one line */
	READ_INI_LINE = 4096,    /* inih's buffer for one */
	READ_FILE_MAX = 1 << 20, /* bytes in one file */
	READ_SHOWN = 80,         /* characters of a wrong text that an error repeats */
	READ_WORDS = 640,        /* characters of a list of what would be right */
};

struct reading {
	struct slice rest; /* of the file */
	unsigned line;
	bool expected;            /* neither blank, comment nor section: must come back as a key */
	bool ignored;             /* the section has been refused as a whole */
	const char *section;      /* as in the key table; NULL before the first section */
	struct trunk_conf *trunk; /* the one that [trunk NAME] began; NULL in other sections */
	struct conf *conf;
	struct faults *faults;
};

/* `%.*s` of a slice, not too much of it. */
#define SHOWN(s) (int)((s).n < READ_SHOWN ? (s).n : READ_SHOWN), ((s).n ? (s).p : "")

/* Gives the keys of trunk sections (or all others) their defaults; base is the struct that their
 * fields lie in. */
static void
preset(bool trunk, void *base)
{
	struct slice bad;

	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (keys_is_trunk(k) != trunk || !k->preset)
			continue;
		if (value_parse(k, slice_str(k->preset), base, &bad) < 0)
			abort(); /* the table is wrong; test_conf.c reads every row */
	}
}

/* Complains of the keys that have no default and were not given. */
static void
require(struct reading *r, bool trunk)
{
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char words[READ_WORDS];
		struct buf right = BUF(words);

		if (keys_is_trunk(k) != trunk || k->preset || r->faults->line[i])
			continue;
		value_hint(k, &right);
		if (trunk)
			fault_at(r->faults, r->faults->trunk_line[r->conf->ntrunk - 1],
				 "trunk %s.%s: is missing; %s", r->trunk->name, k->key,
				 buf_cstr(&right));
		else
			fault_at(r->faults, 0, "%s: is missing; %s", k->name, buf_cstr(&right));
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
begin_trunk(struct reading *r, struct slice name)
{
	struct conf *c = r->conf;

	r->ignored = true;
	if (!is_trunk_name(name)) {
		fault_at(r->faults, r->line,
			 "[trunk %.*s]: not a name; 1 to %d letters, digits, '.', '-' and '_'",
			 SHOWN(name), CONF_NAME_MAX - 1);
	} else if (has_trunk(c, name)) {
		fault_at(r->faults, r->line, "[trunk %.*s]: is given twice; another name",
			 SHOWN(name));
	} else if (c->ntrunk == CONF_TRUNKS) {
		fault_at(r->faults, r->line, "[trunk %.*s]: is one too many; at most %d trunks",
			 SHOWN(name), CONF_TRUNKS);
	} else {
		r->ignored = false;
		r->faults->trunk_line[c->ntrunk] = r->line;
		r->trunk = &c->trunk[c->ntrunk++];
		memcpy(r->trunk->name, name.p, name.n);
		preset(true, r->trunk);
	}
}

/* What the reader forgets when a section ends: the lines of a trunk's keys are per trunk. */
static void
end_section(struct reading *r)
{
	if (r->trunk)
		require(r, true);
	for (size_t i = 0; i < conf_nkeys; i++)
		if (keys_is_trunk(&conf_keys[i]))
			r->faults->line[i] = 0;
	r->trunk = NULL;
	r->ignored = false;
}

static void
unknown_section(struct reading *r, struct slice name)
{
	char words[READ_WORDS];
	struct buf b = BUF(words);

	r->ignored = true;
	for (size_t i = 0; i < conf_nkeys; i++)
		if (i == 0 || strcmp(conf_keys[i].section, conf_keys[i - 1].section) != 0)
			buf_printf(&b, "%s[%s%s]", i ? ", " : "", conf_keys[i].section,
				   keys_is_trunk(&conf_keys[i]) ? " NAME" : "");
	fault_at(r->faults, r->line, "[%.*s]: unknown section; one of %s", SHOWN(name),
		 buf_cstr(&b));
}

/* A line that begins with "[". */
static void
begin_section(struct reading *r, struct slice line)
{
	const char *close = memchr(line.p, ']', line.n);
	struct slice name, after;

	end_section(r);
	r->section = "";
	if (!close) {
		r->ignored = true;
		fault_at(r->faults, r->line, "%.*s: a section without its ']'; [NAME]",
			 SHOWN(line));
		return;
	}
	name = slice_trim((struct slice){line.p + 1, (size_t)(close - line.p) - 1});
	after = slice_trim((struct slice){close + 1, (size_t)(line.p + line.n - close) - 1});
	if (after.n > 0 && after.p[0] != ';' && after.p[0] != '#')
		fault_at(r->faults, r->line, "[%.*s]: \"%.*s\" after a section; a line of its own",
			 SHOWN(name), SHOWN(after));
	if (slice_has_prefix(name, SLICE("trunk "))) {
		r->section = "trunk";
		begin_trunk(r, slice_trim((struct slice){name.p + 6, name.n - 6}));
	} else if (slice_eq(name, SLICE("trunk"))) {
		begin_trunk(r, (struct slice){"", 0});
	} else if (!(r->section = keys_section(name))) {
		unknown_section(r, name);
	}
}

/* inih has found no key in a line that should have had one. */
static void
close_line(struct reading *r)
{
	if (r->expected && !r->ignored)
		fault_at(r->faults, r->line,
			 "neither a comment nor a section nor a key; KEY = VALUE");
	r->expected = false;
}

/* Looks at one line before inih does; false: inih is not to see it. */
static bool
look_at(struct reading *r, struct slice line)
{
	struct slice text = slice_trim(line);

	if (line.n > READ_LINE_MAX) {
		fault_at(r->faults, r->line, "a line of %zu characters; at most %d", line.n,
			 READ_LINE_MAX);
		return false;
	}
	if (line.n > 0 && memchr(line.p, '\0', line.n)) {
		fault_at(r->faults, r->line, "a NUL byte; text only");
		return false;
	}
	if (text.n == 0 || text.p[0] == ';' || text.p[0] == '#')
		return false;
	if (text.p[0] == '[') {
		begin_section(r, text);
		return false;
	}
	r->expected = true;
	return true;
}

/* inih's reader: the next line into `str`, at most `num` bytes with its end. */
static char *
next_line(char *str, int num, void *stream)
{
	struct reading *r = stream;
	const char *end = r->rest.n ? memchr(r->rest.p, '\n', r->rest.n) : NULL;
	struct slice line = {r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n};
	size_t n = 0;

	close_line(r);
	if (r->rest.n == 0)
		return NULL;
	r->line++;
	r->rest.p += line.n + (end != NULL);
	r->rest.n -= line.n + (end != NULL);
	if (look_at(r, line) && line.n < (size_t)num) {
		n = line.n;
		memcpy(str, line.p, n);
	}
	str[n] = '\0';
	return str;
}

static void
unknown_key(struct reading *r, const char *name)
{
	struct slice shown = slice_str(name);
	char words[READ_WORDS];
	struct buf b = BUF(words);

	for (size_t i = 0; i < conf_nkeys; i++)
		if (!strcmp(conf_keys[i].section, r->section))
			buf_printf(&b, "%s%s", b.n ? ", " : "", conf_keys[i].key);
	fault_at(r->faults, r->line, "%s.%.*s: unknown key; one of %s", r->section, SHOWN(shown),
		 buf_cstr(&b));
}

static const char *
wrong(int rc)
{
	switch (rc) {
	case -ERANGE: return "is out of range";
	case -E2BIG: return "is too long or one too many";
	case -EEXIST: return "is given twice";
	case -ENOTSUP: return "is not available yet";
	default: return "is not right";
	}
}

static void
bad_value(struct reading *r, const struct conf_key *k, struct slice bad, int rc)
{
	char words[READ_WORDS];
	struct buf right = BUF(words);

	r->faults->bad[k - conf_keys] = true;
	value_hint(k, &right);
	fault_at(r->faults, r->line, "%s%s%s.%s: \"%.*s\" %s; %s", k->section, r->trunk ? " " : "",
		 r->trunk ? r->trunk->name : "", k->key, SHOWN(bad), wrong(rc), buf_cstr(&right));
}

/* inih's handler: one key.  inih's idea of the section is not used, it may be cut short. */
static int
take_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	const struct conf_key *k = r->section ? keys_find(r->section, name) : NULL;
	struct slice bad;
	int rc;

	(void)section;
	r->expected = false;
	if (r->ignored)
		return 1;
	if (!r->section) {
		fault_at(r->faults, r->line, "%.80s: before any section; a [SECTION] line above it",
			 name);
	} else if (!k) {
		unknown_key(r, name);
	} else if (fault_line_of(r->faults, k)) {
		fault_at(r->faults, r->line, "%s: is given twice, first in line %u; one of them",
			 k->name, fault_line_of(r->faults, k));
	} else {
		r->faults->line[k - conf_keys] = r->line;
		rc = value_parse(k, slice_str(value), r->trunk ? (void *)r->trunk : r->conf, &bad);
		if (rc < 0)
			bad_value(r, k, bad, rc);
	}
	return 1;
}

/* Fills r->conf; the errors are in r->faults. */
static int
read_lines(struct reading *r)
{
	static const char bom[] = {'\xef', '\xbb', '\xbf'};

	if (slice_has_prefix(r->rest, (struct slice){bom, sizeof(bom)})) {
		r->rest.p += sizeof(bom);
		r->rest.n -= sizeof(bom);
	}
	/* An indented line is a key like any other, not more of the value above it. */
	ini_allow_multiline = false;
	ini_max_line = READ_INI_LINE;
	if (ini_parse_stream(next_line, r, take_key, r) == -2)
		return -ENOMEM;
	end_section(r);
	require(r, false);
	check_all(r->conf, r->faults);
	fault_close(r->faults);
	return r->faults->count ? -EINVAL : 0;
}

int
conf_read_text(const char *name, struct slice text, struct buf *errors, struct conf **ret)
{
	struct faults *f = calloc(1, sizeof(*f));
	struct conf *c = calloc(1, sizeof(*c));
	struct reading r = {.rest = text, .conf = c, .faults = f};
	int rc = -ENOMEM;

	if (f && c) {
		f->file = name;
		f->to = errors;
		preset(false, c);
		rc = read_lines(&r);
	}
	if (rc == 0) {
		*ret = c;
		c = NULL;
	}
	free(f);
	free(c);
	return rc;
}

/* All of a file that may also be a pipe or a memfd: 0 and its length, or -errno. */
static int
read_all(const char *path, char *to, size_t cap, size_t *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;
	int rc;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, to + n, cap - n)) > 0)
		n += (size_t)got;
	rc = got < 0 ? -errno : n == cap ? -EFBIG : 0;
	close(fd);
	*ret = n;
	return rc;
}

int
conf_read(const char *path, struct buf *errors, struct conf **ret)
{
	char *text = malloc(READ_FILE_MAX);
	size_t n = 0;
	int rc = text ? read_all(path, text, READ_FILE_MAX, &n) : -ENOMEM;

	if (rc < 0)
		buf_printf(errors, "%s: cannot be read: %s\n", path, strerror(-rc));
	else
		rc = conf_read_text(path, (struct slice){text, n}, errors, ret);
	free(text);
	return rc;
}
