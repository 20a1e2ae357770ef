/* flow_tls: whose a TLS connection is, and how the flow's connections come to speak TLS.  See
 * flow_room.h; the rules are trunk_tls.c's. */
#include "ipc/base/log.h"
#include "supervisor/flow_room.h"
#include "supervisor/trunk_tls.h"

static void
add_expected(const struct trunk_conf *k, struct buf *out)
{
	buf_printf(out, "trunk %s must show", k->name);
	for (size_t i = 0; i < k->ntls_name; i++)
		buf_printf(out, "%s %s", i > 0 ? " or" : "", k->tls_name[i]);
}

/* What the peer's certificate says, against what was expected of it. */
static void
log_misfit(struct flow *f, const struct way *way, bool ours, const struct tls_peer *peer,
	   const struct trunk *k)
{
	char text[ADDR_TEXT_MAX], expected[512], shown[512];
	struct buf e = BUF(expected), s = BUF(shown);

	if (!flow_refusal_line(f))
		return;
	if (k)
		add_expected(k->conf, &e);
	else
		buf_str(&e, "no trunk is known by what it shows");
	if (peer) {
		tls_names_print(&peer->names, &s);
		buf_printf(&s, "%s%s", peer->bad ? ", which counts for nothing: " : "",
			   peer->bad ? peer->bad : "");
	} else {
		buf_str(&s, "no certificate");
	}
	log_warn(LOG_TRUNK, "TLS connection %s %s refused: %s; it has shown %s",
		 ours ? "to" : "from", addr_text(&way->peer, text), buf_cstr(&e), buf_cstr(&s));
}

static bool
admit(void *arg, const struct way *way, bool ours, const struct tls_peer *peer, uint16_t *ret_trunk)
{
	struct flow *f = arg;
	const struct tls_names *names = peer && !peer->bad ? &peer->names : NULL;
	const struct trunk_peer who = {&way->peer, ours, names};
	struct trunk *k;
	const int error = trunks_find_tls(&f->trunks, &who, &k);

	*ret_trunk = error ? TRUNK_NONE : trunk_index(&f->trunks, k);
	if (error)
		log_misfit(f, way, ours, peer, k);
	return !error;
}

static const char *
server_name(void *arg, const struct addr *peer)
{
	struct flow *f = arg;

	return trunks_server_name(&f->trunks, peer);
}

void
flow_tls(struct flow *f, struct tls *tls)
{
	const struct stream_tls with = {tls, f, server_name, admit};

	streams_tls(f->streams, &with);
}

struct trunk *
flow_trunk(struct flow *f, const struct way *from)
{
	if (from->transport == TRANSPORT_TLS) {
		const uint16_t i = streams_trunk(f->streams, from->conn);
		if (i < f->trunks.n)
			return &f->trunks.trunk[i];
	}
	return trunks_find(&f->trunks, &from->peer);
}
