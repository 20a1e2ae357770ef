/* scan_uri: URIs, their parameters, and walks over header field lines: what is looked at only when
 * a verdict asks for it.  Pure, like scan.h, which declares it. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "supervisor/scan_field.h"

/* The compact form of a header name, '\0' when it has none we walk. */
static char
compact_of(const char *name)
{
	static const struct {
		const char *name;
		char compact;
	} forms[] = {{"Via", 'v'},     {"From", 'f'},    {"To", 't'},
		     {"Call-ID", 'i'}, {"Contact", 'm'}, {"Supported", 'k'}};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcasecmp(name, forms[i].name) == 0)
			return forms[i].compact;
	return '\0';
}

bool
scan_line(struct slice lines, size_t *pos, struct slice *ret_name, struct slice *ret_value)
{
	while (*pos < lines.n) {
		const char *line = lines.p + *pos, *end = lines.p + lines.n, *next = line;
		do {
			const char *lf = memchr(next, '\n', (size_t)(end - next));
			next = lf ? lf + 1 : end;
		} while (next < end && (*next == ' ' || *next == '\t'));
		*pos = (size_t)(next - lines.p);
		const char *colon = memchr(line, ':', (size_t)(next - line));
		if (!colon)
			continue;
		*ret_name = slice_trim((struct slice){line, (size_t)(colon - line)});
		*ret_value = slice_trim((struct slice){colon + 1, (size_t)(next - colon - 1)});
		return true;
	}
	return false;
}

bool
scan_header(struct slice head, const char *name, size_t *pos, struct slice *ret_value)
{
	const size_t len = strlen(name);
	const char compact = compact_of(name);
	struct slice n;

	while (scan_line(head, pos, &n, ret_value))
		if ((n.n == len && strncasecmp(n.p, name, len) == 0) ||
		    (n.n == 1 && compact && (*n.p | 0x20) == compact))
			return true;
	return false;
}

int
scan_uri(struct slice uri, struct sip_uri *ret)
{
	const char *end = uri.p + uri.n;
	const char *colon = uri.n ? memchr(uri.p, ':', uri.n) : NULL;

	memset(ret, 0, sizeof(*ret));
	if (!colon)
		return -EINVAL;
	ret->scheme = (struct slice){uri.p, (size_t)(colon - uri.p)};
	if (!scan_is_token(ret->scheme))
		return -EINVAL;
	const char *p = colon + 1;
	if (slice_ieq(ret->scheme, SLICE("tel"))) {
		ret->user = (struct slice){p, (size_t)(end - p)};
		return ret->user.n > 0 ? 0 : -EINVAL;
	}
	const char *question = memchr(p, '?', (size_t)(end - p));
	const char *at = memrchr(
	    p, '@',
	    (size_t)((question && memchr(p, '@', (size_t)(question - p)) ? question : end) - p));
	if (at) {
		ret->user = (struct slice){p, (size_t)(at - p)};
		p = at + 1;
	}
	if (scan_take_host_port(&p, end, &ret->host, &ret->port))
		return -EINVAL;
	question = memchr(p, '?', (size_t)(end - p));
	ret->params = (struct slice){p, (size_t)((question ? question : end) - p)};
	return ret->params.n == 0 || *p == ';' ? 0 : -EINVAL;
}

bool
scan_param(struct slice params, const char *name, struct slice *ret_value)
{
	const char *p = params.p, *end = p + params.n;
	struct slice want = slice_str(name);

	while (p < end && *p == ';') {
		const char *n = ++p;
		while (p < end && *p != ';' && *p != '=')
			p++;
		struct slice got = slice_trim((struct slice){n, (size_t)(p - n)});
		struct slice value = {p, 0};
		if (p < end && *p == '=') {
			const char *v = ++p;
			if (p < end && *p == '"') {
				p = scan_skip_quoted(p, end);
				if (!p)
					p = end;
			}
			while (p < end && *p != ';')
				p++;
			value = slice_trim((struct slice){v, (size_t)(p - v)});
		}
		if (slice_ieq(got, want)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}
