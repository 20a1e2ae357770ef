/* mail_text: see mail_text.h.  The body is first made as a view, sentences and rows in the
 * mailbox's language, and then laid out twice. */
#include "worker/mail_text.h"

#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail_words.h"

enum { ROWS_MAX = 5, LINES_MAX = 3 };

struct view {
	char first[MAIL_LINE_MAX]; /* "You have a voice message from ..." */
	struct {
		const char *label;
		char value[MAIL_NAME_MAX + 64];
		const char *dial; /* "": no link */
	} rows[ROWS_MAX];
	size_t nrows;
	const char *lines[LINES_MAX]; /* important, private, interrupted */
	size_t nlines;
};

/* ---- patterns ---- */

/* "1 hour 5 seconds": what is nought is left away, unless all is. */
static void
put_length(const struct mail_words *w, uint32_t seconds, struct buf *out)
{
	const uint32_t parts[MAIL_UNITS] = {
	    [MAIL_SECONDS] = seconds % 60,
	    [MAIL_MINUTES] = seconds / 60 % 60,
	    [MAIL_HOURS] = seconds / 3600,
	};
	bool any = false;
	for (int u = MAIL_UNITS; u-- > 0;) {
		if (parts[u] == 0 && (u != MAIL_SECONDS || any))
			continue;
		buf_printf(out, "%s%u %s", any ? " " : "", parts[u],
			   w->units[u][w->plural(parts[u])]);
		any = true;
	}
}

static void
put_when(const struct mail_words *w, const struct tm *t, struct slice name, struct buf *out)
{
	if (slice_eq(name, SLICE("day")))
		buf_printf(out, "%d", t->tm_mday);
	else if (slice_eq(name, SLICE("month")))
		buf_str(out, w->months[t->tm_mon >= 0 && t->tm_mon < 12 ? t->tm_mon : 0]);
	else if (slice_eq(name, SLICE("year")))
		buf_printf(out, "%d", t->tm_year + 1900);
	else if (slice_eq(name, SLICE("hour")))
		buf_printf(out, "%02d", t->tm_hour);
	else if (slice_eq(name, SLICE("minute")))
		buf_printf(out, "%02d", t->tm_min);
	else if (slice_eq(name, SLICE("hour12")))
		buf_printf(out, "%d", t->tm_hour % 12 == 0 ? 12 : t->tm_hour % 12);
	else if (slice_eq(name, SLICE("half")))
		buf_str(out, t->tm_hour < 12 ? "AM" : "PM");
}

/* The pattern with everything in its place; `caller` for {caller}. */
static void
fill(const struct mail_facts *f, const char *pattern, const char *caller, struct buf *out)
{
	const struct mail_words *w = mail_words_of(f->culture);
	for (const char *p = pattern; *p != '\0';) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		if (end == NULL) {
			buf_add(out, p++, 1);
			continue;
		}
		struct slice name = {p + 1, (size_t)(end - p - 1)};
		if (slice_eq(name, SLICE("caller")))
			buf_str(out, caller);
		else if (slice_eq(name, SLICE("length")))
			put_length(w, f->seconds, out);
		else
			put_when(w, &f->when, name, out);
		p = end + 1;
	}
}

static const char *
caller_of(const struct mail_facts *f)
{
	return f->name[0] != '\0' ? f->name : f->number;
}

/* The cell for a known caller, or the one behind it. */
static const char *
cell_for(const struct mail_facts *f, enum mail_cell known, const char *caller)
{
	return mail_words_of(f->culture)->cells[caller[0] != '\0' ? known : known + 1];
}

_Static_assert(MAIL_VOICE_SUBJECT_UNKNOWN == MAIL_VOICE_SUBJECT + 1 &&
		   MAIL_MISSED_SUBJECT_UNKNOWN == MAIL_MISSED_SUBJECT + 1 &&
		   MAIL_FILE_UNKNOWN == MAIL_FILE + 1 && MAIL_VOICE_UNKNOWN == MAIL_VOICE + 1 &&
		   MAIL_MISSED_UNKNOWN == MAIL_MISSED + 1,
	       "cell_for()");

/* ---- lines ---- */

void
mail_text_caller(const struct mail_facts *f, struct buf *out)
{
	const char *caller = caller_of(f);
	buf_str(out, caller[0] != '\0' ? caller : mail_words_of(f->culture)->cells[MAIL_UNKNOWN]);
}

void
mail_text_subject(const struct mail_facts *f, struct buf *out)
{
	const char *caller = caller_of(f);
	enum mail_cell cell = f->missed ? MAIL_MISSED_SUBJECT : MAIL_VOICE_SUBJECT;
	fill(f, cell_for(f, cell, caller), caller, out);
}

void
mail_text_file(const struct mail_facts *f, const char *suffix, struct buf *out)
{
	char number[MAIL_NAME_MAX];
	size_t n = 0;
	for (const char *p = f->number; *p != '\0' && n + 1 < sizeof(number); p++)
		number[n++] = strchr("\"/\\:*?<>|%;", *p) != NULL ? '_' : *p;
	number[n] = '\0';
	if (number[0] == '.')
		number[0] = '_';
	fill(f, cell_for(f, MAIL_FILE, number), number, out);
	buf_str(out, suffix);
}

/* ---- the view ---- */

static void
add_row(struct view *v, const char *label, const char *value, const char *dial)
{
	struct buf b = BUF(v->rows[v->nrows].value);
	if (value[0] == '\0')
		return;
	v->rows[v->nrows].label = label;
	v->rows[v->nrows].dial = dial;
	buf_str(&b, value);
	(void)buf_cstr(&b);
	v->nrows++;
}

/* "22 November 2026, 01:47 CET (UTC+01:00)"; an abbreviation that is only digits says nothing. */
static void
put_time(const struct mail_facts *f, struct buf *out)
{
	const struct tm *t = &f->when;
	long minutes = t->tm_gmtoff / 60, off = minutes < 0 ? -minutes : minutes;
	if (t->tm_year < 0)
		return;
	fill(f, mail_words_time(f->culture), "", out);
	bool word = t->tm_zone != NULL && t->tm_zone[0] >= 'A' && t->tm_zone[0] <= 'Z';
	if (word && strlen(t->tm_zone) < 8)
		buf_printf(out, " %s", t->tm_zone);
	if (minutes == 0)
		buf_str(out, word && strcmp(t->tm_zone, "UTC") == 0 ? "" : " (UTC)");
	else
		buf_printf(out, " (UTC%c%02ld:%02ld)", minutes < 0 ? '-' : '+', off / 60, off % 60);
}

static void
make_rows(const struct mail_facts *f, struct view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	char time[MAIL_NAME_MAX], length[MAIL_NAME_MAX];
	struct buf t = BUF(time), l = BUF(length);
	put_time(f, &t);
	if (!f->missed)
		put_length(w, f->seconds, &l);
	add_row(v, w->cells[MAIL_LABEL_CALLER], f->name, "");
	add_row(v, w->cells[MAIL_LABEL_NUMBER], f->number,
		f->dial[0] != '\0' ? f->dial : f->number);
	add_row(v, w->cells[MAIL_LABEL_FOR], f->recipient, "");
	add_row(v, w->cells[MAIL_LABEL_TIME], buf_cstr(&t), "");
	add_row(v, w->cells[MAIL_LABEL_LENGTH], buf_cstr(&l), "");
}

static void
make_view(const struct mail_facts *f, struct view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	const char *caller = caller_of(f);
	struct buf first = BUF(v->first);
	v->nrows = v->nlines = 0;
	fill(f, cell_for(f, f->missed ? MAIL_MISSED : MAIL_VOICE, caller), caller, &first);
	(void)buf_cstr(&first);
	make_rows(f, v);
	if (f->important)
		v->lines[v->nlines++] = w->cells[MAIL_IMPORTANT];
	if (f->private_)
		v->lines[v->nlines++] = w->cells[MAIL_PRIVATE];
	if (f->interrupted)
		v->lines[v->nlines++] = w->cells[MAIL_INTERRUPTED];
}

/* ---- plain text ---- */

static size_t
columns(struct slice word)
{
	size_t n = 0;
	for (size_t i = 0; i < word.n; i++)
		n += ((unsigned char)word.p[i] & 0xc0) != 0x80;
	return n;
}

/* A word at column `col`, cut where it is longer than a line; returns the column behind it. */
static size_t
put_word(struct slice word, size_t col, struct buf *out)
{
	for (size_t i = 0; i < word.n;) {
		size_t n = clean_character((struct slice){word.p + i, word.n - i});
		if (col == MAIL_WIDTH) {
			buf_str(out, "\n");
			col = 0;
		}
		buf_add(out, word.p + i, n > 0 ? n : 1);
		i += n > 0 ? n : 1;
		col++;
	}
	return col;
}

/* `text` from column `col` on, broken at blanks into lines of MAIL_WIDTH, with a line end. */
static void
put_wrapped(const char *text, size_t col, struct buf *out)
{
	for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
		struct slice word = {p, strcspn(p, " ")};
		if (col > 0 && col + 1 + columns(word) > MAIL_WIDTH) {
			buf_str(out, "\n");
			col = 0;
		} else if (col > 0) {
			buf_str(out, " ");
			col++;
		}
		col = put_word(word, col, out);
		p += word.n;
	}
	buf_str(out, "\n");
}

void
mail_text_plain(const struct mail_facts *f, struct buf *out)
{
	struct view v;
	make_view(f, &v);
	put_wrapped(v.first, 0, out);
	buf_str(out, "\n");
	for (size_t i = 0; i < v.nrows; i++) {
		buf_printf(out, "%s:", v.rows[i].label);
		put_wrapped(v.rows[i].value, columns(slice_str(v.rows[i].label)) + 1, out);
	}
	for (size_t i = 0; i < v.nlines; i++) {
		buf_str(out, "\n");
		put_wrapped(v.lines[i], 0, out);
	}
	if (f->note[0] == '\0')
		return;
	buf_str(out, "\n");
	put_wrapped(f->note, 0, out);
}

/* ---- HTML ---- */

static void
put_escaped(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&': buf_str(out, "&amp;"); break;
		case '<': buf_str(out, "&lt;"); break;
		case '>': buf_str(out, "&gt;"); break;
		case '"': buf_str(out, "&quot;"); break;
		case '\'': buf_str(out, "&#39;"); break;
		default: buf_add(out, text, 1); break;
		}
	}
}

static void
put_element(const char *tag, const char *text, struct buf *out)
{
	buf_printf(out, "<%s>", tag);
	put_escaped(text, out);
	buf_printf(out, "</%s>\n", tag);
}

/* What a telephone can dial as it stands (RFC 3966): anything else gets no link. */
static bool
is_plain_number(const char *s)
{
	s += *s == '+';
	size_t n = strspn(s, "0123456789");
	return n >= 2 && n <= 20 && s[n] == '\0';
}

/* <bdi>: a name of another direction turns nothing but itself. */
static void
put_row(const struct view *v, size_t i, struct buf *out)
{
	bool link = is_plain_number(v->rows[i].dial);
	buf_str(out, "<tr><th scope=\"row\" align=\"left\" valign=\"top\">");
	put_escaped(v->rows[i].label, out);
	buf_str(out, "</th><td>");
	if (link)
		buf_printf(out, "<a href=\"tel:%s\">", v->rows[i].dial);
	buf_str(out, "<bdi>");
	put_escaped(v->rows[i].value, out);
	buf_printf(out, "</bdi>%s</td></tr>\n", link ? "</a>" : "");
}

static void
put_head(const struct mail_facts *f, struct buf *out)
{
	char subject[MAIL_LINE_MAX];
	struct buf s = BUF(subject);
	mail_text_subject(f, &s);
	buf_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n",
		   mail_words_of(f->culture)->language);
	buf_str(out, "<meta charset=\"utf-8\" />\n"
		     "<meta name=\"color-scheme\" content=\"light dark\" />\n");
	put_element("title", buf_cstr(&s), out);
	/* No colours: the client's own are right in the light and in the dark. */
	buf_str(out, "</head>\n<body style=\"font-family: sans-serif\">\n");
}

void
mail_text_html(const struct mail_facts *f, struct buf *out)
{
	struct view v;
	make_view(f, &v);
	put_head(f, out);
	put_element("p", v.first, out);
	buf_str(out, "<table cellpadding=\"3\">\n");
	for (size_t i = 0; i < v.nrows; i++)
		put_row(&v, i, out);
	buf_str(out, "</table>\n");
	for (size_t i = 0; i < v.nlines; i++)
		put_element("p", v.lines[i], out);
	if (f->note[0] != '\0') {
		buf_str(out, "<hr />\n");
		put_element("p", f->note, out);
	}
	buf_str(out, "</body>\n</html>\n");
}
