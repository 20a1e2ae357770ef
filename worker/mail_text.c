/* mail_text: see mail_text.h.  The body is first made as a view, sentences and rows in the
 * mailbox's language, and then laid out twice (mail_text_lay.c). */
#include <string.h>

#include "worker/mail_text_room.h"
#include "worker/mail_words.h"

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

void
mail_text_fill(const struct mail_facts *f, const char *pattern, const char *caller, struct buf *out)
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
		else if (slice_eq(name, SLICE("recipient")))
			buf_str(out, f->recipient);
		else if (slice_eq(name, SLICE("count")))
			buf_printf(out, "%u", f->notice != NULL ? f->notice->count : 1);
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
	if (f->notice != NULL)
		caller = mail_words_notice(f->culture)->cells[MAIL_NOTICE_FROM];
	buf_str(out, caller[0] != '\0' ? caller : mail_words_of(f->culture)->cells[MAIL_UNKNOWN]);
}

void
mail_text_subject(const struct mail_facts *f, struct buf *out)
{
	const char *caller = caller_of(f);
	enum mail_cell cell = f->missed ? MAIL_MISSED_SUBJECT : MAIL_VOICE_SUBJECT;
	mail_text_fill(f,
		       f->notice != NULL ? mail_text_notice_subject(f) : cell_for(f, cell, caller),
		       caller, out);
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
	mail_text_fill(f, cell_for(f, MAIL_FILE, number), number, out);
	buf_str(out, suffix);
}

/* ---- the view ---- */

void
mail_text_row(struct mail_view *v, const char *label, const char *value, const char *dial)
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

/* An abbreviation of a zone that is only digits says nothing. */
void
mail_text_time(const struct mail_facts *f, struct buf *out)
{
	const struct tm *t = &f->when;
	long minutes = t->tm_gmtoff / 60, off = minutes < 0 ? -minutes : minutes;
	if (t->tm_year < 0)
		return;
	mail_text_fill(f, mail_words_time(f->culture), "", out);
	bool word = t->tm_zone != NULL && t->tm_zone[0] >= 'A' && t->tm_zone[0] <= 'Z';
	if (word && strlen(t->tm_zone) < 8)
		buf_printf(out, " %s", t->tm_zone);
	if (minutes == 0)
		buf_str(out, word && strcmp(t->tm_zone, "UTC") == 0 ? "" : " (UTC)");
	else
		buf_printf(out, " (UTC%c%02ld:%02ld)", minutes < 0 ? '-' : '+', off / 60, off % 60);
}

static void
make_rows(const struct mail_facts *f, struct mail_view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	char time[MAIL_NAME_MAX], length[MAIL_NAME_MAX];
	struct buf t = BUF(time), l = BUF(length);
	mail_text_time(f, &t);
	if (!f->missed)
		put_length(w, f->seconds, &l);
	mail_text_row(v, w->cells[MAIL_LABEL_CALLER], f->name, "");
	mail_text_row(v, w->cells[MAIL_LABEL_NUMBER], f->number,
		      f->dial[0] != '\0' ? f->dial : f->number);
	mail_text_row(v, w->cells[MAIL_LABEL_FOR], f->recipient, "");
	mail_text_row(v, w->cells[MAIL_LABEL_TIME], buf_cstr(&t), "");
	mail_text_row(v, w->cells[MAIL_LABEL_LENGTH], buf_cstr(&l), "");
}

void
mail_text_view(const struct mail_facts *f, struct mail_view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	const char *caller = caller_of(f);
	struct buf first = BUF(v->first);
	v->nrows = v->nlines = v->nentries = 0;
	if (f->notice != NULL) {
		mail_text_notice(f, v);
		return;
	}
	mail_text_fill(f, cell_for(f, f->missed ? MAIL_MISSED : MAIL_VOICE, caller), caller,
		       &first);
	(void)buf_cstr(&first);
	make_rows(f, v);
	if (f->important)
		v->lines[v->nlines++] = w->cells[MAIL_IMPORTANT];
	if (f->private_)
		v->lines[v->nlines++] = w->cells[MAIL_PRIVATE];
	if (f->interrupted)
		v->lines[v->nlines++] = w->cells[MAIL_INTERRUPTED];
}
