/* mailaddr: see mailaddr.h. */
#include "ipc/base/mailaddr.h"

enum { LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63 };

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_atext(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

bool
mailaddr_local_ok(struct slice s)
{
	bool dot = true; /* none may come next */
	if (s.n == 0 || s.n > LOCAL_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? dot : !is_atext(s.p[i]))
			return false;
		dot = s.p[i] == '.';
	}
	return !dot;
}

/* "anything \"printable\"" */
static bool
is_quoted(struct slice s)
{
	if (s.n < 3 || s.n > LOCAL_MAX || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++) {
		bool escaped = s.p[i] == '\\';
		if (escaped ? ++i + 1 >= s.n : s.p[i] == '"')
			return false;
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	}
	return true;
}

/* Labels of letters, digits and hyphens (RFC 5321 4.1.2 Domain). */
static bool
is_domain(struct slice s)
{
	size_t label = 0;
	if (s.n == 0 || s.n > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= s.n; i++) {
		if (i == s.n || s.p[i] == '.') {
			if (label == 0 || label > LABEL_MAX || s.p[i - 1] == '-')
				return false;
			label = 0;
		} else if (is_alnum(s.p[i]) || (s.p[i] == '-' && label > 0)) {
			label++;
		} else {
			return false;
		}
	}
	return true;
}

/* [192.0.2.1], [IPv6:2001:db8::1]: told by its letters only; the server says the rest. */
static bool
is_literal(struct slice s)
{
	if (s.n < 4 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != ':')
			return false;
	return true;
}

bool
mailaddr_ok(struct slice s, struct slice *ret_local)
{
	size_t at = s.n;
	if (s.n > MAILADDR_MAX)
		return false;
	while (at > 0 && s.p[at - 1] != '@')
		at--;
	if (at == 0)
		return false;
	struct slice local = {s.p, at - 1}, domain = {s.p + at, s.n - at};
	if (!(mailaddr_local_ok(local) || is_quoted(local)))
		return false;
	if (!(is_domain(domain) || is_literal(domain)))
		return false;
	if (ret_local)
		*ret_local = local;
	return true;
}
