/* far_side: the other side of a call in a test: two sockets on loopback that speak and listen. */
#ifndef EVERTRUNK_TESTS_FAR_SIDE_H
#define EVERTRUNK_TESTS_FAR_SIDE_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "ipc/base/addr.h"
#include "worker/codec.h"
#include "worker/rtcp.h"
#include "worker/rtp.h"
#include "worker/secure.h"

enum { FAR_HEARD_MAX = 8000 * 10 };

struct far_side {
	int rtp, rtcp;
	struct addr local, to;
	enum sdp_codec law;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts, ssrc;
	struct secure *secure;        /* NULL: plain RTP; owned by the test */
	uint8_t heard[FAR_HEARD_MAX]; /* payload bytes in order of arrival */
	size_t nheard;
	unsigned packets, markers, gaps; /* gaps: timestamps that do not follow */
	uint32_t first_ts, next_ts;
	unsigned reports, reports_of_sender, byes;
	struct rtcp_in report;
};

static inline int
far_socket(const char *at, struct addr *ret)
{
	struct sockaddr_storage ss;
	struct addr a;
	socklen_t n;
	assert_int_equal(addr_parse_ip(slice_str(at), 0, &a), 0);
	n = addr_to_sockaddr(&a, &ss);
	int fd = socket(a.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n) != 0)
		fail_msg("%s: %s", at, strerror(errno));
	n = sizeof(ss);
	getsockname(fd, (struct sockaddr *)&ss, &n);
	addr_from_sockaddr(&ss, ret);
	return fd;
}

static inline void
far_datagram(int fd, const struct addr *to, const void *p, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);
	assert_int_equal(sendto(fd, p, n, 0, (struct sockaddr *)&ss, len), n);
}

/* One packet at an offset to the current place on the time line. */
static inline void
far_packet(struct far_side *f, uint8_t pt, int offset, const uint8_t *payload, size_t n)
{
	_Alignas(8) uint8_t bytes[1024];
	size_t len = RTP_HEADER + n;
	struct rtp_packet p = {
	    .pt = pt,
	    .seq = (uint16_t)(f->seq + offset),
	    .ts = f->ts + (uint32_t)(offset * RTP_TICK),
	    .ssrc = f->ssrc,
	};
	rtp_write(&p, bytes);
	memcpy(bytes + RTP_HEADER, payload, n);
	if (f->secure != NULL)
		assert_int_equal(secure_rtp_out(f->secure, bytes, &len), 0);
	far_datagram(f->rtp, &f->to, bytes, len);
}

/* Codes that tell every place of the stream from every other: sample `i` of it. */
static inline uint8_t
far_code(uint32_t i)
{
	uint32_t x = (i + 1) * 2654435761U;
	return (uint8_t)(x >> 24 | 0x80);
}

/* The 20 ms at `offset` ticks from the current place. */
static inline void
far_codes(struct far_side *f, int offset)
{
	uint8_t codes[RTP_TICK];
	uint32_t first = f->ts + (uint32_t)(offset * RTP_TICK);
	for (uint32_t i = 0; i < RTP_TICK; i++)
		codes[i] = far_code(first + i);
	far_packet(f, f->pt, offset, codes, sizeof(codes));
}

static inline void
far_tone(struct far_side *f, int dbm0)
{
	int16_t samples[RTP_TICK] = {0};
	uint8_t codes[RTP_TICK];
	if (dbm0 > -90)
		codec_tone(400, dbm0, samples, RTP_TICK);
	codec_encode(f->law, samples, RTP_TICK, codes);
	far_packet(f, f->pt, 0, codes, sizeof(codes));
}

static inline void
far_next(struct far_side *f)
{
	f->seq++;
	f->ts += RTP_TICK;
}

static inline void
far_listen(struct far_side *f, uint32_t their_subject)
{
	_Alignas(8) uint8_t bytes[2048];
	struct rtp_packet p;
	ssize_t n;
	size_t len;
	while ((n = recv(f->rtp, bytes, sizeof(bytes), 0)) > 0) {
		len = (size_t)n;
		if (f->secure != NULL)
			assert_int_equal(secure_rtp_in(f->secure, bytes, &len), 0);
		assert_int_equal(rtp_read(bytes, len, &p), 0);
		assert_int_equal(p.pt, f->pt);
		f->gaps += f->packets > 0 && p.ts != f->next_ts ? 1 : 0;
		f->first_ts = f->packets == 0 ? p.ts : f->first_ts;
		f->next_ts = p.ts + (uint32_t)p.payload_len;
		f->packets++;
		f->markers += p.marker ? 1 : 0;
		assert_true(f->nheard + p.payload_len <= sizeof(f->heard));
		memcpy(f->heard + f->nheard, p.payload, p.payload_len);
		f->nheard += p.payload_len;
	}
	while ((n = recv(f->rtcp, bytes, sizeof(bytes), 0)) > 0) {
		len = (size_t)n;
		if (f->secure != NULL)
			assert_int_equal(secure_rtcp_in(f->secure, bytes, &len), 0);
		assert_int_equal(rtcp_read(bytes, len, their_subject, &f->report), 0);
		f->reports++;
		f->reports_of_sender += f->report.sr ? 1 : 0;
		f->byes += f->report.bye ? 1 : 0;
	}
}

#endif
