/* sdp_body: finds the session description inside a SIP body.
 * The body of a CS1000 is multipart/mixed and may end without its closing boundary, so the parts
 * are found by scanning lines, never by a MIME parser. */
#include <errno.h>

#include "worker/sdp.h"
#include "worker/words.h"

enum {
	BOUNDARY_MAX = 200, /* RFC 2046 says 70 */
	DEPTH_MAX = 3       /* multipart inside multipart */
};

/* How a line of the body relates to the boundary. */
enum mark { MARK_NONE, MARK_OPEN, MARK_CLOSE };

/* "application/sdp;charset=x" -> "application/sdp". */
static struct slice
type_of(struct slice content_type)
{
	ptrdiff_t semi = slice_find(content_type, SLICE(";"), false);
	if (semi >= 0)
		content_type.n = (size_t)semi;
	return slice_trim(content_type);
}

/* The value of the boundary parameter, quoted or not; n = 0 when there is none. */
static struct slice
boundary_of(struct slice content_type)
{
	ptrdiff_t at = slice_find(content_type, SLICE("boundary="), true);
	if (at < 0)
		return (struct slice){NULL, 0};
	size_t from = (size_t)at + sizeof("boundary=") - 1;
	struct slice v = {content_type.p + from, content_type.n - from};
	bool quoted = v.n > 0 && v.p[0] == '"';
	if (quoted)
		v = (struct slice){v.p + 1, v.n - 1};
	ptrdiff_t end = slice_find(v, quoted ? SLICE("\"") : SLICE(";"), false);
	if (end >= 0)
		v.n = (size_t)end;
	return quoted ? v : slice_trim(v);
}

static enum mark
mark_of(struct slice line, struct slice boundary)
{
	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-')
		return MARK_NONE;
	if (!slice_eq((struct slice){line.p + 2, boundary.n}, boundary))
		return MARK_NONE;
	struct slice tail = {line.p + 2 + boundary.n, line.n - 2 - boundary.n};
	if (slice_has_prefix(tail, SLICE("--")))
		return MARK_CLOSE;
	return slice_trim(tail).n == 0 ? MARK_OPEN : MARK_NONE;
}

/* Everything up to the next boundary line (or the end); `*rest` continues behind that line. */
static struct slice
take_part(struct slice *rest, struct slice boundary, enum mark *ret_end)
{
	const char *start = rest->p;
	struct slice line;
	*ret_end = MARK_CLOSE; /* a body that just stops is taken as closed */
	while (words_line(rest, &line)) {
		enum mark m = mark_of(line, boundary);
		if (m == MARK_NONE)
			continue;
		*ret_end = m;
		return (struct slice){start, (size_t)(line.p - start)};
	}
	return (struct slice){start, (size_t)(rest->p - start)};
}

/* Splits a part at its first empty line and finds its Content-Type. */
static struct slice
part_type(struct slice part, struct slice *ret_body)
{
	static const struct slice name = {"Content-Type", 12};
	struct slice type = {NULL, 0}, line;
	while (words_line(&part, &line) && line.n > 0) {
		ptrdiff_t colon = slice_find(line, SLICE(":"), false);
		if (colon < 0)
			continue;
		struct slice key = slice_trim((struct slice){line.p, (size_t)colon});
		size_t from = (size_t)colon + 1;
		if (slice_ieq(key, name))
			type = slice_trim((struct slice){line.p + from, line.n - from});
	}
	*ret_body = part;
	return type;
}

static int find_sdp(struct slice content_type, struct slice body, int depth, struct slice *ret);

static int
find_in_parts(struct slice content_type, struct slice body, int depth, struct slice *ret)
{
	struct slice boundary = boundary_of(content_type);
	if (boundary.n == 0 || boundary.n > BOUNDARY_MAX)
		return -EINVAL;
	enum mark end;
	(void)take_part(&body, boundary, &end); /* the preamble */
	while (end == MARK_OPEN) {
		struct slice content, part = take_part(&body, boundary, &end);
		struct slice type = part_type(part, &content);
		if (type.n > 0 && find_sdp(type, content, depth + 1, ret) == 0)
			return 0;
	}
	return -ENOENT;
}

static int
find_sdp(struct slice content_type, struct slice body, int depth, struct slice *ret)
{
	struct slice type = type_of(content_type);
	if (slice_trim(body).n == 0)
		return -ENOENT;
	if (type.n == 0 || slice_ieq(type, SLICE("application/sdp"))) {
		*ret = body;
		return 0;
	}
	struct slice family = {type.p, type.n < 10 ? type.n : 10};
	if (depth < DEPTH_MAX && slice_ieq(family, SLICE("multipart/")))
		return find_in_parts(content_type, body, depth, ret);
	return -ENOENT;
}

int
sdp_from_body(struct slice content_type, struct slice body, struct slice *ret)
{
	return find_sdp(content_type, body, 0, ret);
}
