/* via: see via.h. */
#include "supervisor/via.h"

#include <errno.h>
#include <string.h>

#include "supervisor/display_name.h"

#define COOKIE "z9hG4bK" /* RFC 3261 8.1.1.7 */

static uint16_t
default_port(enum transport t)
{
	return t == TRANSPORT_TLS ? 5061 : 5060;
}

struct way
via_reply_way(const struct sip_msg *m, const struct way *from)
{
	struct way back = *from;
	const uint16_t sent_by = m->via.port ? m->via.port : default_port(from->transport);

	if (from->transport != TRANSPORT_UDP) {
		back.peer.port = sent_by;
		return back;
	}
	if (m->via.maddr.n > 0 && addr_parse_ip(m->via.maddr, sent_by, &back.peer) == 0)
		return back;
	back.peer = from->peer;
	if (!m->via.rport.p)
		back.peer.port = sent_by;
	return back;
}

/* Whether a sent-by names this IP; its usual spelling is compared before anything is parsed. */
static bool
host_is(struct slice host, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	struct addr said;

	if (slice_eq(host, slice_str(addr_ip_text(a, text))))
		return true;
	return addr_parse_ip(host, a->port, &said) == 0 && addr_ip_eq(&said, a);
}

/* Bytes of [p, end). */
static struct slice
span(const char *p, const char *end)
{
	return (struct slice){p, (size_t)(end - p)};
}

void
via_top_line(struct buf *out, const struct sip_via *via, const struct addr *src)
{
	const char *at = via->line.p, *end = via->line.p + via->line.n;
	const char *value_end = via->value.p + via->value.n;
	char ip[ADDR_TEXT_MAX];

	if (via->rport.p && via->rport.n == 0) {
		buf_slice(out, span(at, via->rport.p));
		buf_str(out, "=");
		buf_u64(out, src->port);
		at = via->rport.p;
	}
	buf_slice(out, span(at, value_end));
	if (!via->received.p && (via->rport.p || !host_is(via->host, src))) {
		buf_str(out, ";received=");
		buf_str(out, addr_ip_text(src, ip));
	}
	buf_slice(out, span(value_end, end));
}

/* The method stays out; so does whatever a hop may add to the Via while it travels (`received`). */
uint64_t
via_transaction(const struct sip_msg *m, const struct hash_key *key)
{
	char text[1024];
	struct buf b = BUF(text); /* what does not fit is cut: the number stands first */

	buf_u64(&b, m->cseq);
	buf_str(&b, ";");
	buf_u64(&b, m->via.port);
	buf_slice(&b, m->via.host);
	buf_str(&b, ";");
	buf_slice(&b, m->via.branch);
	buf_str(&b, ";");
	buf_slice(&b, m->call_id);
	return hash64(key, text, b.n);
}

/* Bytes as they came, but for names without quotes of whom the message is from, for, and
 * answered to. */
static void
add_named(struct buf *out, const struct sip_msg *m, struct slice bytes)
{
	const struct slice value[] = {m->from.value, m->to.value, m->contact};
	const char *at = bytes.p, *end = bytes.p + bytes.n;
	struct slice name = {NULL, 0}, next;

	do {
		next = (struct slice){end, 0};
		for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++)
			if (value[i].p >= at && value[i].p < next.p &&
			    display_name_is_bare(value[i], &name))
				next = name;
		buf_slice(out, span(at, next.p));
		at = next.p + next.n;
		if (next.n > 0)
			display_name_quote(out, next);
	} while (at < end);
}

/* Header field lines as they came.  A Record-Route without a value stays behind: some peers write
 * one, and the worker's parser would refuse the whole message. */
static void
add_lines(struct buf *out, const struct sip_msg *m, struct slice lines)
{
	struct slice name, value;
	size_t pos = 0, at = 0;

	while (m->blank_route && scan_line(lines, &pos, &name, &value)) {
		if (value.n > 0 || !slice_ieq(name, SLICE("Record-Route")))
			add_named(out, m, span(lines.p + at, lines.p + pos));
		at = pos;
	}
	add_named(out, m, span(lines.p + at, lines.p + lines.n));
}

void
via_push_inner(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
	       const struct via_inner *v)
{
	const struct way *back = v->back;
	const char *line_end = m->via.line.p + m->via.line.n;
	const char *after_start = m->start_line.p + m->start_line.n;

	buf_slice(out, m->start_line);
	buf_str(out, back->transport == TRANSPORT_UDP ? "Via: SIP/2.0/UDP " : "Via: SIP/2.0/TCP ");
	buf_slice(out, v->self);
	buf_str(out, ";branch=" COOKIE);
	buf_hex(out, via_transaction(m, key), 16);
	buf_str(out, ";d=");
	buf_u64(out, back->door);
	buf_str(out, ";c=");
	buf_u64(out, back->conn);
	buf_str(out, ";t=");
	buf_u64(out, back->transport);
	buf_str(out, ";a=");
	addr_hex(&back->peer, out);
	buf_str(out, v->trunk);
	buf_str(out, "\r\n");
	add_lines(out, m, span(after_start, m->via.line.p));
	via_top_line(out, &m->via, &v->from->peer);
	add_lines(out, m, span(line_end, m->head.p + m->head.n));
	buf_slice(out, m->body);
}

static int
read_hex(struct slice s, uint8_t *ret, size_t n)
{
	if (s.n != n * 2)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int hi = text_hex(s.p[2 * i]), lo = text_hex(s.p[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

static int
number_param(const struct sip_via *via, const char *name, uint64_t max, uint64_t *ret)
{
	struct slice v;

	return scan_param(via->params, name, &v) ? slice_u64(v, max, ret) : -EINVAL;
}

int
via_inner_way(const struct sip_via *via, struct way *ret)
{
	uint64_t door, conn, transport;
	struct slice a;

	if (number_param(via, "d", CONF_DOORS - 1, &door) ||
	    number_param(via, "c", UINT32_MAX, &conn) ||
	    number_param(via, "t", TRANSPORT_COUNT - 1, &transport) ||
	    !scan_param(via->params, "a", &a))
		return -EINVAL;
	*ret = (struct way){
	    .door = (uint16_t)door, .conn = (uint32_t)conn, .transport = (uint8_t)transport};
	return addr_parse_hex(a, &ret->peer);
}

bool
via_own_number(const struct sip_via *via, uint32_t *ret)
{
	uint64_t n;

	if (number_param(via, "own", UINT32_MAX, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* Everything but the top Via value: its whole line, or up to the comma when others share it. */
static void
without_top_via(struct buf *out, const struct sip_msg *m, struct slice instead)
{
	const struct sip_via *via = &m->via;
	const char *end = m->whole.p + m->whole.n;

	buf_slice(out, span(m->whole.p, via->line.p));
	buf_slice(out, instead);
	if (!via->more) {
		buf_slice(out, span(via->line.p + via->line.n, end));
		return;
	}
	buf_str(out, "Via: ");
	buf_slice(out, span(m->via2.p, end));
}

void
via_pop(struct buf *out, const struct sip_msg *m)
{
	without_top_via(out, m, (struct slice){NULL, 0});
}

/* What the hash in a branch of the door's vouches for: whose request of which call it is. */
struct sealed {
	uint32_t generation;
	struct slice branch, call_id;
};

static uint64_t
seal(const struct hash_key *key, const struct sealed *s)
{
	char text[128];
	struct buf b = BUF(text);

	buf_u64(&b, s->generation);
	buf_str(&b, ".");
	buf_slice(&b, s->branch);
	return hash64(key, text, b.n) ^ (hash64(key, s->call_id.p, s->call_id.n) << 1);
}

static void
door_line(struct buf *out, const struct hash_key *key, const struct door_spec *door,
	  const struct sealed *s)
{
	static const char *const names[] = {
	    [TRANSPORT_UDP] = "UDP ", [TRANSPORT_TCP] = "TCP ", [TRANSPORT_TLS] = "TLS "};
	char text[ADDR_TEXT_MAX];

	buf_str(out, "Via: SIP/2.0/");
	buf_str(out, names[door->transport]);
	buf_str(out, addr_text(&door->local, text));
	buf_str(out, ";branch=" COOKIE);
	buf_hex(out, seal(key, s), 16);
	buf_str(out, ".");
	buf_u64(out, s->generation);
	buf_str(out, ".");
	buf_slice(out, s->branch);
	buf_str(out, ";rport\r\n");
}

void
via_replace_door(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
		 const struct door_spec *door, uint32_t generation)
{
	const struct sealed s = {generation, m->via.branch, m->call_id};
	char line[512];
	struct buf b = BUF(line);

	door_line(&b, key, door, &s);
	out->full |= b.full;
	without_top_via(out, m, (struct slice){line, b.n});
}

void
via_own_line(struct buf *out, const struct hash_key *key, const struct door_spec *door,
	     struct slice call_id, uint32_t n)
{
	char text[16];
	struct buf b = BUF(text);

	buf_hex(&b, n, 8);
	const struct sealed s = {0, {text, b.n}, call_id};
	door_line(out, key, door, &s);
}

int
via_open_door(const struct sip_msg *m, const struct hash_key *key, uint32_t *ret_generation,
	      struct slice *ret_branch)
{
	struct slice b = m->via.branch, inner;
	const size_t cookie = strlen(COOKIE);
	uint64_t generation;
	uint8_t raw[8];

	if (b.n < cookie + 19 || memcmp(b.p, COOKIE, cookie) != 0 || b.p[cookie + 16] != '.' ||
	    read_hex((struct slice){b.p + cookie, 16}, raw, 8))
		return -EPERM;
	const char *number = b.p + cookie + 17, *end = b.p + b.n;
	const char *dot = memchr(number, '.', (size_t)(end - number));
	if (!dot || slice_u64(span(number, dot), UINT32_MAX, &generation))
		return -EPERM;
	inner = span(dot + 1, end);
	uint64_t said = 0;
	for (int i = 0; i < 8; i++)
		said = said << 8 | raw[i];
	const struct sealed s = {(uint32_t)generation, inner, m->call_id};
	if (said != seal(key, &s))
		return -EPERM;
	*ret_generation = (uint32_t)generation;
	*ret_branch = inner;
	return 0;
}

void
via_restore_worker(struct buf *out, const struct sip_msg *m, const struct addr *worker,
		   struct slice branch)
{
	char line[256], text[ADDR_TEXT_MAX];
	struct buf b = BUF(line);

	buf_str(&b, "Via: SIP/2.0/UDP ");
	buf_str(&b, addr_text(worker, text));
	buf_str(&b, ";branch=");
	buf_slice(&b, branch);
	buf_str(&b, "\r\n");
	out->full |= b.full;
	without_top_via(out, m, (struct slice){line, b.n});
}
