/* display_name: see display_name.h. */
#include "supervisor/display_name.h"

#include "supervisor/scan_field.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
all_tokens(struct slice name)
{
	for (size_t at = 0, n; at < name.n; at += n + 1) {
		for (n = 0; at + n < name.n && !is_blank(name.p[at + n]);)
			n++;
		if (n > 0 && !scan_is_token((struct slice){name.p + at, n}))
			return false;
	}
	return true;
}

bool
display_name_is_bare(struct slice value, struct slice *ret)
{
	const char *end = value.p + value.n;
	const char *angle = value.n > 0 ? scan_find_angle(value.p, end) : NULL;

	if (!angle || angle == end) /* no name-addr */
		return false;
	*ret = slice_trim((struct slice){value.p, (size_t)(angle - value.p)});
	end = ret->p + ret->n;
	if (ret->n > 0 && ret->p[0] == '"')
		return scan_skip_quoted(ret->p, end) != end;
	return !all_tokens(*ret);
}

/* A fold becomes a blank: a quoted string may hold one, but gains nothing by it. */
void
display_name_quote(struct buf *out, struct slice name)
{
	buf_str(out, "\"");
	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i] == '\r' || name.p[i] == '\n' ? ' ' : name.p[i];
		if (c == '"' || c == '\\')
			buf_str(out, "\\");
		buf_add(out, &c, 1);
	}
	buf_str(out, "\"");
}
