/* reply: see reply.h. */
#include "supervisor/reply.h"

#include "supervisor/via.h"

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
    {100, "Trying"},
    {200, "OK"},
    {302, "Moved Temporarily"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {408, "Request Timeout"},
    {416, "Unsupported URI Scheme"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {483, "Too Many Hops"},
    {487, "Request Terminated"},
    {503, "Service Unavailable"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
};

const char *
reply_phrase(unsigned status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

static void
add_line(struct buf *out, const char *name, struct slice value)
{
	if (value.n == 0)
		return;
	buf_str(out, name);
	buf_slice(out, value);
	buf_str(out, "\r\n");
}

static void
add_vias(struct buf *out, const struct sip_msg *m, const struct addr *src)
{
	size_t pos = 0;
	struct slice value;
	bool top = true;

	via_top_line(out, &m->via, src);
	if (m->via2.n == 0 || m->head.n == 0)
		return;
	while (scan_header(m->head, "Via", &pos, &value)) {
		if (!top)
			add_line(out, "Via: ", value);
		top = false;
	}
}

static void
add_to(struct buf *out, const struct sip_msg *m, const struct hash_key *key, const struct reply *r)
{
	if (m->to.value.n == 0)
		return;
	buf_str(out, "To: ");
	buf_slice(out, m->to.value);
	if (m->to.tag.n == 0 && r->status > 100) {
		buf_str(out, ";tag=");
		if (r->to_tag.n > 0)
			buf_slice(out, r->to_tag);
		else
			buf_hex(out, hash64(key, m->call_id.p, m->call_id.n) ^ m->cseq, 16);
	}
	buf_str(out, "\r\n");
}

void
reply_write(struct buf *out, const struct sip_msg *m, const struct hash_key *key,
	    const struct addr *src, const struct reply *r)
{
	buf_str(out, "SIP/2.0 ");
	buf_u64(out, r->status);
	buf_str(out, " ");
	buf_str(out, r->reason ? r->reason : reply_phrase(r->status));
	buf_str(out, "\r\n");
	add_vias(out, m, src);
	add_line(out, "From: ", m->from.value);
	add_to(out, m, key, r);
	add_line(out, "Call-ID: ", m->call_id);
	add_line(out, "CSeq: ", m->cseq_value);
	buf_slice(out, r->lines);
	buf_str(out, "Server: Evertrunk\r\nContent-Length: 0\r\n\r\n");
}
