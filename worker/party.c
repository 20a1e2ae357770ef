/* party: see party.h. */
#include "worker/party.h"

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

/* The next value of a comma list, taken off the front; false when the list is used up. */
static bool
next_value(struct slice *list, struct slice *ret)
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

/* The URI of one value: what is in <>, else all before the first header parameter. */
static struct slice
value_uri(struct slice value)
{
	ptrdiff_t open, shut;

	value = skip_name(upto(value, value_length(value)));
	open = slice_find(value, SLICE("<"), false);
	if (open >= 0) {
		value = from(value, (size_t)open + 1);
		shut = slice_find(value, SLICE(">"), false);
		return shut >= 0 ? upto(value, (size_t)shut) : value;
	}
	return slice_trim(value);
}

struct slice
party_uri_user(struct slice value)
{
	struct slice uri = value_uri(value), scheme;
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

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte at s[*i], %xx decoded; *i moves to its last character. */
static unsigned char
decoded(struct slice s, size_t *i)
{
	size_t at = *i;

	if (s.p[at] == '%' && at + 2 < s.n) {
		int high = hex_digit(s.p[at + 1]), low = hex_digit(s.p[at + 2]);

		if (high >= 0 && low >= 0) {
			*i = at + 2;
			return (unsigned char)(high * 16 + low);
		}
	}
	return (unsigned char)s.p[at];
}

void
party_number(struct slice user, char *out, size_t cap)
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

static void
number_of(struct slice value, char out[MESSAGE_PARTY_MAX])
{
	party_number(party_uri_user(value), out, MESSAGE_PARTY_MAX);
}

/* RFC 3323: "id" and "user" ask that the called person does not learn the caller. */
static bool
withheld(struct slice privacy)
{
	while (privacy.n > 0) {
		ptrdiff_t end = slice_find(privacy, SLICE(";"), false);
		struct slice word = slice_trim(end < 0 ? privacy : upto(privacy, (size_t)end));

		if (slice_ieq(word, SLICE("id")) || slice_ieq(word, SLICE("user")))
			return true;
		privacy = end < 0 ? from(privacy, privacy.n) : from(privacy, (size_t)end + 1);
	}
	return false;
}

static void
read_caller(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	struct slice remote = upto(in->remote, value_length(in->remote));

	out[0] = '\0';
	if (withheld(in->privacy))
		return;
	number_of(in->asserted, out);
	if (out[0] == '\0' && slice_find(remote, SLICE("party=called"), true) < 0 &&
	    slice_find(remote, SLICE("privacy=full"), true) < 0)
		number_of(remote, out);
	if (out[0] == '\0')
		party_number(in->from_user, out, MESSAGE_PARTY_MAX);
	if (slice_ieq(slice_str(out), SLICE("anonymous")) ||
	    slice_ieq(slice_str(out), SLICE("unknown")))
		out[0] = '\0';
}

/* The last value of the last line: whoever was called first wins, as the original did it. */
static void
from_diversion(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	struct slice list = in->diversion, value, last = {0};

	while (next_value(&list, &value))
		last = value;
	number_of(last, out);
}

/* The first entry is who was called first; the last one is where the call is now, so a single
 * entry says nothing unless it carries the reason of a diversion. */
static void
from_history(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	struct slice list = in->history, first, second;

	if (!next_value(&list, &first))
		return;
	if (in->history_more || next_value(&list, &second) ||
	    slice_find(first, SLICE("?Reason="), true) >= 0 ||
	    slice_find(first, SLICE(";cause="), true) >= 0)
		number_of(first, out);
}

/* RFC 4458: the Request-URI itself names the mailbox, `;target=sip:1002%40pbx;cause=486`. */
static void
from_target(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	struct slice rest = in->request_params;

	while (rest.n > 0) {
		ptrdiff_t end = slice_find(rest, SLICE(";"), false);
		struct slice p = end < 0 ? rest : upto(rest, (size_t)end);
		char uri[4 * MESSAGE_PARTY_MAX];

		if (slice_find(p, SLICE("target="), true) == 0) {
			struct buf b = BUF(uri);

			p = from(p, sizeof("target=") - 1);
			for (size_t i = 0; i < p.n; i++) {
				char c = (char)decoded(p, &i);
				buf_add(&b, &c, 1);
			}
			number_of((struct slice){b.p, b.n}, out);
			return;
		}
		rest = end < 0 ? from(rest, rest.n) : from(rest, (size_t)end + 1);
	}
}

/* Nobody has written down the form of x-nt-ocn-id: take a bare number as well as a URI. */
static void
from_original(const struct party_fields *in, char out[MESSAGE_PARTY_MAX])
{
	number_of(in->original, out);
	if (out[0] == '\0' && slice_find(in->original, SLICE(":"), false) < 0)
		party_number(slice_trim(in->original), out, MESSAGE_PARTY_MAX);
}

void
party_read(const struct party_fields *in, struct party *ret)
{
	static void (*const sources[])(const struct party_fields *, char[MESSAGE_PARTY_MAX]) = {
	    from_diversion, from_history, from_original, from_target};
	char dialled[MESSAGE_PARTY_MAX];
	struct party p = {0};

	read_caller(in, p.caller);
	party_number(in->request_user, dialled, sizeof(dialled));
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && p.called[0] == '\0'; i++)
		sources[i](in, p.called);
	p.diverted = p.called[0] != '\0' && strcmp(p.called, dialled) != 0;
	if (p.called[0] == '\0')
		memcpy(p.called, dialled, sizeof(dialled));
	*ret = p;
}
