/* nameaddr: see nameaddr.h. */
#include "worker/nameaddr.h"

#include <string.h>

static struct slice
from(struct slice s, size_t at)
{
	return at >= s.n ? (struct slice){s.p, 0} : (struct slice){s.p + at, s.n - at};
}

static struct slice
upto(struct slice s, size_t n)
{
	return (struct slice){s.p, n < s.n ? n : s.n};
}

/* Length of the first value of a comma list: commas in quotes and in <> do not count. */
static size_t
value_length(struct slice s)
{
	bool quoted = false, angled = false;
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '<')
			angled = true;
		else if (!quoted && c == '>')
			angled = false;
		else if (!quoted && !angled && c == ',')
			break;
	}
	return i < s.n ? i : s.n;
}

bool
nameaddr_next(struct slice *list, struct slice *ret)
{
	while (list->n > 0) {
		size_t n = value_length(*list);

		*ret = slice_trim(upto(*list, n));
		*list = from(*list, n + 1);
		if (ret->n > 0)
			return true;
	}
	return false;
}

/* Past a quoted display name, so that a '<' inside it is no bracket. */
static struct slice
skip_name(struct slice s)
{
	size_t i;

	s = slice_trim(s);
	if (s.n == 0 || s.p[0] != '"')
		return s;
	for (i = 1; i < s.n && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\')
			i++;
	}
	return from(s, i + 1);
}

/* Cuts one value into its URI and what follows it. */
static void
cut(struct slice value, struct slice *uri, struct slice *params)
{
	ptrdiff_t open, shut;

	value = skip_name(upto(value, value_length(value)));
	open = slice_find(value, SLICE("<"), false);
	if (open >= 0) {
		value = from(value, (size_t)open + 1);
		shut = slice_find(value, SLICE(">"), false);
		*uri = shut >= 0 ? upto(value, (size_t)shut) : value;
		*params = shut >= 0 ? from(value, (size_t)shut + 1) : from(value, value.n);
		return;
	}
	*uri = slice_trim(value);
	open = slice_find(*uri, SLICE(";"), false);
	*params = open >= 0 ? from(*uri, (size_t)open) : from(*uri, uri->n);
}

struct slice
nameaddr_uri(struct slice value)
{
	struct slice uri, params;

	cut(value, &uri, &params);
	return uri;
}

struct slice
nameaddr_params(struct slice value)
{
	struct slice uri, params;

	cut(value, &uri, &params);
	return params;
}

struct slice
nameaddr_user(struct slice value)
{
	struct slice uri = nameaddr_uri(value), scheme;
	ptrdiff_t colon = slice_find(uri, SLICE(":"), false);
	ptrdiff_t at = slice_find(uri, SLICE("@"), false);

	if (colon < 0)
		return (struct slice){uri.p, 0};
	scheme = slice_trim(upto(uri, (size_t)colon));
	if (slice_ieq(scheme, SLICE("tel")))
		return from(uri, (size_t)colon + 1);
	if (at <= colon || !(slice_ieq(scheme, SLICE("sip")) || slice_ieq(scheme, SLICE("sips"))))
		return (struct slice){uri.p, 0};
	return from(upto(uri, (size_t)at), (size_t)colon + 1);
}

bool
nameaddr_param(struct slice params, const char *name, struct slice *ret)
{
	while (params.n > 0) {
		ptrdiff_t end = slice_find(params, SLICE(";"), false);
		struct slice p = slice_trim(end < 0 ? params : upto(params, (size_t)end));
		ptrdiff_t eq = slice_find(p, SLICE("="), false);
		struct slice key = slice_trim(eq < 0 ? p : upto(p, (size_t)eq));

		if (slice_ieq(key, slice_str(name))) {
			*ret = eq < 0 ? from(p, p.n) : slice_trim(from(p, (size_t)eq + 1));
			return true;
		}
		params = end < 0 ? from(params, params.n) : from(params, (size_t)end + 1);
	}
	return false;
}

/* The byte at s[*i], %xx decoded; *i moves to its last character. */
static unsigned char
decoded(struct slice s, size_t *i)
{
	size_t at = *i;

	if (s.p[at] == '%' && at + 2 < s.n) {
		int high = text_hex(s.p[at + 1]), low = text_hex(s.p[at + 2]);

		if (high >= 0 && low >= 0) {
			*i = at + 2;
			return (unsigned char)(high * 16 + low);
		}
	}
	return (unsigned char)s.p[at];
}

void
nameaddr_number(struct slice user, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < user.n && n + 1 < cap; i++) {
		unsigned char c;

		if (user.p[i] == ';' || user.p[i] == ':' || user.p[i] == '?')
			break;
		c = decoded(user, &i);
		if (c > 0x20 && c < 0x7f)
			out[n++] = (char)c;
	}
	out[n] = '\0';
}

void
nameaddr_unescape(struct slice s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = (char)decoded(s, &i);

		buf_add(out, &c, 1);
	}
}

void
nameaddr_escape(const char *user, struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_.!~*'()&=+$,/";

	for (; *user; user++) {
		if (strchr(plain, *user))
			buf_add(out, user, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*user);
	}
}
