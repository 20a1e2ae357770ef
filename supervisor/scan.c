/* scan: see scan.h.  One pass over the lines; the fields we need are taken apart as they are met.
 * Field values that belong to one header each (Via, name-addr, URI) are read in scan_field.c, the
 * first line in scan_start.c. */
#include "supervisor/scan.h"

#include <string.h>

#include "supervisor/scan_field.h"

static const char *const result_names[] = {
#define X(id, text, status) [SCAN_##id] = text,
    SCAN_RESULTS(X)
#undef X
};

static const uint16_t result_status[] = {
#define X(id, text, status) [SCAN_##id] = status,
    SCAN_RESULTS(X)
#undef X
};

/* The header fields we look into. */
enum field {
	F_OTHER,
	F_VIA,
	F_FROM,
	F_TO,
	F_CALL_ID,
	F_CSEQ,
	F_CONTACT,
	F_ROUTE,
	F_RECORD_ROUTE,
	F_MAX_FORWARDS,
	F_CONTENT_LENGTH,
	F_CONTENT_TYPE,
	F_USER_AGENT,
	F_DIVERSION, /* and the other two that say who was called first */
	F_COUNT
};

/* Those that may stand once only (RFC 3261 7.3.1). */
#define F_SINGLE                                                                             \
	(1u << F_FROM | 1u << F_TO | 1u << F_CALL_ID | 1u << F_CSEQ | 1u << F_MAX_FORWARDS | \
	 1u << F_CONTENT_LENGTH | 1u << F_CONTENT_TYPE)
#define F_MANDATORY (1u << F_VIA | 1u << F_FROM | 1u << F_TO | 1u << F_CALL_ID | 1u << F_CSEQ)

const char *
scan_result_name(enum scan_result r)
{
	return r < SCAN_RESULT_COUNT ? result_names[r] : "?";
}

unsigned
scan_status(enum scan_result r)
{
	return r < SCAN_RESULT_COUNT ? result_status[r] : 0;
}

/* Whether `name` is `word` (lower case, of the same length), blind to case.  Setting bit 5 maps
 * letters to lower case and leaves '-' alone; the one other pair it joins, CR and '-', cannot
 * stand in a name (scan_head_clean).  Eight bytes at a time, the last eight once more. */
static inline bool
same_word(const char *name, const char *word, size_t n)
{
	const uint64_t low = 0x2020202020202020;
	uint64_t a, b;

	if (n < 8) {
		for (size_t i = 0; i < n; i++)
			if ((name[i] | 0x20) != word[i])
				return false;
		return true;
	}
	memcpy(&a, name, 8);
	memcpy(&b, word, 8);
	if ((a | low) != b)
		return false;
	memcpy(&a, name + n - 8, 8);
	memcpy(&b, word + n - 8, 8);
	return (a | low) == b;
}

#define IS(name, word) same_word((name).p, word, sizeof(word) - 1)

static enum field
compact_field(char c)
{
	switch (c | 0x20) {
	case 'v': return F_VIA;
	case 'f': return F_FROM;
	case 't': return F_TO;
	case 'i': return F_CALL_ID;
	case 'm': return F_CONTACT;
	case 'l': return F_CONTENT_LENGTH;
	case 'c': return F_CONTENT_TYPE;
	default: return F_OTHER;
	}
}

/* By length first: one comparison or none for most names. */
static enum field
field_of(struct slice name)
{
	switch (name.n) {
	case 1: return compact_field(*name.p);
	case 2: return IS(name, "to") ? F_TO : F_OTHER;
	case 3: return IS(name, "via") ? F_VIA : F_OTHER;
	case 4: return IS(name, "from") ? F_FROM : IS(name, "cseq") ? F_CSEQ : F_OTHER;
	case 5: return IS(name, "route") ? F_ROUTE : F_OTHER;
	case 7: return IS(name, "call-id") ? F_CALL_ID : IS(name, "contact") ? F_CONTACT : F_OTHER;
	case 9: return IS(name, "diversion") ? F_DIVERSION : F_OTHER;
	case 10: return IS(name, "user-agent") ? F_USER_AGENT : F_OTHER;
	case 11: return IS(name, "x-nt-ocn-id") ? F_DIVERSION : F_OTHER;
	case 12:
		return IS(name, "max-forwards")   ? F_MAX_FORWARDS
		       : IS(name, "content-type") ? F_CONTENT_TYPE
		       : IS(name, "record-route") ? F_RECORD_ROUTE
		       : IS(name, "history-info") ? F_DIVERSION
						  : F_OTHER;
	case 14: return IS(name, "content-length") ? F_CONTENT_LENGTH : F_OTHER;
	default: return F_OTHER;
	}
}

/* CSeq = 1*DIGIT LWS Method, below 2^31 and for a request the same method.  RFC 3261 8.1.1.5 */
static enum scan_result
read_cseq(struct slice value, struct sip_msg *m)
{
	size_t digits = 0;
	uint64_t n;

	while (digits < value.n && value.p[digits] >= '0' && value.p[digits] <= '9')
		digits++;
	if (slice_u64((struct slice){value.p, digits}, 0x7fffffff, &n) || digits == value.n)
		return SCAN_CSEQ;
	struct slice rest = {value.p + digits, value.n - digits};
	struct slice method = slice_trim(rest);
	if (method.n == rest.n || !scan_is_token(method))
		return SCAN_CSEQ;
	if (m->request && !slice_eq(method, m->method_token))
		return SCAN_CSEQ;
	m->cseq = (uint32_t)n;
	m->cseq_value = value;
	if (!m->request) {
		m->method_token = method;
		m->method = scan_method(method);
	}
	return SCAN_OK;
}

static enum scan_result
read_max_forwards(struct slice value, struct sip_msg *m)
{
	uint64_t n;

	if (slice_u64(value, 0x7fffffff, &n))
		return SCAN_FORWARDS;
	m->max_forwards = (int)n;
	return SCAN_OK;
}

static enum scan_result
read_length(struct slice value, struct sip_msg *m)
{
	uint64_t n;

	if (slice_u64(value, 0x7fffffff, &n))
		return SCAN_LENGTH;
	m->content_length = (size_t)n;
	m->has_length = true;
	return SCAN_OK;
}

/* The first Via line holds the top Via; the one below may stand on the same line or the next. */
static enum scan_result
read_via(struct slice line, struct slice value, struct sip_msg *m)
{
	struct slice rest = value, first;

	if (m->via.line.n > 0) {
		if (m->via2.n == 0)
			scan_value(&rest, &m->via2);
		return SCAN_OK;
	}
	if (!scan_value(&rest, &first))
		return SCAN_VIA;
	m->via.line = line;
	if (scan_value(&rest, &m->via2))
		m->via.more = true;
	return scan_via(first, &m->via) ? SCAN_VIA : SCAN_OK;
}

/* What one known header field line says. */
static enum scan_result
read_field(enum field f, struct slice line, struct slice value, struct sip_msg *m)
{
	struct slice rest = value;

	switch (f) {
	case F_VIA: return read_via(line, value, m);
	case F_FROM: return scan_party(value, &m->from) ? SCAN_NAME_ADDR : SCAN_OK;
	case F_TO: return scan_party(value, &m->to) ? SCAN_NAME_ADDR : SCAN_OK;
	case F_CALL_ID: m->call_id = value; return scan_is_word(value) ? SCAN_OK : SCAN_HEADER;
	case F_CSEQ: return read_cseq(value, m);
	case F_MAX_FORWARDS: return read_max_forwards(value, m);
	case F_CONTENT_LENGTH: return read_length(value, m);
	case F_CONTENT_TYPE: m->content_type = value; return SCAN_OK;
	case F_USER_AGENT: m->user_agent = value; return SCAN_OK;
	case F_ROUTE:
		if (m->route.n == 0) /* empty Route lines are met in the field: skipped */
			scan_value(&rest, &m->route);
		return SCAN_OK;
	case F_RECORD_ROUTE: m->blank_route |= value.n == 0; return SCAN_OK;
	case F_DIVERSION:
		m->diverted.p = m->diverted.p ? m->diverted.p : line.p;
		m->diverted.n = (size_t)(line.p + line.n - m->diverted.p);
		return SCAN_OK;
	case F_CONTACT:
		if (m->contact.n == 0 && scan_value(&rest, &m->contact))
			scan_name_addr_uri(m->contact, &m->contact_uri);
		return SCAN_OK;
	default: return SCAN_OK;
	}
}

/* Whether a line that begins with `c` may be one that we look into; most of a real INVITE is not,
 * is not looked at either, and travels as it came. */
static bool
may_matter(char c)
{
	static const uint32_t mask = 1u << ('c' & 31) | 1u << ('d' & 31) | 1u << ('f' & 31) |
				     1u << ('h' & 31) | 1u << ('i' & 31) | 1u << ('l' & 31) |
				     1u << ('m' & 31) | 1u << ('r' & 31) | 1u << ('t' & 31) |
				     1u << ('u' & 31) | 1u << ('v' & 31) | 1u << ('x' & 31);

	return mask >> (c & 31) & 1;
}

/* One line of the head, folding already joined: `line` runs from the name to the last CRLF. */
static enum scan_result
header_line(struct slice line, uint32_t *seen, struct sip_msg *m)
{
	const char *colon = memchr(line.p, ':', line.n);
	if (!colon)
		return SCAN_HEADER;
	struct slice name = {line.p, (size_t)(colon - line.p)};
	while (name.n > 0 && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t'))
		name.n--;
	const enum field f = field_of(name);
	if (f == F_OTHER)
		return SCAN_OK;
	if (*seen & F_SINGLE & (1u << f))
		return SCAN_DUPLICATE;
	*seen |= 1u << f;
	const char *value = colon + 1, *end = line.p + line.n;

	return read_field(f, line, slice_trim((struct slice){value, (size_t)(end - value)}), m);
}

/* The end of the line that begins at p: one past its LF; NULL when there is none before `end`. */
static const char *
line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf ? lf + 1 : NULL;
}

static bool
line_blank(const char *p, const char *next)
{
	return *p == '\n' || (*p == '\r' && next == p + 2);
}

/* LWS holds one line end (RFC 3261 25.1): a folded line of blanks alone is two, and read
 * differently by different parsers. */
static bool
all_blank(const char *p, const char *next)
{
	return slice_trim((struct slice){p, (size_t)(next - p)}).n == 0;
}

/* What the whole head and the bytes after it must satisfy. */
static enum scan_result
finish(const char *p, size_t n, bool stream, const struct scan_limits *lim, struct sip_msg *m)
{
	size_t after = n - m->head.n;

	if (m->has_length && m->content_length > lim->bytes)
		return SCAN_TOO_LARGE;
	if (stream && !m->has_length)
		return SCAN_LENGTH;
	size_t body = m->has_length ? m->content_length : after;
	if (m->head.n + body > lim->bytes)
		return SCAN_TOO_LARGE;
	if (body > after)
		return stream ? SCAN_PARTIAL : SCAN_LENGTH;
	m->body = (struct slice){p + m->head.n, body};
	m->whole = (struct slice){p, m->head.n + body};
	return SCAN_OK;
}

/* Extends the line that ends at `next` by its folded lines; NULL: the bytes end before they do. */
static const char *
unfold(const char *next, const char *end, size_t *crlfs, bool *ok)
{
	while (next && next < end && (*next == ' ' || *next == '\t')) {
		const char *fold = next;
		next = line_end(fold, end);
		if (next) {
			*crlfs += next[-2] == '\r';
			*ok = *ok && !all_blank(fold, next);
		}
	}
	return next;
}

/* Walks the header lines from `at`, which follows a line, to the empty one, where m->head, which
 * begins already, ends; *crlfs counts on. */
static enum scan_result
scan_head(const char *at, const char *end, const struct scan_limits *lim, struct sip_msg *m,
	  size_t *crlfs)
{
	enum scan_result worst = SCAN_OK;
	uint32_t seen = 0;
	unsigned headers = 0;

	/* it would be a continuation of whatever we put behind the start line: our own Via */
	if (at < end && (*at == ' ' || *at == '\t'))
		worst = SCAN_HEADER;
	for (const char *next; (next = line_end(at, end)); at = next) {
		enum scan_result r = SCAN_OK;
		bool ok = true;
		*crlfs += next[-2] == '\r';
		if (line_blank(at, next)) {
			m->head.n = (size_t)(next - m->head.p);
			m->headers = headers;
			if (worst == SCAN_OK && (seen & F_MANDATORY) != F_MANDATORY)
				worst = SCAN_MISSING;
			return worst;
		}
		if (next < end && (*next == ' ' || *next == '\t')) {
			next = unfold(next, end, crlfs, &ok);
			if (!next)
				break;
		}
		if (++headers > lim->headers)
			r = SCAN_TOO_MANY;
		else if (!ok)
			r = SCAN_HEADER;
		else if (may_matter(*at))
			r = header_line((struct slice){at, (size_t)(next - at)}, &seen, m);
		if (worst == SCAN_OK)
			worst = r;
	}
	return SCAN_PARTIAL;
}

enum scan_result
scan_message(const char *p, size_t n, bool stream, const struct scan_limits *lim, struct sip_msg *m)
{
	const char *end = p + n;

	memset(m, 0, sizeof(*m));
	m->max_forwards = -1;
	const char *next = line_end(p, end);
	if (!next)
		return n > lim->bytes ? SCAN_TOO_LARGE : stream ? SCAN_PARTIAL : SCAN_START_LINE;
	size_t crlfs = next - p >= 2 && next[-2] == '\r';
	m->start_line = (struct slice){p, (size_t)(next - p)};
	const struct slice line = {p, m->start_line.n - 1 - crlfs};
	const enum scan_result start = scan_start_line(line, m);

	m->head.p = p;
	enum scan_result head = scan_head(next, end, lim, m, &crlfs);
	if (head == SCAN_PARTIAL)
		return n > lim->bytes ? SCAN_TOO_LARGE : stream ? SCAN_PARTIAL : SCAN_HEADER;
	if (head == SCAN_OK && !scan_head_clean(m->head, crlfs))
		head = SCAN_HEADER;
	const enum scan_result tail = finish(p, n, stream, lim, m);
	if (tail == SCAN_PARTIAL)
		return tail;
	return start != SCAN_OK ? start : head != SCAN_OK ? head : tail;
}
