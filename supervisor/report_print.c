/* report_print: see report_print.h. */
#include "supervisor/report_print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the UTF-8 sequence at `p` has when it is whole and shortest (RFC 3629) and no
 * control character; else 0. */
static size_t
utf8_length(const unsigned char *p)
{
	static const unsigned char least[] = {0, 0, 0xc2, 0xe0, 0xf0};
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;

	if (n == 1)
		return p[0] >= 0x20 && p[0] < 0x7f;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (p[0] == least[n] &&
	    ((n == 2 && p[1] < 0xa0) || (n == 3 && p[1] < 0xa0) || (n == 4 && p[1] < 0x90)))
		return 0; /* C1 control, or longer than need be */
	if ((p[0] == 0xed && p[1] >= 0xa0) || p[0] > 0xf4 || (p[0] == 0xf4 && p[1] >= 0x90))
		return 0; /* surrogate, or beyond U+10FFFF */
	return n;
}

const char *
print_clean(const char *in, char *out, size_t cap)
{
	size_t at = 0;

	while (*in != '\0') {
		size_t n = utf8_length((const unsigned char *)in);

		if (at + (n ? n : 1) >= cap)
			break;
		if (n == 0)
			out[at++] = '?';
		else
			memcpy(out + at, in, n);
		at += n;
		in += n ? n : 1;
	}
	out[at] = '\0';
	return out;
}

const char *
print_age(int64_t ms, char out[PRINT_MAX])
{
	long long s = ms / 1000;

	if (ms < 0)
		snprintf(out, PRINT_MAX, "never");
	else if (s >= 86400)
		snprintf(out, PRINT_MAX, "%lldd %lldh", s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		snprintf(out, PRINT_MAX, "%lldh %lldm", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		snprintf(out, PRINT_MAX, "%lldm %llds", s / 60, s % 60);
	else
		snprintf(out, PRINT_MAX, "%llds", s);
	return out;
}

const char *
print_span(int64_t ms, char out[PRINT_MAX])
{
	if (ms < 0)
		snprintf(out, PRINT_MAX, "-");
	else if (ms < 1000)
		snprintf(out, PRINT_MAX, "%lldms", (long long)ms);
	else if (ms < 60000)
		snprintf(out, PRINT_MAX, "%lld.%llds", (long long)ms / 1000,
			 (long long)ms % 1000 / 100);
	else
		print_age(ms, out);
	return out;
}

const char *
print_bytes(uint64_t bytes, char out[PRINT_MAX])
{
	static const char unit[] = "KMGT";
	double v = (double)bytes / 1024;
	int u = 0;

	while (v >= 1024 && unit[u + 1] != '\0') {
		v /= 1024;
		u++;
	}
	snprintf(out, PRINT_MAX, "%.1f%c", v, unit[u]);
	return out;
}

const char *
print_time(time_t t, char out[PRINT_MAX])
{
	struct tm tm;

	if (t == 0)
		snprintf(out, PRINT_MAX, "never");
	else if (localtime_r(&t, &tm) == NULL || strftime(out, PRINT_MAX, "%F %T %z", &tm) == 0)
		snprintf(out, PRINT_MAX, "?");
	return out;
}

const char *
print_utc(time_t t, char out[PRINT_MAX])
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, PRINT_MAX, "%FT%TZ", &tm) == 0)
		snprintf(out, PRINT_MAX, "?");
	return out;
}

static void
cell_keep(struct print_table *t, char *text)
{
	if (text != NULL && t->ncell == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		char **cell = reallocarray(t->cell, cap, sizeof(*cell));

		if (cell == NULL) {
			free(text);
			text = NULL;
		} else {
			t->cell = cell;
			t->cap = cap;
		}
	}
	if (text == NULL)
		t->failed = 1;
	else
		t->cell[t->ncell++] = text;
}

void
print_table_begin(struct print_table *t, const char *headings)
{
	*t = (struct print_table){0};
	for (;;) {
		size_t n = strcspn(headings, "|");

		cell_keep(t, strndup(headings, n));
		t->ncol++;
		if (headings[n] == '\0')
			return;
		headings += n + 1;
	}
}

void
print_cell(struct print_table *t, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	cell_keep(t, text);
}

/* Characters, not bytes. */
static size_t
text_width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static size_t
column_width(const struct print_table *t, size_t col)
{
	size_t widest = 0;

	for (size_t i = col; i < t->ncell; i += t->ncol) {
		size_t w = text_width(t->cell[i]);

		widest = w > widest ? w : widest;
	}
	return widest;
}

static void
table_print(const struct print_table *t, FILE *f)
{
	size_t width[32];

	for (size_t c = 0; c < t->ncol; c++)
		width[c] = column_width(t, c);
	for (size_t i = 0; i < t->ncell; i++) {
		size_t c = i % t->ncol;
		bool last = c + 1 == t->ncol;

		fputs(t->cell[i], f);
		fprintf(f, "%*s", last ? 0 : (int)(width[c] - text_width(t->cell[i])) + 2, "");
		if (last)
			fputc('\n', f);
	}
}

int
print_table_end(struct print_table *t, FILE *f)
{
	int r = t->failed ? -ENOMEM : 0;

	if (r == 0)
		table_print(t, f);
	for (size_t i = 0; i < t->ncell; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct print_table){0};
	return r;
}
