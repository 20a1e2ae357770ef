/* mail_text_lay: a view as plain text and as HTML.
 * Part of the room mail_text; see mail_text.h. */
#include "ipc/base/clean.h"
#include "worker/mail_text_room.h"
#include "worker/mail_words.h"

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
	struct mail_view v;
	mail_text_view(f, &v);
	put_wrapped(v.first, 0, out);
	buf_str(out, "\n");
	for (size_t i = 0; i < v.nrows; i++) {
		buf_printf(out, "%s:", v.rows[i].label);
		put_wrapped(v.rows[i].value, columns(slice_str(v.rows[i].label)) + 1, out);
	}
	for (size_t i = 0; i < v.nentries; i++) {
		buf_str(out, i == 0 ? "\n*" : "*");
		put_wrapped(v.entries[i], 1, out);
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
put_row(const struct mail_view *v, size_t i, struct buf *out)
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
	struct mail_view v;
	mail_text_view(f, &v);
	put_head(f, out);
	put_element("p", v.first, out);
	buf_str(out, "<table cellpadding=\"3\">\n");
	for (size_t i = 0; i < v.nrows; i++)
		put_row(&v, i, out);
	buf_str(out, "</table>\n");
	buf_str(out, v.nentries > 0 ? "<ul>\n" : "");
	for (size_t i = 0; i < v.nentries; i++)
		put_element("li", v.entries[i], out);
	buf_str(out, v.nentries > 0 ? "</ul>\n" : "");
	for (size_t i = 0; i < v.nlines; i++)
		put_element("p", v.lines[i], out);
	if (f->note[0] != '\0') {
		buf_str(out, "<hr />\n");
		put_element("p", f->note, out);
	}
	buf_str(out, "</body>\n</html>\n");
}
