/* caller: see caller.h. */
#include "tests/bench/lib/caller.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

/* "k" + slot + number; the same in branch, From tag and Call-ID, but for the kind. */
enum { ID_TEXT = 1 + 4 + 8 };
#define HOLE  "i000000000000"
#define MAGIC "z9hG4bK"

static const char hex[] = "0123456789abcdef";

static void
put_hex(char *out, uint32_t v, int digits)
{
	for (int i = digits - 1; i >= 0; i--, v >>= 4)
		out[i] = hex[v & 15];
}

static void
put_id(char *out, char kind, const struct caller_id *id)
{
	out[0] = kind;
	put_hex(out + 1, id->slot, 4);
	put_hex(out + 5, id->number, 8);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
get_hex(const char *p, int digits, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < digits; i++) {
		int d = hex_value(p[i]);

		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*ret = v;
	return true;
}

/* The session description of CUCM 8.6 (its b= lines and order). */
static size_t
write_sdp(char *out, size_t cap, const char *ip, unsigned port, const char *crypto)
{
	return (size_t)snprintf(out, cap,
				"v=0\r\no=CiscoSystemsCCM-SIP 31877 1 IN IP4 %s\r\ns=SIP Call\r\n"
				"c=IN IP4 %s\r\nb=TIAS:64000\r\nb=AS:64\r\nt=0 0\r\n"
				"m=audio %u RTP/%s 0 101\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
				"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n%s",
				ip, ip, port, crypto ? "SAVP" : "AVP", crypto ? crypto : "");
}

/* The INVITE with `pad` more bytes in its From tag, which is where CUCM is generous. */
static size_t
write_invite(struct caller *c, const struct caller_setup *s, size_t pad)
{
	char ip[INET_ADDRSTRLEN], media[INET_ADDRSTRLEN], sdp[CALLER_SDP];
	unsigned port = ntohs(s->local.sin_port);
	const char *transport = s->tcp ? "tcp" : "udp";
	size_t nsdp;

	inet_ntop(AF_INET, &s->local.sin_addr, ip, sizeof ip);
	inet_ntop(AF_INET, &s->media.sin_addr, media, sizeof media);
	nsdp = write_sdp(sdp, sizeof sdp, s->media.sin_port ? media : ip,
			 s->media.sin_port ? ntohs(s->media.sin_port) : 24586, s->crypto);
	snprintf(c->from_tail, sizeof c->from_tail, "~5d0a4a3e-9b1c-4f52-a0de-7c31b2f0e9aa%.*s",
		 (int)pad, "-2841190728411907284119072841190728411907");
	return (size_t)snprintf(
	    c->invite, sizeof c->invite,
	    "INVITE %s SIP/2.0\r\n%s" HOLE "\r\n%s" HOLE "%s\r\nTo: <sip:7000@%s>\r\n"
	    "Date: Mon, 03 Jun 2024 08:15:30 GMT\r\nCall-ID: " HOLE "%s\r\n"
	    "Supported: timer,resource-priority,replaces\r\nMin-SE:  1800\r\n"
	    "User-Agent: Cisco-CUCM8.6\r\n"
	    "Allow: INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, "
	    "NOTIFY\r\nCSeq: 101 INVITE\r\nExpires: 180\r\nAllow-Events: presence, kpml\r\n"
	    "Supported: X-cisco-srtp-fallback,X-cisco-original-called\r\n"
	    "Cisco-Guid: 1067567232-0000065536-0000004711-0503447744\r\n"
	    "Session-Expires:  1800\r\n"
	    "Diversion: \"Example User C\" "
	    "<sip:1005@%s>;reason=no-answer;privacy=off;screen=yes\r\n"
	    "P-Asserted-Identity: \"Example User B\" <sip:1004@%s>\r\n"
	    "Remote-Party-ID: \"Example User B\" <sip:1004@%s>;party=calling;screen=yes\r\n"
	    "Contact: <sip:1004@%s:%u;transport=%s>\r\nMax-Forwards: 69\r\n"
	    "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
	    c->uri, c->via, c->from, c->from_tail, ip, c->run, ip, ip, ip, ip, port, transport,
	    nsdp, sdp);
}

static void
find_holes(struct caller *c)
{
	const char *p = c->invite;

	for (int i = 0; i < 3; i++) {
		p = strstr(p, HOLE);
		c->hole[i] = (size_t)(p - c->invite);
		p += ID_TEXT;
	}
}

void
caller_init(struct caller *c, const struct caller_setup *s)
{
	char ip[INET_ADDRSTRLEN], peer[INET_ADDRSTRLEN];
	uint32_t run = 0;

	inet_ntop(AF_INET, &s->local.sin_addr, ip, sizeof ip);
	inet_ntop(AF_INET, &s->peer.sin_addr, peer, sizeof peer);
	(void)!getrandom(&run, sizeof run, 0);
	snprintf(c->run, sizeof c->run, "-%08x@bench", run);
	snprintf(c->uri, sizeof c->uri, "sip:7000@%s:%u", peer, ntohs(s->peer.sin_port));
	snprintf(c->via, sizeof c->via, "Via: SIP/2.0/%s %s:%u;branch=" MAGIC,
		 s->tcp ? "TCP" : "UDP", ip, ntohs(s->local.sin_port));
	snprintf(c->from, sizeof c->from, "From: \"Example User B\" <sip:1004@%s>;tag=", ip);
	c->ninvite = write_invite(c, s, 0);
	if (s->pad && c->ninvite < CALLER_INVITE_BYTES)
		c->ninvite = write_invite(c, s, CALLER_INVITE_BYTES - c->ninvite);
	find_holes(c);
}

size_t
caller_invite(const struct caller *c, const struct caller_id *id, char *out)
{
	memcpy(out, c->invite, c->ninvite);
	for (int i = 0; i < 3; i++)
		put_id(out + c->hole[i], 'i', id);
	return c->ninvite;
}

/* What ACK and BYE differ in. */
struct kind {
	const char *method;
	struct slice target;
	char branch;
	unsigned cseq;
};

static size_t
write_request(const struct caller *c, const struct caller_id *id, const struct caller_dialog *d,
	      const struct kind *k, char *out)
{
	struct buf b = {out, 0, 2048, false};
	char text[ID_TEXT];

	buf_str(&b, k->method);
	buf_str(&b, " ");
	buf_slice(&b, k->target);
	buf_str(&b, " SIP/2.0\r\n");
	buf_str(&b, c->via);
	put_id(text, k->branch, id);
	buf_add(&b, text, ID_TEXT);
	buf_str(&b, "\r\n");
	buf_str(&b, c->from);
	put_id(text, 'i', id);
	buf_add(&b, text, ID_TEXT);
	buf_str(&b, c->from_tail);
	buf_str(&b, "\r\n");
	buf_add(&b, d->to, d->nto);
	buf_str(&b, "Call-ID: ");
	buf_add(&b, text, ID_TEXT);
	buf_str(&b, c->run);
	buf_str(&b, "\r\nCSeq: ");
	buf_u64(&b, k->cseq);
	buf_str(&b, " ");
	buf_str(&b, k->method);
	buf_str(&b, "\r\nMax-Forwards: 70\r\nUser-Agent: Cisco-CUCM8.6\r\n"
		    "Date: Mon, 03 Jun 2024 08:15:30 GMT\r\nContent-Length: 0\r\n\r\n");
	return b.n;
}

size_t
caller_bye(const struct caller *c, const struct caller_id *id, const struct caller_dialog *d,
	   char *out)
{
	struct kind bye = {"BYE", {d->target, d->ntarget}, 'b', 102};

	return write_request(c, id, d, &bye, out);
}

size_t
caller_ack(const struct caller *c, const struct caller_id *id, const struct caller_dialog *d,
	   bool success, char *out)
{
	struct kind ack = {"ACK", {d->target, d->ntarget}, 'a', 101};

	if (!success) {
		ack.target = slice_str(c->uri);
		ack.branch = 'i';
	}
	return write_request(c, id, d, &ack, out);
}

bool
caller_answer(struct slice m, unsigned *ret_status, struct caller_id *ret_id)
{
	const char *p = memmem(m.p, m.n, MAGIC, sizeof MAGIC - 1);
	bool response = m.n > 12 && !memcmp(m.p, "SIP/2.0 ", 8);

	if (!p || m.p + m.n - p < (ptrdiff_t)(sizeof MAGIC - 1 + ID_TEXT))
		return false;
	p += sizeof MAGIC - 1;
	ret_id->kind = p[0];
	*ret_status = response ? (unsigned)atoi(m.p + 8) : 0;
	return get_hex(p + 1, 4, &ret_id->slot) && get_hex(p + 5, 8, &ret_id->number);
}

static bool
starts(const char *p, const char *end, const char *name, size_t n)
{
	return (size_t)(end - p) > n && !strncasecmp(p, name, n);
}

bool
caller_dialog(struct slice m, struct caller_dialog *ret)
{
	const char *p = m.p, *end = m.p + m.n, *nl;

	ret->nto = ret->ntarget = 0;
	for (; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1) {
		size_t n = (size_t)(nl + 1 - p);

		if (n < 3)
			break;
		if (starts(p, nl, "To:", 3) && n <= sizeof ret->to) {
			memcpy(ret->to, p, n);
			ret->nto = n;
		} else if (starts(p, nl, "Contact:", 8)) {
			const char *a = memchr(p, '<', n);
			const char *b = a ? memchr(a, '>', (size_t)(nl - a)) : NULL;

			if (!b || (size_t)(b - a) > sizeof ret->target)
				return false;
			ret->ntarget = (size_t)(b - a - 1);
			memcpy(ret->target, a + 1, ret->ntarget);
		}
	}
	return ret->nto && ret->ntarget;
}
