/* rtp: see rtp.h. */
#include "worker/rtp.h"

#include <errno.h>

#include "worker/bytes.h"

enum {
	DROPOUT_MAX = 3000, /* RFC 3550 A.1: a gap up to here is loss */
	MISORDER_MAX = 100, /* so far back is a late packet */
	SEQ_COUNT = 65536,
	SEQ_NONE = SEQ_COUNT + 1
};

/* Bytes of CSRC list and extension behind the fixed header, or -EBADMSG. */
static int
extra_bytes(const uint8_t *p, size_t n)
{
	size_t extra = (size_t)(p[0] & 0x0f) * 4;
	if ((p[0] & 0x10) == 0)
		return n >= RTP_HEADER + extra ? (int)extra : -EBADMSG;
	if (n < RTP_HEADER + extra + 4)
		return -EBADMSG;
	extra += 4 + (size_t)bytes_get16(p + RTP_HEADER + extra + 2) * 4;
	return n >= RTP_HEADER + extra ? (int)extra : -EBADMSG;
}

int
rtp_read(const uint8_t *p, size_t n, struct rtp_packet *ret)
{
	if (n < RTP_HEADER || (p[0] & 0xc0) != 0x80)
		return -EBADMSG;
	int extra = extra_bytes(p, n);
	if (extra < 0)
		return extra;
	size_t from = RTP_HEADER + (size_t)extra, end = n;
	if ((p[0] & 0x20) != 0) {
		size_t padding = p[n - 1];
		if (padding == 0 || padding > n - from)
			return -EBADMSG;
		end -= padding;
	}
	*ret = (struct rtp_packet){
	    .pt = p[1] & 0x7f,
	    .marker = (p[1] & 0x80) != 0,
	    .seq = bytes_get16(p + 2),
	    .ts = bytes_get32(p + 4),
	    .ssrc = bytes_get32(p + 8),
	    .payload = p + from,
	    .payload_len = end - from,
	};
	return 0;
}

void
rtp_write(const struct rtp_packet *packet, uint8_t out[RTP_HEADER])
{
	out[0] = 0x80;
	out[1] = (uint8_t)((packet->marker ? 0x80 : 0) | packet->pt);
	bytes_put16(out + 2, packet->seq);
	bytes_put32(out + 4, packet->ts);
	bytes_put32(out + 8, packet->ssrc);
}

static void
source_begin(struct rtp_source *s, const struct rtp_packet *packet, uint32_t arrival)
{
	uint32_t lost = rtp_source_lost_ever(s);
	*s = (struct rtp_source){
	    .heard = true,
	    .ssrc = packet->ssrc,
	    .max_seq = packet->seq,
	    .base = packet->seq,
	    .bad_seq = SEQ_NONE,
	    .received = 1,
	    .transit = arrival - packet->ts,
	    .lost_before = lost,
	};
}

/* RFC 3550 A.8. */
static void
measure_jitter(struct rtp_source *s, const struct rtp_packet *packet, uint32_t arrival)
{
	uint32_t transit = arrival - packet->ts;
	int32_t d = (int32_t)(transit - s->transit);
	uint32_t change = d < 0 ? 0U - (uint32_t)d : (uint32_t)d;
	s->transit = transit;
	s->jitter += change - ((s->jitter + 8) >> 4);
}

enum rtp_verdict
rtp_source_take(struct rtp_source *s, const struct rtp_packet *packet, uint32_t arrival)
{
	uint16_t ahead = (uint16_t)(packet->seq - s->max_seq);
	if (!s->heard || packet->ssrc != s->ssrc) {
		source_begin(s, packet, arrival);
		return RTP_FIRST;
	}
	if (ahead >= DROPOUT_MAX && ahead <= SEQ_COUNT - MISORDER_MAX) {
		if (packet->seq == s->bad_seq) { /* two in a row: the sender has restarted */
			source_begin(s, packet, arrival);
			return RTP_FIRST;
		}
		s->bad_seq = (packet->seq + 1U) & (SEQ_COUNT - 1);
		return RTP_STRAY;
	}
	if (ahead < DROPOUT_MAX) {
		if (packet->seq < s->max_seq)
			s->cycles += SEQ_COUNT;
		s->max_seq = packet->seq;
	}
	s->received++;
	measure_jitter(s, packet, arrival);
	return RTP_GOES_ON;
}

uint32_t
rtp_source_highest(const struct rtp_source *s)
{
	return s->cycles + s->max_seq;
}

static uint32_t
expected(const struct rtp_source *s)
{
	return s->heard ? rtp_source_highest(s) - s->base + 1 : 0;
}

int32_t
rtp_source_lost(const struct rtp_source *s)
{
	return (int32_t)(expected(s) - s->received);
}

uint32_t
rtp_source_lost_ever(const struct rtp_source *s)
{
	int32_t now = rtp_source_lost(s);
	return s->lost_before + (now > 0 ? (uint32_t)now : 0);
}

uint32_t
rtp_source_jitter(const struct rtp_source *s)
{
	return s->jitter >> 4;
}

uint8_t
rtp_source_fraction(struct rtp_source *s)
{
	uint32_t due = expected(s) - s->expected_before;
	uint32_t came = s->received - s->received_before;
	s->expected_before = expected(s);
	s->received_before = s->received;
	if (due == 0 || came >= due)
		return 0;
	uint64_t share = ((uint64_t)(due - came) << 8) / due;
	return share > UINT8_MAX ? UINT8_MAX : (uint8_t)share;
}
