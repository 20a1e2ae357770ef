/* tls_name: see tls_name.h. */
#include "supervisor/tls_name.h"

#include <ctype.h>
#include <string.h>

#include "ipc/base/addr.h"

static bool
is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

/* The host of "sip:host[:port][;...]"; empty: not a SIP URI, or one of a user. */
static struct slice
uri_host(struct slice uri)
{
	static const struct slice none = {NULL, 0};
	size_t n = 0;

	if (uri.n < 5 || !slice_ieq((struct slice){uri.p, 4}, SLICE("sip:")) ||
	    memchr(uri.p, '@', uri.n))
		return none;
	uri.p += 4;
	uri.n -= 4;
	if (*uri.p == '[') {
		const char *end = memchr(uri.p, ']', uri.n);
		return end ? (struct slice){uri.p + 1, (size_t)(end - uri.p - 1)} : none;
	}
	while (n < uri.n && !strchr(":;?", uri.p[n]))
		n++;
	return (struct slice){uri.p, n};
}

void
tls_names_add(struct tls_names *l, enum tls_name_kind kind, struct slice name)
{
	name = slice_trim(name);
	if (is_printable(name) && kind == TLS_NAME_URI)
		name = uri_host(name);
	if (!is_printable(name))
		return;
	if (l->n + name.n + 2 > sizeof(l->text)) {
		l->cut = true;
		return;
	}
	l->text[l->n] = (char)('0' + kind);
	memcpy(l->text + l->n + 1, name.p, name.n);
	l->text[l->n + 1 + name.n] = '\0';
	l->n += name.n + 2;
}

bool
tls_names_next(const struct tls_names *l, size_t *at, enum tls_name_kind *ret_kind,
	       const char **ret_text)
{
	if (*at >= l->n)
		return false;
	*ret_kind = (enum tls_name_kind)(l->text[*at] - '0');
	*ret_text = l->text + *at + 1;
	*at += strlen(*ret_text) + 2;
	return true;
}

bool
tls_name_is_wildcard(const char *name)
{
	return strchr(name, '*') != NULL;
}

/* Without the final dot of a fully qualified name. */
static struct slice
bare(struct slice s)
{
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

/* What stands behind the first label, its dot first; empty: nothing. */
static struct slice
behind_first_label(struct slice s)
{
	const char *dot = s.n ? memchr(s.p, '.', s.n) : NULL;

	return dot ? (struct slice){dot, s.n - (size_t)(dot - s.p)} : (struct slice){NULL, 0};
}

/* RFC 6125 6.4.3, and no wildcard over a whole top-level domain. */
static bool
wildcard_fits(struct slice pattern, struct slice wanted)
{
	const struct slice domain = {pattern.p + 1, pattern.n - 1};

	if (pattern.n < 4 || memcmp(pattern.p, "*.", 2) != 0 || memchr(domain.p, '*', domain.n) ||
	    !memchr(domain.p + 1, '.', domain.n - 1))
		return false;
	return *wanted.p != '.' && slice_ieq(behind_first_label(wanted), domain);
}

static bool
dns_fits(enum tls_name_kind kind, struct slice name, struct slice wanted)
{
	name = bare(name);
	if (slice_ieq(name, wanted))
		return true;
	return kind == TLS_NAME_DNS && wildcard_fits(name, wanted);
}

static bool
ip_fits(struct slice name, const struct addr *wanted)
{
	struct addr a;

	return addr_parse_ip(name, 0, &a) == 0 && addr_ip_eq(&a, wanted);
}

/* Whether the list holds a name that makes the subject's common name count for nothing. */
static bool
has_better(const struct tls_names *l, bool ip)
{
	enum tls_name_kind kind;
	const char *text;
	size_t at = 0;

	while (tls_names_next(l, &at, &kind, &text))
		if (ip ? kind == TLS_NAME_IP : kind == TLS_NAME_DNS || kind == TLS_NAME_URI)
			return true;
	return false;
}

/* Whether names of this kind are compared at all. */
static bool
counts(enum tls_name_kind kind, bool ip, bool subject)
{
	if (kind == TLS_NAME_SUBJECT)
		return subject;
	return ip ? kind != TLS_NAME_DNS : kind != TLS_NAME_IP;
}

bool
tls_names_match(const struct tls_names *l, const char *wanted)
{
	const struct slice w = bare(slice_str(wanted));
	struct addr literal;
	const bool ip = addr_parse_ip(w, 0, &literal) == 0, subject = !has_better(l, ip);
	enum tls_name_kind kind;
	const char *text;
	size_t at = 0;

	if (w.n == 0)
		return false;
	while (tls_names_next(l, &at, &kind, &text)) {
		const struct slice name = slice_str(text);
		if (counts(kind, ip, subject) &&
		    (ip ? ip_fits(name, &literal) : dns_fits(kind, name, w)))
			return true;
	}
	return false;
}

void
tls_names_print(const struct tls_names *l, struct buf *out)
{
	static const char *const word[] = {[TLS_NAME_DNS] = "dns",
					   [TLS_NAME_IP] = "ip",
					   [TLS_NAME_URI] = "uri",
					   [TLS_NAME_SUBJECT] = "subject"};
	enum tls_name_kind kind;
	const char *text, *gap = "";
	size_t at = 0;

	if (l->n == 0)
		buf_str(out, "nothing");
	while (tls_names_next(l, &at, &kind, &text)) {
		buf_printf(out, "%s%s:%s", gap, word[kind], text);
		gap = " ";
	}
	if (l->cut)
		buf_str(out, " and more");
}
