/* callee: see callee.h. */
#include "tests/bench/lib/callee.h"

#include <string.h>

#define SDP                                                       \
	"v=0\r\no=- 4711 4711 IN IP4 127.0.0.65\r\ns=-\r\n"       \
	"c=IN IP4 127.0.0.65\r\nt=0 0\r\n"                        \
	"m=audio 20000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n" \
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"

static const char invite_tail[] =
    ">\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
    "Content-Type: application/sdp\r\nContent-Length: 198\r\n\r\n" SDP;
_Static_assert(sizeof SDP - 1 == 198, "Content-Length in invite_tail says 198");

static enum callee_method
method_of(const char *p)
{
	if (!memcmp(p, "INVITE ", 7))
		return CALLEE_INVITE;
	if (!memcmp(p, "BYE ", 4))
		return CALLEE_BYE;
	return memcmp(p, "ACK ", 4) ? CALLEE_OTHER : CALLEE_ACK;
}

/* Whether the line is named `name` (canonical spelling, as all programs here write it) or by its
 * one-letter form. */
static bool
named(struct slice line, const char *name, size_t n, char compact)
{
	return (line.n > n + 1 && line.p[n] == ':' && !memcmp(line.p, name, n)) ||
	       (line.n > 2 && line.p[1] == ':' && line.p[0] == compact);
}

static void
take_line(struct slice line, struct callee_request *r)
{
	switch (line.p[0] | 0x20) {
	case 'v':
		if (named(line, "Via", 3, 'v') && r->nvia < CALLEE_VIAS)
			r->via[r->nvia++] = line;
		break;
	case 'f':
		if (named(line, "From", 4, 'f'))
			r->from = line;
		break;
	case 't':
		if (named(line, "To", 2, 't'))
			r->to = line;
		break;
	case 'i':
	case 'c':
		if (named(line, "Call-ID", 7, 'i'))
			r->call_id = line;
		else if (named(line, "CSeq", 4, 0))
			r->cseq = line;
		break;
	default: break;
	}
}

bool
callee_read(struct slice m, struct callee_request *ret)
{
	const char *p = m.p, *end = m.p + m.n, *nl;

	*ret = (struct callee_request){0};
	if (m.n < 16 || !memcmp(p, "SIP/2.0 ", 8))
		return false;
	ret->method = method_of(p);
	while ((nl = memchr(p, '\n', (size_t)(end - p)))) {
		p = nl + 1;
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl || nl - p < 2)
			break;
		take_line((struct slice){p, (size_t)(nl + 1 - p)}, ret);
	}
	ret->in_dialog = ret->to.n && memmem(ret->to.p, ret->to.n, ";tag=", 5);
	return ret->nvia && ret->from.n && ret->to.n && ret->call_id.n && ret->cseq.n;
}

struct slice
callee_value(struct slice line)
{
	const char *colon = memchr(line.p, ':', line.n);
	size_t skip = colon ? (size_t)(colon - line.p) + 1 : 0;

	return slice_trim((struct slice){line.p + skip, line.n - skip});
}

size_t
callee_answer(const struct callee_request *r, struct slice tag, struct slice contact,
	      struct buf *out)
{
	buf_slice(out, SLICE("SIP/2.0 200 OK\r\n"));
	for (unsigned i = 0; i < r->nvia; i++)
		buf_slice(out, r->via[i]);
	buf_slice(out, r->from);
	if (r->in_dialog) {
		buf_slice(out, r->to);
	} else {
		buf_add(out, r->to.p, r->to.n - 2);
		buf_slice(out, SLICE(";tag="));
		buf_slice(out, tag);
		buf_slice(out, SLICE("\r\n"));
	}
	buf_slice(out, r->call_id);
	buf_slice(out, r->cseq);
	if (r->method == CALLEE_INVITE) {
		buf_slice(out, SLICE("Contact: <"));
		buf_slice(out, contact);
		buf_add(out, invite_tail, sizeof invite_tail - 1);
	} else {
		buf_slice(out, SLICE("Content-Length: 0\r\n\r\n"));
	}
	return out->full ? 0 : out->n;
}
