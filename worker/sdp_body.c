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

/* Whether it may be passed over; who does not say so wants it understood (RFC 3261 20.11). */
static bool
is_optional(struct slice disposition)
{
	static const struct slice name = {"handling=", 9};
	struct slice param;
	ptrdiff_t semi;

	while ((semi = slice_find(disposition, SLICE(";"), false)) >= 0) {
		disposition.p += semi + 1;
		disposition.n -= (size_t)semi + 1;
		param = type_of(disposition);
		if (param.n > name.n && slice_ieq((struct slice){param.p, name.n}, name))
			return slice_ieq((struct slice){param.p + name.n, param.n - name.n},
					 SLICE("optional"));
	}
	return false;
}

static bool
is_encoded(struct slice encoding)
{
	return encoding.n > 0 && !slice_ieq(slice_trim(encoding), SLICE("identity"));
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

/* Where the value of that header field of a part goes; NULL: it is nothing to us. */
static struct slice *
field_of(struct body *part, struct slice name)
{
	if (slice_ieq(name, SLICE("Content-Type")))
		return &part->type;
	if (slice_ieq(name, SLICE("Content-Disposition")))
		return &part->disposition;
	return slice_ieq(name, SLICE("Content-Encoding")) ? &part->encoding : NULL;
}

/* Splits a part at its first empty line. */
static struct body
read_part(struct slice text)
{
	struct body part = {0};
	struct slice line;

	while (words_line(&text, &line) && line.n > 0) {
		ptrdiff_t colon = slice_find(line, SLICE(":"), false);
		if (colon < 0)
			continue;
		size_t from = (size_t)colon + 1;
		struct slice *value =
		    field_of(&part, slice_trim((struct slice){line.p, (size_t)colon}));
		if (value)
			*value = slice_trim((struct slice){line.p + from, line.n - from});
	}
	part.bytes = text;
	return part;
}

static int find_sdp(const struct body *body, int depth, struct slice *ret);

/* The first SDP of the parts; without one the worst that is true of any of them. */
static int
find_in_parts(const struct body *body, int depth, struct slice *ret)
{
	struct slice boundary = boundary_of(body->type), rest = body->bytes;
	int worst = -ENOENT;
	enum mark end;

	if (boundary.n == 0 || boundary.n > BOUNDARY_MAX)
		return -EINVAL;
	(void)take_part(&rest, boundary, &end); /* the preamble */
	while (end == MARK_OPEN) {
		struct body part = read_part(take_part(&rest, boundary, &end));
		int err = part.type.n > 0 ? find_sdp(&part, depth + 1, ret) : -ENOENT;
		if (err == 0)
			return 0;
		if (err != -ENOENT)
			worst = err;
	}
	return worst;
}

/* As find_sdp() of a body that is not empty, whatever its handling. */
static int
look_into(const struct body *body, int depth, struct slice *ret)
{
	const struct slice type = type_of(body->type);
	const struct slice family = {type.p, type.n < 10 ? type.n : 10};

	if (is_encoded(body->encoding))
		return -EMEDIUMTYPE;
	if (type.n == 0 || slice_ieq(type, SLICE("application/sdp"))) {
		*ret = body->bytes;
		return 0;
	}
	if (depth < DEPTH_MAX && slice_ieq(family, SLICE("multipart/")))
		return find_in_parts(body, depth, ret);
	return -EMEDIUMTYPE;
}

static int
find_sdp(const struct body *body, int depth, struct slice *ret)
{
	int err = slice_trim(body->bytes).n == 0 ? -ENOENT : look_into(body, depth, ret);

	return err < 0 && is_optional(body->disposition) ? -ENOENT : err;
}

int
sdp_from_body(const struct body *body, struct slice *ret)
{
	return find_sdp(body, 0, ret);
}
