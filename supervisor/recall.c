/* recall: see recall.h. */
#include "supervisor/recall.h"

#include <string.h>

#include "supervisor/scan_field.h"

enum { TARGET_MAX = 256 };

/* The place of a header field among enum diversion_source, or -1. */
static int
source_of(struct slice name)
{
	static const struct slice names[] = {
	    [DIVERSION_DIVERSION] = {"Diversion", 9},
	    [DIVERSION_HISTORY_INFO] = {"History-Info", 12},
	    [DIVERSION_OCN_ID] = {"x-nt-ocn-id", 11},
	};

	for (int i = 0; i < DIVERSION_TARGET; i++)
		if (slice_ieq(name, names[i]))
			return i;
	return -1;
}

/* All header field lines of a message. */
static struct slice
fields_of(const struct sip_msg *m)
{
	return (struct slice){m->start_line.p + m->start_line.n, m->head.n - m->start_line.n};
}

/* Its diversion lines, each whole; returns a bit for each kind that is there. */
static unsigned
add_lines(struct buf *out, const struct sip_msg *m)
{
	struct slice name, value;
	size_t pos = 0;
	unsigned kinds = 0;

	while (scan_line(m->diverted, &pos, &name, &value)) {
		const size_t n = (size_t)(m->diverted.p + pos - name.p);
		const int kind = source_of(name);
		if (kind < 0 || n > out->cap - out->n)
			continue;
		buf_add(out, name.p, n);
		kinds |= 1u << kind;
	}
	return kinds;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* `s` with its %xx decoded, once. */
static void
unescape(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		const int high = i + 2 < s.n && s.p[i] == '%' ? hex_digit(s.p[i + 1]) : -1;
		const int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
		char c = s.p[i];
		if (low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		}
		buf_add(out, &c, 1);
	}
}

/* Characters of a URI (RFC 3261 25.1): no blank, no control, no quote, no bracket but IPv6's. */
static bool
is_uri_text(struct slice s)
{
	static const char marks[] = "-_.!~*'()&=+$,;?/:@[]";

	for (size_t i = 0; i < s.n; i++) {
		const char c = s.p[i];
		if (c == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0)
			continue;
		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return true;
}

/* The reason of a Diversion (RFC 5806) for a cause of RFC 4458. */
static const char *
reason_of(struct slice cause)
{
	static const struct {
		const char *cause, *reason;
	} rows[] = {
	    {"302", "unconditional"}, {"404", "unavailable"}, {"408", "no-answer"},
	    {"480", "deflection"},    {"486", "user-busy"},   {"487", "deflection"},
	    {"503", "unavailable"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slice_eq(cause, slice_str(rows[i].cause)))
			return rows[i].reason;
	return "unknown";
}

void
recall_target_line(struct buf *out, struct slice target, struct slice cause)
{
	char text[TARGET_MAX];
	struct buf b = BUF(text);
	struct sip_uri uri;

	unescape(&b, target);
	const struct slice plain = {text, b.n};
	if (b.full || !is_uri_text(plain) || scan_uri(plain, &uri) ||
	    (uri.user.n == 0 && !slice_ieq(uri.scheme, SLICE("tel"))))
		return;
	buf_str(out, "Diversion: <");
	buf_slice(out, plain);
	buf_str(out, ">;reason=");
	buf_str(out, reason_of(cause));
	buf_str(out, "\r\n");
}

/* Whether the trunk asks the Request-URI before any header field that is there. */
static bool
target_first(const struct trunk_conf *trunk, unsigned kinds)
{
	for (size_t i = 0; i < trunk->ndiversion; i++) {
		if (trunk->diversion[i] == DIVERSION_TARGET)
			return true;
		if (kinds >> trunk->diversion[i] & 1)
			return false;
	}
	return kinds == 0;
}

uint32_t
recall_keep(struct recall *r, const struct sip_msg *m, const struct sip_uri *uri,
	    const struct trunk_conf *trunk)
{
	struct slice target, cause = {NULL, 0};
	const bool aimed = scan_param(uri->params, "target", &target) && target.n > 0;

	if (m->diverted.n == 0 && !aimed)
		return 0;
	const uint32_t number = r->last + 1 ? r->last + 1 : 1;
	struct recall_item *i = &r->item[number % RECALL_PLACES];
	struct buf b = BUF(i->text);
	const unsigned kinds = add_lines(&b, m);

	if (aimed && target_first(trunk, kinds)) {
		char line[TARGET_MAX + 64];
		struct buf made = BUF(line);
		scan_param(uri->params, "cause", &cause);
		recall_target_line(&made, target, cause);
		if (made.n > 0) {
			b.n = 0;
			buf_add(&b, line, made.n);
		}
	}
	i->number = 0;
	if (b.n == 0)
		return 0;
	i->n = (uint32_t)b.n;
	r->last = i->number = number;
	return number;
}

struct slice
recall_lines(const struct recall *r, uint32_t number)
{
	const struct recall_item *i = &r->item[number % RECALL_PLACES];

	return number && i->number == number ? (struct slice){i->text, i->n}
					     : (struct slice){NULL, 0};
}

/* A user part without what follows a ';'. */
static struct slice
number_of(struct slice user)
{
	const char *end = user.n ? memchr(user.p, ';', user.n) : NULL;

	return end ? (struct slice){user.p, (size_t)(end - user.p)} : user;
}

/* Whether one value of such a header field names somebody else than `called`. */
static bool
names_other(struct slice value, struct slice called)
{
	struct slice uri;
	struct sip_uri u;

	if (scan_name_addr_uri(value, &uri) || scan_uri(uri, &u))
		return value.n > 0 && !slice_eq(number_of(value), called);
	return !slice_eq(number_of(u.user), called);
}

bool
recall_said(const struct sip_msg *m, struct slice called)
{
	struct slice name, list, value;
	size_t pos = 0;

	while (scan_line(m->diverted, &pos, &name, &list)) {
		while (source_of(name) >= 0 && scan_value(&list, &value))
			if (names_other(value, called))
				return true;
	}
	return false;
}

void
recall_write(struct buf *out, const struct sip_msg *m, struct slice lines)
{
	const struct slice fields = fields_of(m);
	struct slice name, value;
	size_t pos = 0, at = 0;

	buf_slice(out, m->start_line);
	for (; scan_line(fields, &pos, &name, &value); at = pos) {
		const char *end = source_of(name) < 0 ? fields.p + pos : name.p;
		buf_add(out, fields.p + at, (size_t)(end - fields.p) - at);
	}
	buf_slice(out, lines);
	buf_add(out, fields.p + at, fields.n - at);
	buf_slice(out, m->body);
}
