/* hangup: see hangup.h. */
#include "supervisor/hangup.h"

#include <errno.h>
#include <string.h>

#include "supervisor/scan_field.h"
#include "supervisor/via.h"

static bool
next_route(struct slice *routes, struct slice *ret)
{
	const char *lf = routes->n ? memchr(routes->p, '\n', routes->n) : NULL;

	if (!lf)
		return false;
	*ret = (struct slice){routes->p, (size_t)(lf - routes->p)};
	routes->n -= ret->n + 1;
	routes->p = lf + 1;
	return true;
}

static bool
is_loose(struct slice route)
{
	struct slice uri, value;
	struct sip_uri u;

	return scan_name_addr_uri(route, &uri) == 0 && scan_uri(uri, &u) == 0 &&
	       scan_param(u.params, "lr", &value);
}

bool
hangup_is_strict(const struct dialog *d)
{
	struct slice rest = d->routes, first;

	return next_route(&rest, &first) && !is_loose(first);
}

static void
add_route(struct buf *out, struct slice value)
{
	buf_str(out, "Route: ");
	buf_slice(out, value);
	buf_str(out, "\r\n");
}

/* Request-URI and Route lines.  A strict router at the top gets its own URI as Request-URI and
 * the target at the end of the route set (RFC 3261 12.2.1.1). */
static void
add_target(struct buf *line, struct buf *routes, const struct dialog *d, struct slice *ret_top)
{
	struct slice rest = d->routes, value, uri = d->target;
	bool strict = false;

	*ret_top = (struct slice){NULL, 0};
	if (next_route(&rest, &value)) {
		strict = !is_loose(value);
		if (strict)
			scan_name_addr_uri(value, &uri);
		else
			*ret_top = value;
		if (!strict)
			add_route(routes, value);
	}
	while (next_route(&rest, &value))
		add_route(routes, value);
	if (strict) {
		buf_str(routes, "Route: <");
		buf_slice(routes, d->target);
		buf_str(routes, ">\r\n");
	}
	buf_str(line, "BYE ");
	buf_slice(line, uri);
	buf_str(line, " SIP/2.0\r\n");
}

static void
add_field(struct buf *out, const char *name, struct slice value)
{
	buf_str(out, name);
	buf_slice(out, value);
	buf_str(out, "\r\n");
}

int
hangup_write(struct buf *out, const struct dialog *d, const struct hangup_via *via,
	     struct hop *ret_hop)
{
	char lines[DIALOG_TEXT + 512];
	struct buf routes = BUF(lines);
	struct slice top, uri;

	if (d->target.n == 0 || d->local.n == 0 || d->remote.n == 0)
		return -EINVAL;
	add_target(out, &routes, d, &top);
	uri = (struct slice){out->p + 4, out->n - 4 - sizeof(" SIP/2.0\r\n") + 1};
	if (routes.full || hop_next(top, uri, ret_hop))
		return -EINVAL;
	via_own_line(out, via->key, via->door, d->call_id, via->serial);
	buf_slice(out, (struct slice){lines, routes.n});
	buf_str(out, "Max-Forwards: 70\r\n");
	add_field(out, "From: ", d->local);
	add_field(out, "To: ", d->remote);
	add_field(out, "Call-ID: ", d->call_id);
	buf_printf(out, "CSeq: %u BYE\r\n", d->local_cseq + 1);
	buf_str(out, "Reason: SIP;cause=500;text=\"Worker lost\"\r\nContent-Length: 0\r\n\r\n");
	return out->full ? -EINVAL : 0;
}
