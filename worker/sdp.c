/* sdp: reads and writes the one G.711 stream we speak.
 * One pass over the lines: session lines first, then stream by stream; the first audio stream that
 * fits is taken when its section ends, and given up for a later one only when that is secure.
 * Must not know: sockets, SIP. */
#include "worker/sdp.h"

#include <errno.h>
#include <string.h>

#include "worker/words.h"

enum { FORMATS_MAX = 64, PT_COUNT = 128 };

/* What a payload type stands for. */
enum kind { KIND_NONE, KIND_PCMU, KIND_PCMA, KIND_EVENT };

static const struct {
	struct slice word;
	enum kind kind;
} encodings[] = {
    {{"PCMU", 4}, KIND_PCMU},
    {{"PCMA", 4}, KIND_PCMA},
    {{"telephone-event", 15}, KIND_EVENT},
};

static const struct slice direction_words[] = {
    [SDP_SENDRECV] = {"sendrecv", 8},
    [SDP_SENDONLY] = {"sendonly", 8},
    [SDP_RECVONLY] = {"recvonly", 8},
    [SDP_INACTIVE] = {"inactive", 8},
};

/* A stream (or, before the first m=, the session's defaults). */
struct stream {
	bool audio;               /* m=audio, RTP of any of our profiles, port not 0 */
	bool secure;              /* RTP/SAVP */
	struct sdp_crypto crypto; /* the first line of it that we can use */
	uint16_t port;
	struct slice formats;
	bool has_c;
	struct addr c; /* family 0: a name, which we do not look up */
	uint16_t rtcp_port;
	struct addr rtcp_ip;
	unsigned ptime;
	enum sdp_direction direction;
	uint8_t kind[PT_COUNT];
};

struct reader {
	const struct sdp_terms *terms;
	int why; /* what keeps the first audio stream from being taken */
	struct stream session;
	struct stream stream;
	bool in_stream;
	bool taken;
	struct sdp_remote out;
};

static struct stream *
current(struct reader *r)
{
	return r->in_stream ? &r->stream : &r->session;
}

static bool
is_unspecified(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->ip)];
	return memcmp(a->ip, zero, sizeof(zero)) == 0;
}

/* Chooses by the order of the m= line: the first codec, the first telephone-event. */
static void
choose_formats(const struct stream *s, struct sdp_remote *out, bool *ret_codec)
{
	struct slice rest = s->formats, word;
	uint64_t pt;
	out->dtmf_pt = -1;
	for (int i = 0; i < FORMATS_MAX && (word = words_next(&rest)).n > 0; i++) {
		if (slice_u64(word, PT_COUNT - 1, &pt) != 0)
			continue;
		enum kind kind = s->kind[pt];
		if (kind == KIND_EVENT && out->dtmf_pt < 0)
			out->dtmf_pt = (int)pt;
		if ((kind != KIND_PCMU && kind != KIND_PCMA) || *ret_codec)
			continue;
		*ret_codec = true;
		out->codec = kind == KIND_PCMU ? SDP_PCMU : SDP_PCMA;
		out->codec_pt = (uint8_t)pt;
	}
}

/* RFC 3264 8.4: 0.0.0.0 is the older way to say "do not send to me". */
static enum sdp_direction
direction_of(const struct stream *s)
{
	if (!is_unspecified(&s->c))
		return s->direction;
	bool sends = s->direction == SDP_SENDRECV || s->direction == SDP_SENDONLY;
	return sends ? SDP_SENDONLY : SDP_INACTIVE;
}

/* Whether a stream with a codec of ours may be used.  Nobody sends to 0.0.0.0: it is of any family.
 */
static int
check_transport(const struct reader *r, const struct stream *s)
{
	if (r->terms->srtp == (s->secure ? DEMAND_NEVER : DEMAND_REQUIRED))
		return -EPROTONOSUPPORT;
	if (r->terms->family && r->terms->family != s->c.family && !is_unspecified(&s->c))
		return -EAFNOSUPPORT;
	return s->secure && s->crypto.suite == SDP_PLAIN ? -ENOKEY : 0;
}

static void
take_stream(struct reader *r)
{
	struct stream *s = &r->stream;
	struct sdp_remote *out = &r->out;
	out->rtp = s->c;
	out->rtp.port = s->port;
	out->rtcp = s->rtcp_ip.family != 0 ? s->rtcp_ip : s->c;
	out->rtcp.port = s->rtcp_port != 0 ? s->rtcp_port : (uint16_t)(s->port + 1);
	out->ptime = s->ptime;
	out->direction = direction_of(s);
	out->crypto = s->crypto;
	out->audio = out->nmedia - 1;
	r->taken = true;
}

/* The section of a stream is over: take it when it fits and none better has been taken. */
static int
end_stream(struct reader *r)
{
	struct stream *s = &r->stream;
	struct sdp_remote chosen = r->out;
	bool better = !r->taken || (s->secure && r->out.crypto.suite == SDP_PLAIN);
	bool codec = false;
	if (!r->in_stream || !s->audio || !better)
		return 0;
	if (!s->has_c)
		return -EINVAL;
	choose_formats(s, &chosen, &codec);
	if (!codec || s->c.family == 0)
		return 0;
	int e = check_transport(r, s);
	if (e == 0) {
		r->out = chosen;
		take_stream(r);
	} else if (r->why == -ENOTSUP) {
		r->why = e;
	}
	return 0;
}

/* With the feedback profiles (RFC 4585, 5124) we take part in the audio alone. */
static bool
is_rtp(struct slice transport, bool *ret_secure)
{
	*ret_secure =
	    slice_ieq(transport, SLICE("RTP/SAVP")) || slice_ieq(transport, SLICE("RTP/SAVPF"));
	return *ret_secure || slice_ieq(transport, SLICE("RTP/AVP")) ||
	       slice_ieq(transport, SLICE("RTP/AVPF"));
}

static bool
is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t')
			return false;
	return true;
}

static size_t
first_word(struct slice s)
{
	return words_next(&s).n;
}

/* "audio 5208 RTP/AVP 0 8", "audio 5208/2 ...", "image 4000 udptl t38". */
static int
read_media(struct reader *r, struct slice value)
{
	int e = end_stream(r);
	if (e != 0)
		return e;
	if (r->out.nmedia == SDP_MEDIA_MAX)
		return -ENOTSUP;
	struct slice rest = value, *line = &r->out.media_line[r->out.nmedia++];
	*line = value;
	struct slice type = words_next(&rest), ports = words_next(&rest);
	struct slice transport = words_next(&rest);
	uint64_t port;
	rest = slice_trim(rest);
	if (value.n > SDP_LINE_MAX)
		line->n = (size_t)(rest.p + first_word(rest) - value.p);
	if (!is_printable(value) || rest.n == 0 ||
	    slice_u64(words_until(&ports, '/'), UINT16_MAX, &port) != 0)
		return -EINVAL;
	r->in_stream = true;
	r->stream = r->session;
	r->stream.audio =
	    is_rtp(transport, &r->stream.secure) && port != 0 && slice_ieq(type, SLICE("audio"));
	r->stream.port = (uint16_t)port;
	r->stream.formats = rest;
	return 0;
}

/* "IN IP4 192.0.2.14", with a multicast "/ttl" cut off. */
static int
read_address(struct slice value, struct addr *ret)
{
	struct slice rest = value;
	struct slice net = words_next(&rest), family = words_next(&rest), ip = words_next(&rest);
	if (!slice_ieq(net, SLICE("IN")) || family.n != 3 || ip.n == 0)
		return -EINVAL;
	*ret = (struct addr){0};
	if (addr_parse_ip(words_until(&ip, '/'), 0, ret) != 0)
		*ret = (struct addr){0};
	return 0;
}

static int
read_connection(struct reader *r, struct slice value)
{
	struct stream *s = current(r);
	s->has_c = true;
	return read_address(value, &s->c);
}

/* "101 telephone-event/8000". */
static void
read_rtpmap(struct stream *s, struct slice value)
{
	struct slice rest = value, number = words_next(&rest), coding = words_next(&rest);
	struct slice name = words_until(&coding, '/'), clock = words_until(&coding, '/');
	uint64_t pt;
	if (slice_u64(number, PT_COUNT - 1, &pt) != 0)
		return;
	s->kind[pt] = KIND_NONE;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (slice_ieq(name, encodings[i].word) && slice_eq(clock, SLICE("8000")))
			s->kind[pt] = (uint8_t)encodings[i].kind;
}

/* RFC 3605: "53020" or "53020 IN IP4 192.0.2.14". */
static void
read_rtcp(struct stream *s, struct slice value)
{
	struct slice rest = value;
	uint64_t port;
	if (slice_u64(words_next(&rest), UINT16_MAX, &port) != 0)
		return;
	s->rtcp_port = (uint16_t)port;
	rest = slice_trim(rest);
	if (rest.n > 0 && read_address(rest, &s->rtcp_ip) != 0)
		s->rtcp_ip = (struct addr){0};
}

/* RFC 4568 5.1.2: the lines stand in the order of preference. */
static void
read_crypto(struct stream *s, struct slice value)
{
	if (s->secure && s->crypto.suite == SDP_PLAIN)
		(void)sdp_crypto_read(value, &s->crypto);
}

static void
read_attribute(struct reader *r, struct slice value)
{
	struct stream *s = current(r);
	struct slice rest = value, name = words_until(&rest, ':');
	uint64_t ms;
	for (unsigned d = 0; d < sizeof(direction_words) / sizeof(direction_words[0]); d++)
		if (slice_eq(value, direction_words[d]))
			s->direction = (enum sdp_direction)d;
	if (slice_eq(name, SLICE("rtpmap")))
		read_rtpmap(s, rest);
	else if (slice_eq(name, SLICE("rtcp")))
		read_rtcp(s, rest);
	else if (slice_eq(name, SLICE("crypto")))
		read_crypto(s, rest);
	else if (slice_eq(name, SLICE("ptime")) && slice_u64(slice_trim(rest), 1000, &ms) == 0)
		s->ptime = (unsigned)ms;
}

static int
read_line(struct reader *r, struct slice line)
{
	if (line.n < 2 || line.p[1] != '=')
		return 0;
	struct slice value = {line.p + 2, line.n - 2};
	switch (line.p[0]) {
	case 'm': return read_media(r, value);
	case 'c': return read_connection(r, value);
	case 'a': read_attribute(r, value); return 0;
	default: return 0;
	}
}

int
sdp_read(struct slice sdp, const struct sdp_terms *terms, struct sdp_remote *ret)
{
	struct reader r = {.terms = terms, .why = -ENOTSUP, .session.direction = SDP_SENDRECV};
	struct slice line = {NULL, 0};
	int e = 0;
	r.session.kind[0] = KIND_PCMU; /* static types need no rtpmap (RFC 3551) */
	r.session.kind[8] = KIND_PCMA;
	while (line.n == 0 && words_line(&sdp, &line))
		;
	if (!slice_eq(line, SLICE("v=0")))
		return -EINVAL;
	while (e == 0 && words_line(&sdp, &line))
		e = read_line(&r, line);
	if (e == 0)
		e = end_stream(&r);
	if (e == 0 && !r.taken)
		e = r.why;
	if (e == 0)
		*ret = r.out;
	return e;
}
