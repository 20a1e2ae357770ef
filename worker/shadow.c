/* shadow: see shadow.h. */
#include "worker/shadow.h"

#include <time.h>

#include "ipc/base/clean.h"
#include "worker/words.h"

#define BOM "\xef\xbb\xbf"

enum { TIME_MAX = 24 };

/* ---- the lines ---- */

enum line { SENT_AT, SENT_TO, REPORT_EXPECTED, SENT_AGAIN_AT, LINES };

static const char *const names[LINES] = {
    [SENT_AT] = "SentAt",
    [SENT_TO] = "SentTo",
    [REPORT_EXPECTED] = "ReportExpected",
    [SENT_AGAIN_AT] = "SentAgainAt",
};

/* LINES: none of ours. */
static enum line
line_of(struct slice line, struct slice *ret_value)
{
	struct slice name = slice_trim(words_until(&line, ':'));
	int i = 0;
	while (i < LINES && !slice_ieq(name, slice_str(names[i])))
		i++;
	*ret_value = slice_trim(line);
	return (enum line)i;
}

/* 2026-11-28T09:12:44Z; 0: it is none. */
static int64_t
time_of(struct slice value)
{
	char text[TIME_MAX];
	struct tm tm = {0};
	if (value.n == 0 || value.n >= sizeof(text))
		return 0;
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	int64_t t = end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : 0;
	return t > 0 ? t : 0;
}

static void
put_time(enum line line, int64_t at, struct buf *out)
{
	const time_t t = (time_t)at;
	struct tm tm;
	char text[TIME_MAX];
	if (at > 0 && gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		buf_printf(out, "%s : %s\n", names[line], text);
}

static struct slice
without_bom(struct slice text)
{
	const struct slice bom = SLICE(BOM);
	if (!slice_has_prefix(text, bom))
		return text;
	return (struct slice){text.p + bom.n, text.n - bom.n};
}

void
shadow_read(struct slice text, struct shadow *ret)
{
	struct slice line, value;
	*ret = (struct shadow){0};
	text = without_bom(text);
	while (words_line(&text, &line)) {
		switch (line_of(line, &value)) {
		case SENT_AT: ret->sent = time_of(value); break;
		case SENT_AGAIN_AT: ret->again = time_of(value); break;
		case SENT_TO: clean_text(value, ret->to, sizeof(ret->to)); break;
		case REPORT_EXPECTED: ret->reported = slice_ieq(value, SLICE("True")); break;
		default: break;
		}
	}
}

/* Its lines but ours, as they are: their ends as well. */
static void
put_others(struct slice text, struct buf *out)
{
	struct slice line, value;
	while (text.n > 0) {
		const char *begin = text.p;
		if (!words_line(&text, &line))
			break;
		const struct slice whole = {begin, (size_t)(text.p - begin)};
		if (line_of(line, &value) == LINES)
			buf_slice(out, whole);
	}
}

/* What a file begins with stays in front. */
static struct slice
put_bom(struct slice text, struct buf *out)
{
	struct slice rest = without_bom(text);
	buf_add(out, text.p, text.n - rest.n);
	return rest;
}

/* Ours come first: behind a name that stands alone in its line they would be its value. */
void
shadow_write(struct slice text, const struct shadow *s, struct buf *out)
{
	text = put_bom(text, out);
	put_time(SENT_AT, s->sent, out);
	if (s->to[0] != '\0')
		buf_printf(out, "%s : %s\n", names[SENT_TO], s->to);
	buf_printf(out, "%s : %s\n", names[REPORT_EXPECTED], s->reported ? "True" : "False");
	put_time(SENT_AGAIN_AT, s->again, out);
	put_others(text, out);
}

void
shadow_strip(struct slice text, struct buf *out)
{
	put_others(put_bom(text, out), out);
}

/* ---- what becomes of it ---- */

enum shadow_fate
shadow_fate(const struct shadow *s, const struct shadow_view *v)
{
	if (v->seen == SHADOW_SEEN)
		return SHADOW_CONFIRMED;
	if (s->again > s->sent) /* whoever had decided so did not live to do it */
		return SHADOW_SECOND;
	if (v->age_s < v->keep_s)
		return SHADOW_KEEP;
	if (s->again != 0)
		return SHADOW_UNCONFIRMED;
	if (v->seen == SHADOW_UNSEEN)
		return SHADOW_SECOND;
	const bool expected = s->reported && v->listening;
	/* a report may lie there unread, or the message: nothing is doubled because of that */
	if (expected ? v->deaf : v->seen == SHADOW_UNKNOWN)
		return v->age_s < 2 * v->keep_s ? SHADOW_KEEP : SHADOW_UNCONFIRMED;
	return expected ? SHADOW_SECOND : SHADOW_OVER;
}

bool
shadow_asks(int64_t age_s, int64_t passed_s, const struct shadow_looks *looks)
{
	if (age_s >= looks->keep_s)
		return true;
	for (int64_t at = looks->first_s; at <= age_s; at *= 2)
		if (at > age_s - passed_s)
			return true;
	return false;
}
