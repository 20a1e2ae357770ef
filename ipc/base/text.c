/* text: see text.h.  Everything works on lengths, never on terminators: a slice of a SIP message
 * has none. */
#include "ipc/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *word;
	uint64_t factor;
};

/* Largest first: the printers take the first one that divides the value. */
static const struct unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};
static const struct unit size_units[] = {
    {"G", 1ull << 30},
    {"M", 1ull << 20},
    {"K", 1ull << 10},
    {"", 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

struct slice
slice_str(const char *s)
{
	return (struct slice){s, s ? strlen(s) : 0};
}

bool
slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_ieq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
slice_has_prefix(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq((struct slice){s.p, prefix.n}, prefix);
}

ptrdiff_t
slice_find(struct slice hay, struct slice needle, bool icase)
{
	if (needle.n == 0)
		return 0;
	if (hay.n < needle.n)
		return -1;
	if (!icase) {
		const char *hit = memmem(hay.p, hay.n, needle.p, needle.n);

		return hit ? hit - hay.p : -1;
	}
	for (size_t i = 0; i <= hay.n - needle.n; i++)
		if (slice_ieq((struct slice){hay.p + i, needle.n}, needle))
			return (ptrdiff_t)i;
	return -1;
}

int
slice_u64(struct slice s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	bool over = false;

	if (s.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t digit = (uint64_t)(s.p[i] - '0');

		if (s.p[i] < '0' || s.p[i] > '9')
			return -EINVAL;
		over = over || v > (UINT64_MAX - digit) / 10;
		v = v * 10 + digit;
	}
	if (over || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

/* Room for n bytes at the end of what is written; NULL (and full) when there is none. */
static char *
room(struct buf *b, size_t n)
{
	if (n > b->cap - b->n) {
		b->full = true;
		return NULL;
	}
	b->n += n;
	return b->p + b->n - n;
}

static size_t
digits_of(uint64_t v)
{
	size_t n = 1;

	for (uint64_t limit = 10; v >= limit && n < 20; limit *= 10)
		n++;
	return n;
}

void
buf_u64(struct buf *b, uint64_t v)
{
	const size_t n = digits_of(v);
	char *to = room(b, n);

	for (size_t at = n; to && at > 0; v /= 10)
		to[--at] = (char)('0' + v % 10);
}

void
buf_hex(struct buf *b, uint64_t v, int digits)
{
	char *to = digits > 0 ? room(b, (size_t)digits) : NULL;

	for (int at = digits; to && at > 0; v >>= 4)
		to[--at] = "0123456789abcdef"[v & 15];
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t left = b->cap - b->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(left ? b->p + b->n : NULL, left, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->full = true;
	} else if ((size_t)n >= left) { /* printf wants a byte for its NUL */
		b->full = b->full || n > 0;
		b->n += left ? left - 1 : 0;
	} else {
		b->n += (size_t)n;
	}
}

const char *
buf_cstr(struct buf *b)
{
	if (b->cap == 0) {
		b->full = true;
		return "";
	}
	if (b->n == b->cap) {
		b->full = true;
		b->n--;
	}
	b->p[b->n] = '\0';
	return b->p;
}

/* Digits, then one of the unit words; `max` bounds the product. */
static int
parse_units(struct slice s, const struct unit *units, size_t count, uint64_t max, uint64_t *ret)
{
	struct slice digits = {s.p, 0};
	struct slice word;
	uint64_t v;

	while (digits.n < s.n && s.p[digits.n] >= '0' && s.p[digits.n] <= '9')
		digits.n++;
	word = (struct slice){s.p ? s.p + digits.n : NULL, s.n - digits.n};
	for (size_t i = 0; i < count; i++) {
		int rc;

		if (!slice_eq(word, slice_str(units[i].word)))
			continue;
		rc = slice_u64(digits, max / units[i].factor, &v);
		if (rc == 0)
			*ret = v * units[i].factor;
		return rc;
	}
	return -EINVAL;
}

static const char *
print_units(uint64_t v, const struct unit *units, bool negative, char *out, size_t cap)
{
	while (v % units->factor != 0)
		units++;
	snprintf(out, cap, "%s%llu%s", negative ? "-" : "", (unsigned long long)(v / units->factor),
		 units->word);
	return out;
}

int
text_duration(struct slice s, int64_t *ret_ms)
{
	uint64_t v;
	int rc;

	if (slice_eq(s, SLICE("0"))) {
		*ret_ms = 0;
		return 0;
	}
	rc = parse_units(s, duration_units, COUNT(duration_units), INT64_MAX, &v);
	if (rc == 0)
		*ret_ms = (int64_t)v;
	return rc;
}

int
text_size(struct slice s, uint64_t *ret)
{
	return parse_units(s, size_units, COUNT(size_units), UINT64_MAX, ret);
}

const char *
text_duration_print(int64_t ms, char *out, size_t cap)
{
	uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;

	if (ms == 0) {
		snprintf(out, cap, "0");
		return out;
	}
	return print_units(v, duration_units, ms < 0, out, cap);
}

const char *
text_size_print(uint64_t bytes, char *out, size_t cap)
{
	if (bytes == 0) {
		snprintf(out, cap, "0");
		return out;
	}
	return print_units(bytes, size_units, false, out, cap);
}
