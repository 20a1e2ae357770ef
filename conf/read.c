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

#include "conf/build.h"

enum {
	READ_LINE_MAX = 4000,    /* characters in one line */
	READ_INI_LINE = 4096,    /* inih's buffer for one */
	READ_FILE_MAX = 1 << 20, /* bytes in one file */
};

struct reading {
	struct slice rest; /* of the file */
	bool expected;     /* the line must come back as a key */
	struct build build;
};

/* inih has found no key in a line that should have had one. */
static void
close_line(struct reading *r)
{
	if (r->expected && !r->build.ignored)
		fault_at(r->build.faults, r->build.line,
			 "neither a comment nor a [SECTION] nor a key; KEY = VALUE");
	r->expected = false;
}

/* Looks at one line before inih does; false: inih is not to see it. */
static bool
look_at(struct reading *r, struct slice line)
{
	struct slice text = slice_trim(line);

	if (line.n > READ_LINE_MAX) {
		fault_at(r->build.faults, r->build.line, "a line of %zu characters; at most %d",
			 line.n, READ_LINE_MAX);
		return false;
	}
	if (line.n > 0 && memchr(line.p, '\0', line.n)) {
		fault_at(r->build.faults, r->build.line, "a NUL byte; text only");
		return false;
	}
	if (text.n == 0 || text.p[0] == ';' || text.p[0] == '#')
		return false;
	if (text.p[0] == '[') {
		build_section(&r->build, text);
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
	r->build.line++;
	r->rest.p += line.n + (end != NULL);
	r->rest.n -= line.n + (end != NULL);
	if (look_at(r, line) && line.n < (size_t)num) {
		n = line.n;
		memcpy(str, line.p, n);
	}
	str[n] = '\0';
	return str;
}

/* inih's handler: one key.  inih's idea of the section is not used, it may be cut short. */
static int
take_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	(void)section;
	r->expected = false;
	build_key(&r->build, name, value);
	return 1;
}

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
	build_begin(&r->build);
	if (ini_parse_stream(next_line, r, take_key, r) == -2)
		return -ENOMEM;
	build_end(&r->build);
	return r->build.faults->count ? -EINVAL : 0;
}

int
conf_read_text(const char *name, struct slice text, struct buf *errors, struct conf **ret)
{
	struct faults *f = calloc(1, sizeof(*f));
	struct conf *c = calloc(1, sizeof(*c));
	struct reading r = {.rest = text, .build = {.conf = c, .faults = f}};
	int rc = -ENOMEM;

	if (f && c) {
		f->file = name;
		f->to = errors;
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
