/* scan_field: see scan_field.h. */
#include "supervisor/scan_field.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* Character classes of RFC 3261 25.1, one bit each; END: what ends a parameter's value. */
enum { TOKEN = 1, WORD = 2, END = 4, BLANK = 8 };

static const uint8_t class_of[256] = {
    ['0' ... '9'] = TOKEN | WORD,
    ['A' ... 'Z'] = TOKEN | WORD,
    ['a' ... 'z'] = TOKEN | WORD,
    ['-'] = TOKEN | WORD,
    ['.'] = TOKEN | WORD,
    ['!'] = TOKEN | WORD,
    ['%'] = TOKEN | WORD,
    ['*'] = TOKEN | WORD,
    ['_'] = TOKEN | WORD,
    ['+'] = TOKEN | WORD,
    ['`'] = TOKEN | WORD,
    ['\''] = TOKEN | WORD,
    ['~'] = TOKEN | WORD,
    ['('] = WORD,
    [')'] = WORD,
    ['<'] = WORD,
    ['>'] = WORD,
    [':'] = WORD,
    ['\\'] = WORD,
    ['"'] = WORD,
    ['/'] = WORD,
    ['['] = WORD,
    [']'] = WORD,
    ['?'] = WORD,
    ['{'] = WORD,
    ['}'] = WORD,
    ['@'] = WORD,
    [';'] = END,
    [','] = END,
    [' '] = END | BLANK,
    ['\t'] = END | BLANK,
    ['\r'] = END | BLANK,
    ['\n'] = END | BLANK,
};

static bool
all_of(struct slice s, uint8_t class)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(class_of[(uint8_t)s.p[i]] & class))
			return false;
	return s.n > 0;
}

bool
scan_is_token(struct slice s)
{
	return all_of(s, TOKEN);
}

bool
scan_is_word(struct slice s)
{
	return all_of(s, WORD);
}

static bool
is_blank(char c)
{
	return class_of[(uint8_t)c] & BLANK;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

const char *
scan_skip_quoted(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			return p + 1;
	}
	return NULL;
}

/* Takes a token at *pp. */
static struct slice
take_token(const char **pp, const char *end)
{
	const char *p = *pp;

	while (p < end && class_of[(uint8_t)*p] & TOKEN)
		p++;
	struct slice s = {*pp, (size_t)(p - *pp)};
	*pp = p;
	return s;
}

/* The first of `stops` in [p, end) outside quotes and <>; end when there is none; NULL when a
 * quote or a < never closes. */
static const char *
find_outside(const char *p, const char *end, char stop)
{
	bool angle = false;

	while (p < end) {
		if (*p == '"' && !angle) {
			p = scan_skip_quoted(p, end);
			if (!p)
				return NULL;
			continue;
		}
		if (*p == '<')
			angle = true;
		else if (*p == '>')
			angle = false;
		else if (*p == stop && !angle)
			return p;
		p++;
	}
	return angle ? NULL : end;
}

bool
scan_value(struct slice *rest, struct slice *ret_value)
{
	const char *end = rest->p + rest->n;

	if (rest->n > 0 && !memchr(rest->p, ',', rest->n)) { /* most lines hold one value */
		*ret_value = slice_trim(*rest);
		rest->p = end;
		rest->n = 0;
		return ret_value->n > 0;
	}
	while (rest->n > 0) {
		const char *comma = find_outside(rest->p, end, ',');
		if (!comma)
			comma = end;
		struct slice v = slice_trim((struct slice){rest->p, (size_t)(comma - rest->p)});
		rest->p = comma < end ? comma + 1 : end;
		rest->n = (size_t)(end - rest->p);
		if (v.n > 0) {
			*ret_value = v;
			return true;
		}
	}
	return false;
}

/* Takes the next `;name[=value]`; p stands on the ';'.  NULL: malformed. */
static const char *
take_param(const char *p, const char *end, struct slice *name, struct slice *value)
{
	p = skip_blanks(p + 1, end);
	*name = take_token(&p, end);
	*value = (struct slice){NULL, 0};
	p = skip_blanks(p, end);
	if (p < end && *p == '=') {
		const char *v = p = skip_blanks(p + 1, end);
		if (p < end && *p == '"') {
			p = scan_skip_quoted(p, end);
			if (!p)
				return NULL;
		} else {
			while (p < end && !(class_of[(uint8_t)*p] & END))
				p++;
		}
		*value = (struct slice){v, (size_t)(p - v)};
		p = skip_blanks(p, end);
	}
	return p == end || *p == ';' ? p : NULL;
}

int
scan_take_host_port(const char **pp, const char *end, struct slice *host, uint16_t *port)
{
	const char *p = *pp, *h = p;
	uint64_t n;

	if (p < end && *p == '[') {
		p = memchr(p, ']', (size_t)(end - p));
		if (!p)
			return -EINVAL;
		p++;
	} else {
		take_token(&p, end);
	}
	*host = (struct slice){h, (size_t)(p - h)};
	*port = 0;
	const char *q = skip_blanks(p, end);
	if (q < end && *q == ':') {
		const char *d = q = skip_blanks(q + 1, end);
		while (q < end && *q >= '0' && *q <= '9')
			q++;
		if (slice_u64((struct slice){d, (size_t)(q - d)}, 65535, &n) || n == 0)
			return -EINVAL;
		*port = (uint16_t)n;
		p = q;
	}
	*pp = p;
	return host->n > 0 ? 0 : -EINVAL;
}

/* sent-protocol = "SIP" / "2.0" / transport, blanks around the slashes allowed (20.42). */
static int
take_protocol(const char **pp, const char *end, struct slice *transport)
{
	const char *p = *pp;
	struct slice word[3];

	if (end - p > 8 && memcmp(p, "SIP/2.0/", 8) == 0) { /* as everybody writes it */
		p += 8;
		*transport = take_token(&p, end);
		*pp = skip_blanks(p, end);
		return transport->n > 0 && *pp > p ? 0 : -EINVAL;
	}
	for (int i = 0; i < 3; i++) {
		if (i > 0) {
			p = skip_blanks(p, end);
			if (p == end || *p != '/')
				return -EINVAL;
			p = skip_blanks(p + 1, end);
		}
		word[i] = take_token(&p, end);
		if (word[i].n == 0)
			return -EINVAL;
	}
	if (!slice_ieq(word[0], SLICE("SIP")) || !slice_eq(word[1], SLICE("2.0")))
		return -EINVAL;
	if (p == end || !is_blank(*p))
		return -EINVAL;
	*transport = word[2];
	*pp = skip_blanks(p, end);
	return 0;
}

/* Stores a Via parameter we know; one given twice is refused: two readers might disagree. */
static int
via_param(struct slice name, struct slice value, struct sip_via *via)
{
	struct slice *to = slice_ieq(name, SLICE("branch"))     ? &via->branch
			   : slice_ieq(name, SLICE("rport"))    ? &via->rport
			   : slice_ieq(name, SLICE("received")) ? &via->received
			   : slice_ieq(name, SLICE("maddr"))    ? &via->maddr
								: NULL;
	if (slice_ieq(name, SLICE("alias")))
		via->alias = true;
	if (!to)
		return 0;
	if (to->p)
		return -EINVAL;
	*to = value.p ? value : (struct slice){name.p + name.n, 0};
	return 0;
}

int
scan_via(struct slice value, struct sip_via *via)
{
	const char *p = value.p, *end = p + value.n;
	struct slice name, v;

	via->value = value;
	if (take_protocol(&p, end, &via->transport) ||
	    scan_take_host_port(&p, end, &via->host, &via->port))
		return -EINVAL;
	p = skip_blanks(p, end);
	via->params = (struct slice){p, (size_t)(end - p)};
	while (p < end) {
		if (*p != ';')
			return -EINVAL;
		p = take_param(p, end, &name, &v);
		if (!p || name.n == 0 || via_param(name, v, via))
			return -EINVAL;
	}
	return 0;
}

const char *
scan_find_angle(const char *p, const char *end)
{
	for (;;) {
		const char *lt = memchr(p, '<', (size_t)(end - p));
		const char *quote = memchr(p, '"', (size_t)((lt ? lt : end) - p));
		if (!quote)
			return lt ? lt : end;
		p = scan_skip_quoted(quote, end);
		if (!p)
			return NULL;
	}
}

/* Splits a name-addr / addr-spec into its URI and the header parameters behind it. */
static int
split_name_addr(struct slice value, struct slice *uri, struct slice *params)
{
	const char *p = value.p, *end = p + value.n;
	const char *lt = scan_find_angle(p, end);

	if (!lt)
		return -EINVAL;
	p = lt;
	if (p < end && *p == '<') {
		const char *gt = memchr(p, '>', (size_t)(end - p));
		if (!gt)
			return -EINVAL;
		*uri = slice_trim((struct slice){p + 1, (size_t)(gt - p - 1)});
		p = skip_blanks(gt + 1, end);
	} else { /* addr-spec: parameters are the header's, not the URI's (20.10) */
		const char *semi = memchr(value.p, ';', value.n);
		p = semi ? semi : end;
		*uri = slice_trim((struct slice){value.p, (size_t)(p - value.p)});
	}
	*params = (struct slice){p, (size_t)(end - p)};
	return uri->n > 0 ? 0 : -EINVAL;
}

int
scan_name_addr_uri(struct slice value, struct slice *ret)
{
	struct slice params;

	return split_name_addr(value, ret, &params);
}

int
scan_party(struct slice value, struct sip_party *ret)
{
	struct slice params, name, v;

	ret->value = value;
	if (split_name_addr(value, &ret->uri, &params))
		return -EINVAL;
	const char *p = params.p, *end = p + params.n;
	while (p < end) {
		if (*p != ';')
			return -EINVAL;
		p = take_param(p, end, &name, &v);
		if (!p || name.n == 0)
			return -EINVAL;
		if (!slice_ieq(name, SLICE("tag")))
			continue;
		if (ret->tag.p || !scan_is_token(v))
			return -EINVAL;
		ret->tag = v;
	}
	return 0;
}
