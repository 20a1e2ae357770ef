/* rtcp: see rtcp.h. */
#include "worker/rtcp.h"

#include <errno.h>
#include <string.h>

#include "worker/bytes.h"

enum { PT_SR = 200, PT_RR = 201, PT_SDES = 202, PT_BYE = 203, PT_LAST = 223 };
enum { SDES_CNAME = 1, BLOCK = 24, SENDER_INFO = 20, HEAD = 8 };

#define NTP_1970 2208988800U /* seconds from 1900 */

uint64_t
rtcp_ntp(struct timespec wall)
{
	uint64_t seconds = (uint64_t)wall.tv_sec + NTP_1970;
	uint64_t fraction = ((uint64_t)wall.tv_nsec << 32) / 1000000000U;
	return seconds << 32 | fraction;
}

uint32_t
rtcp_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

/* The common header; the length field is filled in when the end is known. */
static uint8_t *
begin(uint8_t *p, uint8_t count, uint8_t type, uint32_t ssrc)
{
	p[0] = 0x80 | count;
	p[1] = type;
	bytes_put32(p + 4, ssrc);
	return p + HEAD;
}

static uint8_t *
end(uint8_t *start, uint8_t *p)
{
	bytes_put16(start + 2, (uint16_t)((p - start) / 4 - 1));
	return p;
}

static uint8_t *
write_block(uint8_t *p, const struct rtcp_block *b)
{
	int32_t lost = b->lost > 0x7fffff ? 0x7fffff : b->lost < -0x800000 ? -0x800000 : b->lost;
	bytes_put32(p, b->ssrc);
	bytes_put32(p + 4, (uint32_t)lost & 0xffffff);
	p[4] = b->fraction;
	bytes_put32(p + 8, b->highest);
	bytes_put32(p + 12, b->jitter);
	bytes_put32(p + 16, b->lsr);
	bytes_put32(p + 20, b->dlsr);
	return p + BLOCK;
}

static uint8_t *
write_report(uint8_t *start, const struct rtcp_out *o)
{
	uint8_t *p = begin(start, o->has_block ? 1 : 0, o->sender ? PT_SR : PT_RR, o->ssrc);
	if (o->sender) {
		bytes_put32(p, (uint32_t)(o->ntp >> 32));
		bytes_put32(p + 4, (uint32_t)o->ntp);
		bytes_put32(p + 8, o->rtp_ts);
		bytes_put32(p + 12, o->packets);
		bytes_put32(p + 16, o->octets);
		p += SENDER_INFO;
	}
	if (o->has_block)
		p = write_block(p, &o->block);
	return end(start, p);
}

static uint8_t *
write_sdes(uint8_t *start, const struct rtcp_out *o)
{
	uint8_t *p = begin(start, 1, PT_SDES, o->ssrc);
	size_t n = strnlen(o->cname, RTCP_CNAME_MAX);
	*p++ = SDES_CNAME;
	*p++ = (uint8_t)n;
	memcpy(p, o->cname, n);
	p += n;
	do /* at least one zero ends the chunk, then up to a word */
		*p++ = 0;
	while ((p - start) % 4 != 0);
	return end(start, p);
}

size_t
rtcp_write(uint8_t out[RTCP_MAX], const struct rtcp_out *o)
{
	uint8_t *p = write_sdes(write_report(out, o), o);
	if (o->bye)
		p = end(p, begin(p, 1, PT_BYE, o->ssrc));
	return (size_t)(p - out);
}

static struct rtcp_block
read_block(const uint8_t *p)
{
	uint32_t lost = bytes_get32(p + 4) & 0xffffff;
	return (struct rtcp_block){
	    .ssrc = bytes_get32(p),
	    .fraction = p[4],
	    .lost = (int32_t)(lost << 8) >> 8,
	    .highest = bytes_get32(p + 8),
	    .jitter = bytes_get32(p + 12),
	    .lsr = bytes_get32(p + 16),
	    .dlsr = bytes_get32(p + 20),
	};
}

static int
read_report(const uint8_t *p, size_t n, uint32_t our_ssrc, struct rtcp_in *in)
{
	bool sr = p[1] == PT_SR;
	size_t at = HEAD + (sr ? SENDER_INFO : 0), count = p[0] & 0x1f;
	if (n < at + count * BLOCK)
		return -EBADMSG;
	in->ssrc = bytes_get32(p + 4);
	if (sr) {
		in->sr = true;
		in->ntp = (uint64_t)bytes_get32(p + 8) << 32 | bytes_get32(p + 12);
	}
	for (size_t i = 0; i < count; i++) {
		struct rtcp_block b = read_block(p + at + i * BLOCK);
		if (b.ssrc != our_ssrc)
			continue;
		in->has_block = true;
		in->block = b;
	}
	return 0;
}

int
rtcp_read(const uint8_t *p, size_t n, uint32_t our_ssrc, struct rtcp_in *ret)
{
	struct rtcp_in in = {0};
	if (n < HEAD || (p[1] != PT_SR && p[1] != PT_RR))
		return -EBADMSG;
	while (n > 0) {
		size_t len = n >= 4 ? ((size_t)bytes_get16(p + 2) + 1) * 4 : 0;
		if (len == 0 || len > n || (p[0] & 0xc0) != 0x80 || p[1] < PT_SR || p[1] > PT_LAST)
			return -EBADMSG;
		bool report = p[1] == PT_SR || p[1] == PT_RR;
		if (report && (len < HEAD || read_report(p, len, our_ssrc, &in) != 0))
			return -EBADMSG;
		in.bye = in.bye || p[1] == PT_BYE;
		p += len;
		n -= len;
	}
	*ret = in;
	return 0;
}

int64_t
rtcp_round_trip_us(uint64_t now, const struct rtcp_block *block)
{
	if (block->lsr == 0)
		return -1;
	uint32_t units = rtcp_ntp_middle(now) - block->lsr - block->dlsr;
	if (units > 0x7fffffff) /* clocks or the peer's arithmetic make it negative */
		return -1;
	return (int64_t)((uint64_t)units * 1000000 >> 16);
}
