/* rtcp: compound packets (RFC 3550 6.4 to 6.6): SR or RR with one block, SDES with a CNAME, BYE.
 * Pure: values in, bytes out, and back.  Must not know: sockets, when a report is due. */
#ifndef EVERTRUNK_RTCP_H
#define EVERTRUNK_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { RTCP_MAX = 128, RTCP_CNAME_MAX = 32 };

/* One report block. */
struct rtcp_block {
	uint32_t ssrc;    /* whom it is about */
	uint8_t fraction; /* lost since the last report, 1/256 */
	int32_t lost;     /* ever */
	uint32_t highest; /* sequence number with wraps */
	uint32_t jitter;  /* timestamp units */
	uint32_t lsr;     /* middle of the NTP time of the last SR from that source, 0: none */
	uint32_t dlsr;    /* since then, 1/65536 s */
};

/* What we say. */
struct rtcp_out {
	uint32_t ssrc;
	bool sender;     /* SR instead of RR: we have sent since the last report */
	uint64_t ntp;    /* now */
	uint32_t rtp_ts; /* the same moment on our RTP clock */
	uint32_t packets, octets;
	bool has_block;
	struct rtcp_block block;
	const char *cname; /* at most RTCP_CNAME_MAX bytes are said */
	bool bye;
};

/* What we heard. */
struct rtcp_in {
	uint32_t ssrc; /* the sender */
	bool sr;       /* it was an SR: ntp is set */
	uint64_t ntp;
	bool has_block; /* it reports about us */
	struct rtcp_block block;
	bool bye;
};

/* 64-bit NTP time of a wall-clock time. */
uint64_t rtcp_ntp(struct timespec wall);
/* The 32 bits in the middle, as LSR carries them. */
uint32_t rtcp_ntp_middle(uint64_t ntp);
/* Writes one compound packet; returns its length (at most RTCP_MAX). */
size_t rtcp_write(uint8_t out[RTCP_MAX], const struct rtcp_out *o);
/* Reads a compound packet, keeping the block about `our_ssrc`.  0, or -EBADMSG (A.2). */
int rtcp_read(const uint8_t *p, size_t n, uint32_t our_ssrc, struct rtcp_in *ret);
/* Round trip in microseconds from a block that came at `now`; -1 when it cannot tell. */
int64_t rtcp_round_trip_us(uint64_t now, const struct rtcp_block *block);

#endif
