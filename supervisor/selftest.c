/* selftest: see selftest.h. */
#include "supervisor/selftest.h"

enum { BRANCH_INVITE, BRANCH_ACK, BRANCH_BYE };
enum { CSEQ_INVITE = 1, CSEQ_BYE };

/* The worker sends its sound to the discard port: nobody listens to a test. */
static void
write_offer(struct buf *b, const struct probe_ends *e)
{
	char ip[ADDR_TEXT_MAX];
	const char *family = e->inner.family == AF_INET6 ? "IP6" : "IP4";

	addr_ip_text(&e->inner, ip);
	buf_printf(b, "v=0\r\no=self-test 1 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n", family,
		   ip, family, ip);
	buf_str(b, "m=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
		   "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n");
}

static void
write_invite(struct buf *b, const struct probe_ends *e, struct probe_id id)
{
	static const struct probe_head head = {.method = "INVITE",
					       .branch = BRANCH_INVITE,
					       .via_param = ";test",
					       .cseq = CSEQ_INVITE,
					       .cseq_method = "INVITE"};
	char offer[512];
	struct buf body = BUF(offer);

	write_offer(&body, e);
	probe_write_head(b, e, id, &head);
	buf_printf(b, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n", body.n);
	buf_add(b, offer, body.n);
}

/* ACK or BYE; the ACK of a refusal belongs to the INVITE's own transaction (RFC 3261 17.1.1.3). */
static void
write_plain(struct buf *b, const struct probe_ends *e, const struct selftest *t, const char *method,
	    unsigned branch)
{
	struct probe_head head = {.method = method,
				  .branch = branch,
				  .via_param = ";test",
				  .to_tail = {t->to_tail, t->to_tail_len},
				  .cseq = branch == BRANCH_BYE ? CSEQ_BYE : CSEQ_INVITE,
				  .cseq_method = method};

	probe_write_head(b, e, t->id, &head);
	buf_str(b, "Content-Length: 0\r\n\r\n");
}

void
selftest_begin(struct selftest *t, const struct probe_ends *e, struct probe_id id, struct mono now,
	       struct buf *out)
{
	*t = (struct selftest){.step = SELFTEST_INVITED,
			       .id = id,
			       .begun = now,
			       .resend = mono_add(now, SELFTEST_RESEND_MS)};
	write_invite(out, e, id);
}

/* Keeps ";tag=..." of the response's To; false when it has none or it is too long. */
static bool
keep_tag(struct selftest *t, const struct sip_msg *m)
{
	struct buf b = BUF(t->to_tail);

	t->to_tail_len = 0;
	if (m->to.tag.n == 0)
		return false;
	buf_str(&b, ";tag=");
	buf_slice(&b, m->to.tag);
	if (b.full)
		return false;
	t->to_tail_len = b.n;
	return true;
}

/* Whether the answer agrees to a sound stream: a line "m=audio" with a port other than 0. */
static bool
has_sound(struct slice body)
{
	static const struct slice line = {"m=audio ", 8};
	ptrdiff_t at = slice_find(body, line, false);

	return at >= 0 && body.n > (size_t)at + line.n && body.p[(size_t)at + line.n] >= '1' &&
	       body.p[(size_t)at + line.n] <= '9';
}

static enum selftest_verdict
failed(struct selftest *t)
{
	t->step = SELFTEST_NONE;
	return SELFTEST_FAILED;
}

static enum selftest_verdict
on_invite_answer(struct selftest *t, const struct probe_ends *e, const struct sip_msg *m,
		 struct selftest_says *says)
{
	bool tagged = keep_tag(t, m);

	if (m->status >= 300) {
		buf_printf(&says->why, "self-test call refused with %u", m->status);
		write_plain(&says->first, e, t, "ACK", BRANCH_INVITE);
		return failed(t);
	}
	if (!tagged) {
		buf_str(&says->why, "self-test call answered without a usable To tag");
		return failed(t);
	}
	write_plain(&says->first, e, t, "ACK", BRANCH_ACK);
	write_plain(&says->second, e, t, "BYE", BRANCH_BYE);
	if (!has_sound(m->body)) {
		buf_str(&says->why, "self-test call answered without an audio stream");
		return failed(t);
	}
	t->step = SELFTEST_LEAVING;
	return SELFTEST_GO_ON;
}

enum selftest_verdict
selftest_answer(struct selftest *t, const struct probe_ends *e, const struct sip_msg *m,
		struct mono now, struct selftest_says *says)
{
	if (t->step == SELFTEST_NONE || m->status < 200)
		return SELFTEST_GO_ON;
	if (probe_matches(m, t->id, BRANCH_INVITE)) {
		if (t->step == SELFTEST_LEAVING) { /* the ACK was lost */
			write_plain(&says->first, e, t, "ACK", BRANCH_ACK);
			return SELFTEST_GO_ON;
		}
		t->answer_ms = mono_ms(t->begun, now);
		t->resend = mono_add(now, SELFTEST_RESEND_MS);
		return on_invite_answer(t, e, m, says);
	}
	if (t->step != SELFTEST_LEAVING || !probe_matches(m, t->id, BRANCH_BYE))
		return SELFTEST_GO_ON;
	t->step = SELFTEST_NONE;
	if (m->status < 300)
		return SELFTEST_PASSED;
	buf_printf(&says->why, "BYE of the self-test call refused with %u", m->status);
	return SELFTEST_FAILED;
}

void
selftest_resend(struct selftest *t, const struct probe_ends *e, struct mono now, struct buf *out)
{
	if (t->step == SELFTEST_NONE || !mono_due(t->resend, now))
		return;
	if (t->step == SELFTEST_INVITED)
		write_invite(out, e, t->id);
	else
		write_plain(out, e, t, "BYE", BRANCH_BYE);
	t->resend = mono_add(now, SELFTEST_RESEND_MS);
}
