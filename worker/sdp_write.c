/* sdp_write: our own descriptions: the answer that mirrors an offer, and the offer we make when
 * the PBX sent none (delayed offer).  Always one G.711 stream and telephone-event. */
#include "worker/sdp.h"
#include "worker/words.h"

/* Indexed by codec: name and the static payload type of our own offer. */
static const struct {
	const char *name;
	uint8_t pt;
} codecs[SDP_CODECS] = {
    [SDP_PCMU] = {"PCMU", 0},
    [SDP_PCMA] = {"PCMA", 8},
};

/* Our direction for what the remote says of itself (RFC 3264 6.1). */
static const char *const mirrored[] = {
    [SDP_SENDRECV] = "sendrecv",
    [SDP_SENDONLY] = "recvonly",
    [SDP_RECVONLY] = "sendonly",
    [SDP_INACTIVE] = "inactive",
};

static void
write_session(struct buf *out, const struct sdp_local *local)
{
	char ip[ADDR_TEXT_MAX];
	const char *family = local->rtp.family == AF_INET6 ? "IP6" : "IP4";
	addr_ip_text(&local->rtp, ip);
	buf_printf(out, "v=0\r\no=- %llu %llu IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		   (unsigned long long)local->session_id, (unsigned long long)local->version,
		   family, ip, family, ip);
}

static void
write_codec(struct buf *out, enum sdp_codec codec, unsigned pt)
{
	buf_printf(out, "a=rtpmap:%u %s/8000\r\n", pt, codecs[codec].name);
}

static void
write_events(struct buf *out, int pt)
{
	if (pt >= 0)
		buf_printf(out, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", pt, pt);
}

static void
write_tail(struct buf *out, const struct sdp_local *local, enum sdp_direction remote)
{
	buf_printf(out, "a=ptime:%u\r\na=%s\r\n", local->ptime, mirrored[remote]);
}

/* RFC 3264 6: a stream that is not wanted is answered in its place with port 0. */
static void
write_rejected(struct buf *out, struct slice type, struct slice transport, struct slice formats)
{
	buf_str(out, "m=");
	buf_slice(out, type);
	buf_str(out, " 0 ");
	buf_slice(out, transport);
	buf_str(out, " ");
	buf_slice(out, formats);
	buf_str(out, "\r\n");
}

static void
write_taken(struct buf *out, const struct sdp_local *local, const struct sdp_remote *offer,
	    struct slice transport)
{
	buf_printf(out, "m=audio %u ", local->rtp.port);
	buf_slice(out, transport);
	buf_printf(out, " %u", offer->codec_pt);
	if (offer->dtmf_pt >= 0)
		buf_printf(out, " %d", offer->dtmf_pt);
	buf_str(out, "\r\n");
	write_codec(out, offer->codec, offer->codec_pt);
	write_events(out, offer->dtmf_pt);
	if (offer->crypto.suite != SDP_PLAIN)
		sdp_crypto_write(out, &local->crypto[0]);
	write_tail(out, local, offer->direction);
}

void
sdp_answer(struct buf *out, const struct sdp_local *local, const struct sdp_remote *offer)
{
	write_session(out, local);
	for (unsigned i = 0; i < offer->nmedia; i++) {
		struct slice rest = offer->media_line[i];
		struct slice type = words_next(&rest);
		(void)words_next(&rest); /* the port */
		struct slice transport = words_next(&rest);
		if (i == offer->audio)
			write_taken(out, local, offer, transport);
		else
			write_rejected(out, type, transport, slice_trim(rest));
	}
}

void
sdp_offer(struct buf *out, const struct sdp_local *local)
{
	write_session(out, local);
	buf_printf(out, "m=audio %u RTP/%s %u %u %d\r\n", local->rtp.port,
		   local->ncrypto > 0 ? "SAVP" : "AVP", codecs[SDP_PCMU].pt, codecs[SDP_PCMA].pt,
		   SDP_OFFER_EVENT_PT);
	write_codec(out, SDP_PCMU, codecs[SDP_PCMU].pt);
	write_codec(out, SDP_PCMA, codecs[SDP_PCMA].pt);
	write_events(out, SDP_OFFER_EVENT_PT);
	for (unsigned i = 0; i < local->ncrypto; i++)
		sdp_crypto_write(out, &local->crypto[i]);
	write_tail(out, local, SDP_SENDRECV);
}
