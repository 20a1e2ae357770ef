/* text: slices of bytes, bounded appending, and the numbers people write (7d, 512M).
 * Owns: struct slice, struct buf.  Must not know: SIP, files, sockets.  Never allocates. */
#ifndef EVERTRUNK_TEXT_H
#define EVERTRUNK_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns; p may be NULL when n is 0. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(lit) ((struct slice){(lit), sizeof(lit) - 1})

struct slice slice_str(const char *s);
bool slice_eq(struct slice a, struct slice b);
/* Case-blind for ASCII letters, as SIP tokens are compared (RFC 3261 7.3.1). */
bool slice_ieq(struct slice a, struct slice b);
bool slice_has_prefix(struct slice s, struct slice prefix);
/* Position of the first `needle` (case-blind when `icase`) in `hay`, or -1. */
ptrdiff_t slice_find(struct slice hay, struct slice needle, bool icase);
/* Without blanks, tabs, CR and LF at both ends. */
static inline struct slice
slice_trim(struct slice s)
{
	const uint64_t blanks = 1ull << ' ' | 1ull << '\t' | 1ull << '\r' | 1ull << '\n';

	while (s.n > 0 && (unsigned char)*s.p <= ' ' && blanks >> *s.p & 1) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ' && blanks >> s.p[s.n - 1] & 1)
		s.n--;
	return s;
}

/* Decimal digits only, the whole slice: 0 and *ret, or -EINVAL, -ERANGE above `max`. */
int slice_u64(struct slice s, uint64_t max, uint64_t *ret);

/* A place to append to: never overruns, remembers that it was too small. */
struct buf {
	char *p;
	size_t n;   /* bytes written */
	size_t cap; /* bytes available */
	bool full;  /* something did not fit: what was appended is not to be used */
};

/* A buf over an array of char. */
#define BUF(array) ((struct buf){(array), 0, sizeof(array), false})

/* The first three stand here to be inlined: every answer is made of a dozen of them. */
static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	const size_t left = b->cap - b->n;

	if (n > left) {
		n = left;
		b->full = true;
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
buf_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* The value of a hex digit, of either case; -1: it is none. */
static inline int
text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void buf_u64(struct buf *b, uint64_t v);
/* `v` as exactly `digits` lower-case hex digits. */
void buf_hex(struct buf *b, uint64_t v, int digits);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends a NUL that is not counted in n; on overflow the last byte is overwritten by it.
 * Returns b->p. */
const char *buf_cstr(struct buf *b);

/* "250ms", "5s", "20m", "4h", "7d" -> milliseconds; a bare number is refused except 0.
 * Returns 0, -EINVAL (form) or -ERANGE. */
int text_duration(struct slice s, int64_t *ret_ms);
/* "16384", "256K", "512M", "2G" -> bytes (powers of 1024).  Returns 0, -EINVAL, -ERANGE. */
int text_size(struct slice s, uint64_t *ret);
/* The shortest exact spelling of a duration / size, which the functions above read back as the
 * same value; always NUL-terminated; 24 bytes hold any. */
const char *text_duration_print(int64_t ms, char *out, size_t cap);
const char *text_size_print(uint64_t bytes, char *out, size_t cap);

#endif
