/* mailbox_file: see mailbox_file.h.
 * libcsv cuts rows and cells; it gets the text line by line, because it does not say in which line
 * a row stands. */
#include "conf/mailbox_file.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/fault.h"
#include "conf/mailbox_row.h"
#include "conf/mailbox_shared.h"

enum {
	CELLS_MAX = 64,      /* of one row, ours or not */
	ROW_MAX = 16384,     /* bytes of one row */
	FILE_MAX = 64 << 20, /* bytes of the file */
};

struct reading {
	const struct conf *conf;
	struct faults *faults;
	struct mailbox_build *build;
	struct mailbox_shared *shared; /* NULL: there are no Maildirs */
	unsigned line;                 /* that libcsv has been given last */
	unsigned row;                  /* where the row began */
	bool between;                  /* the last row is complete */
	bool titled;                   /* the title row has been read, and is right */
	int err;                       /* a reason to read no further */

	char space[ROW_MAX];
	size_t used;
	struct slice cell[CELLS_MAX];
	size_t ncells;
	bool too_long;

	enum mailbox_column column[CELLS_MAX]; /* by the title row; MAILBOX_COLUMNS: not for us */
	size_t ncolumns;
};

static void
on_cell(void *text, size_t n, void *arg)
{
	struct reading *r = arg;

	if (r->ncells == CELLS_MAX || n > ROW_MAX - r->used) {
		r->too_long = true;
		return;
	}
	memcpy(r->space + r->used, text, n);
	r->cell[r->ncells++] = slice_trim((struct slice){r->space + r->used, n});
	r->used += n;
}

static void
unknown_title(struct reading *r, struct slice title)
{
	char words[256];
	struct buf list = BUF(words);

	for (enum mailbox_column c = 0; c < MAILBOX_COLUMNS; c++)
		buf_printf(&list, "%s%s", c ? ", " : "", mailbox_column_name(c));
	fault_at(r->faults, r->row,
		 "\"%.*s\" is no column of ours; one of %s, or x-NAME for one that is to be "
		 "passed over",
		 (int)(title.n < 60 ? title.n : 60), title.n ? title.p : "", buf_cstr(&list));
}

static bool
has_column(const struct reading *r, enum mailbox_column c)
{
	for (size_t i = 0; i < r->ncolumns; i++)
		if (r->column[i] == c)
			return true;
	return false;
}

static void
take_title(struct reading *r, struct slice title)
{
	const bool foreign = title.n > 2 && (title.p[0] | 0x20) == 'x' && title.p[1] == '-';
	const enum mailbox_column c = mailbox_column_find(title);

	if (c == MAILBOX_COLUMNS && !foreign)
		unknown_title(r, title);
	else if (c != MAILBOX_COLUMNS && has_column(r, c))
		fault_at(r->faults, r->row, "column %s is there twice; one of them",
			 mailbox_column_name(c));
	r->column[r->ncolumns++] = c;
}

/* Without titles no row can be understood: a fault here is the end. */
static void
take_titles(struct reading *r)
{
	const unsigned before = r->faults->count;

	for (size_t i = 0; i < r->ncells; i++)
		take_title(r, r->cell[i]);
	if (!has_column(r, MAILBOX_EXTENSION) && r->faults->count == before)
		fault_at(
		    r->faults, r->row,
		    "there is no column extension; a first row with the titles of the columns");
	if (r->conf->ndialplan > 1 && !has_column(r, MAILBOX_DIALPLAN))
		fault_at(r->faults, r->row,
			 "there is no column dialplan, and there are several; one that says which");
	if (r->faults->count > before)
		r->err = -EINVAL;
	r->titled = r->faults->count == before;
}

static void
take_row(struct reading *r)
{
	struct slice cell[MAILBOX_COLUMNS] = {0};
	struct mailbox_row row;
	char text[512];
	struct buf why = BUF(text);
	int err;

	if (r->ncells != r->ncolumns) {
		fault_at(r->faults, r->row, "%zu cells; %zu, as in the title row", r->ncells,
			 r->ncolumns);
		return;
	}
	for (size_t i = 0; i < r->ncells; i++)
		if (r->column[i] != MAILBOX_COLUMNS)
			cell[r->column[i]] = r->cell[i];
	if (mailbox_row_read(r->conf, cell, &row, &why) < 0) {
		fault_at(r->faults, r->row, "%s", buf_cstr(&why));
		return;
	}
	row.line = r->row;
	err = mailbox_build_add(r->build, &row);
	if (err == -ENOSPC)
		fault_at(r->faults, r->row, "one mailbox too many; at most %d", MAILBOX_MAX);
	r->err = err == 0 && r->shared ? mailbox_shared_add(r->shared, &row) : err;
}

static void
on_row(int end, void *arg)
{
	struct reading *r = arg;

	(void)end;
	if (r->err < 0)
		return;
	if (r->too_long)
		fault_at(r->faults, r->row, "a row of too much; at most %d cells and %d bytes",
			 CELLS_MAX, ROW_MAX);
	else if (!r->titled)
		take_titles(r);
	else
		take_row(r);
	r->between = true;
	r->ncells = r->used = 0;
	r->too_long = false;
}

static void
on_twice(void *arg, unsigned line, const char *number, unsigned first_line)
{
	struct reading *r = arg;

	fault_at(r->faults, line, "%s is a number of line %u too; one mailbox for each", number,
		 first_line);
}

static void
on_shared(void *arg, unsigned line, const char *folder, unsigned first_line)
{
	struct reading *r = arg;

	fault_at(
	    r->faults, line,
	    "its messages would go into %s with those of line %u, which is another mailbox; an "
	    "address of its own, and where only the domain is another %%d in mail.maildir",
	    folder, first_line);
}

/* What parts the cells: whatever there is most of in the title row. */
static char
delimiter_of(struct slice text)
{
	static const char candidates[] = {',', ';', '\t'};
	size_t count[sizeof(candidates)] = {0}, best = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '\n'; i++)
		for (size_t d = 0; d < sizeof(candidates); d++)
			count[d] += text.p[i] == candidates[d];
	for (size_t d = 1; d < sizeof(candidates); d++)
		if (count[d] > count[best])
			best = d;
	return candidates[best];
}

/* The next line, its end included. */
static struct slice
next_line(struct slice *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	struct slice line = {rest->p, end ? (size_t)(end - rest->p) + 1 : rest->n};

	*rest = (struct slice){rest->p + line.n, rest->n - line.n};
	return line;
}

static void
give_line(struct reading *r, struct csv_parser *csv, struct slice line)
{
	r->line++;
	if (r->between)
		r->row = r->line;
	if (memchr(line.p, '\0', line.n)) {
		fault_at(r->faults, r->line, "a NUL byte; text in UTF-8");
		r->err = -EINVAL;
		return;
	}
	r->between = r->between && slice_trim(line).n == 0;
	if (csv_parse(csv, line.p, line.n, on_cell, on_row, r) == line.n)
		return;
	if (csv_error(csv) == CSV_EPARSE)
		fault_at(r->faults, r->line,
			 "a quotation mark in the middle of a cell; \"\" for each, and the cell in "
			 "quotation marks");
	r->err = csv_error(csv) == CSV_EPARSE ? -EINVAL : -ENOMEM;
}

static void
read_lines(struct reading *r, struct slice text)
{
	struct csv_parser csv;

	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		r->err = -ENOMEM;
		return;
	}
	csv_set_delim(&csv, (unsigned char)delimiter_of(text));
	while (text.n > 0 && r->err == 0)
		give_line(r, &csv, next_line(&text));
	if (r->err == 0 && csv_fini(&csv, on_cell, on_row, r) != 0) {
		fault_at(r->faults, r->row, "a quotation mark that is never closed; another one");
		r->err = -EINVAL;
	}
	if (r->err == 0 && !r->titled)
		fault_at(r->faults, 0,
			 "there is nothing in it; a row with the titles of the columns");
	csv_free(&csv);
}

static struct slice
without_mark(struct slice text)
{
	static const char bom[] = {'\xef', '\xbb', '\xbf'};

	if (slice_has_prefix(text, (struct slice){bom, sizeof(bom)}))
		return (struct slice){text.p + sizeof(bom), text.n - sizeof(bom)};
	return text;
}

/* Reads all there is and makes the table of what was right. */
static int
compile(struct reading *r, struct slice text, struct mailbox_bytes *ret)
{
	int err = 0;

	read_lines(r, without_mark(text));
	if (r->err == -ENOMEM)
		return -ENOMEM;
	if (r->titled)
		err = mailbox_build_table(r->build, on_twice, r, ret);
	if (r->titled && r->shared)
		mailbox_shared_tell(r->shared, on_shared, r);
	if (r->titled && err == 0 && ret->count == 0 && r->faults->count == 0)
		fault_at(r->faults, 0, "there is no mailbox in it; a row for each");
	fault_close(r->faults);
	return err < 0 ? err : r->faults->count ? -EINVAL : 0;
}

int
mailbox_file_text(const struct conf *c, const char *name, struct slice text, struct buf *errors,
		  struct mailbox_bytes *ret)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct faults *f = calloc(1, sizeof(*f));
	struct mailbox_build *b = mailbox_build_new(c);
	const bool maildirs = c->mail.delivery == DELIVERY_MAILDIR;
	struct mailbox_shared *s = maildirs ? mailbox_shared_new(c) : NULL;
	int err = -ENOMEM;

	*ret = (struct mailbox_bytes){0};
	if (r && f && b && (s || !maildirs)) {
		f->file = name;
		f->to = errors;
		r->conf = c;
		r->faults = f;
		r->build = b;
		r->shared = s;
		r->between = true;
		err = compile(r, text, ret);
	}
	mailbox_build_free(b);
	mailbox_shared_free(s);
	free(f);
	free(r);
	return err;
}

/* All of a file, malloced. */
static int
load(const char *path, char **ret, size_t *ret_n)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	size_t n = 0;
	ssize_t got = 0;
	int err = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (err == 0)
		err = st.st_size > FILE_MAX ? -EFBIG : 0;
	if (err == 0 && !(text = malloc((size_t)st.st_size + 1)))
		err = -ENOMEM;
	while (err == 0 && n < (size_t)st.st_size &&
	       (got = read(fd, text + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err < 0) {
		free(text);
		return err;
	}
	*ret = text;
	*ret_n = n;
	return 0;
}

int
mailbox_file_read(const struct conf *c, struct buf *errors, struct mailbox_bytes *ret)
{
	char *text;
	size_t n;
	int err = load(c->mailboxes.file, &text, &n);

	*ret = (struct mailbox_bytes){0};
	if (err == 0) {
		err = mailbox_file_text(c, c->mailboxes.file, (struct slice){text, n}, errors, ret);
		free(text);
	}
	if (err < 0 && err != -EINVAL)
		buf_printf(errors, "%s: cannot be read: %s\n", c->mailboxes.file, strerror(-err));
	return err;
}
