/* probe: see probe.h. */
#include "supervisor/probe.h"

#define BRANCH_COOKIE "z9hG4bK" /* RFC 3261 8.1.1.7 */

struct probe_id
probe_id_make(const struct hash_key *key, uint32_t own)
{
	return (struct probe_id){own, hash64(key, &own, sizeof(own))};
}

static void
write_branch(struct buf *b, struct probe_id id, unsigned branch)
{
	buf_str(b, BRANCH_COOKIE);
	buf_hex(b, id.key, 16);
	buf_hex(b, branch, 1);
}

void
probe_write_head(struct buf *b, const struct probe_ends *e, struct probe_id id,
		 const struct probe_head *h)
{
	char inner[ADDR_TEXT_MAX], inner_host[ADDR_TEXT_MAX], worker[ADDR_TEXT_MAX];

	addr_text(&e->inner, inner);
	addr_host_text(&e->inner, inner_host);
	addr_text(&e->worker, worker);
	buf_printf(b, "%s sip:self-test@%s SIP/2.0\r\n", h->method, worker);
	buf_printf(b, "Via: SIP/2.0/UDP %s;branch=", inner);
	write_branch(b, id, h->branch);
	buf_printf(b, ";own=%u%s\r\n", id.own, h->via_param);
	buf_printf(b, "From: <sip:self-test@%s>;tag=", inner_host);
	buf_hex(b, id.key, 16);
	buf_printf(b, "\r\nTo: <sip:self-test@%s>", worker);
	buf_slice(b, h->to_tail);
	buf_str(b, "\r\nCall-ID: self-test-");
	buf_hex(b, id.key, 16);
	buf_printf(b, "@%s\r\nCSeq: %u %s\r\nMax-Forwards: 70\r\n", inner_host, h->cseq,
		   h->cseq_method);
	buf_printf(b, "Contact: <sip:self-test@%s>\r\n", inner);
}

bool
probe_matches(const struct sip_msg *m, struct probe_id id, unsigned branch)
{
	char text[32];
	struct buf b = BUF(text);

	write_branch(&b, id, branch);
	return !m->request && slice_eq(m->via.branch, (struct slice){text, b.n});
}

void
probe_send(struct probe *p, const struct probe_ends *e, struct probe_id id, struct mono now,
	   struct buf *out)
{
	static const struct probe_head head = {
	    .method = "OPTIONS", .via_param = "", .cseq = 1, .cseq_method = "OPTIONS"};

	probe_write_head(out, e, id, &head);
	buf_str(out, "Content-Length: 0\r\n\r\n");
	p->id = id;
	p->waiting = true;
	p->sent = now;
}

enum probe_verdict
probe_answer(struct probe *p, const struct sip_msg *m, struct mono now)
{
	if (!p->waiting || !probe_matches(m, p->id, 0) || m->status < 200)
		return PROBE_IGNORED;
	if (m->status >= 500) {
		probe_miss(p);
		return PROBE_BAD;
	}
	p->waiting = false;
	p->misses = 0;
	p->answered = now;
	return PROBE_GOOD;
}

void
probe_miss(struct probe *p)
{
	p->waiting = false;
	p->misses++;
}
