/* rtp: the RTP header (RFC 3550 5.1) and the bookkeeping of one received source (A.1, A.3, A.8).
 * Pure: bytes and times in, values out.  Bad bytes are counted by the caller and forgotten.
 * Must not know: sockets, codecs, whose packets these are. */
#ifndef EVERTRUNK_RTP_H
#define EVERTRUNK_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_HEADER = 12, RTP_CLOCK = 8000, RTP_TICK_MS = 20, RTP_TICK = 160 };

struct rtp_packet {
	uint8_t pt;
	bool marker;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	const uint8_t *payload; /* points into the datagram; padding and extension are gone */
	size_t payload_len;
};

/* 0, or -EBADMSG: not RTP version 2, or its lengths do not add up. */
int rtp_read(const uint8_t *p, size_t n, struct rtp_packet *ret);
/* Writes the twelve bytes for pt, marker, seq, ts and ssrc of `packet`. */
void rtp_write(const struct rtp_packet *packet, uint8_t out[RTP_HEADER]);

/* What has come from the other side; zeroed it has heard nothing. */
struct rtp_source {
	bool heard;
	uint32_t ssrc;
	uint16_t max_seq;
	uint32_t cycles;  /* wraps of the sequence number, times 65536 */
	uint32_t base;    /* first sequence number */
	uint32_t bad_seq; /* the one that would confirm a jump; 65536 + 1: none */
	uint32_t received;
	uint32_t expected_before, received_before; /* at the last report */
	uint32_t transit, jitter;                  /* timestamp units; jitter times 16 */
	uint32_t lost_before;                      /* by sources that this one replaced */
};

enum rtp_verdict {
	RTP_FIRST, /* a new source, or the old one has started anew: forget what you know of it */
	RTP_GOES_ON,
	RTP_STRAY /* a jump that the next packet has to confirm: do not use this one */
};

/* Counts `packet`, which came at `arrival` (8 kHz ticks of any steady clock). */
enum rtp_verdict rtp_source_take(struct rtp_source *s, const struct rtp_packet *packet,
				 uint32_t arrival);
/* Highest sequence number with its wraps. */
uint32_t rtp_source_highest(const struct rtp_source *s);
/* Packets of this source that never came; negative when duplicates outnumber them. */
int32_t rtp_source_lost(const struct rtp_source *s);
/* The same over all sources of the call, never negative. */
uint32_t rtp_source_lost_ever(const struct rtp_source *s);
/* Interarrival jitter in timestamp units. */
uint32_t rtp_source_jitter(const struct rtp_source *s);
/* Share lost since the last call of this function, in 1/256 (the report's "fraction lost"). */
uint8_t rtp_source_fraction(struct rtp_source *s);

#endif
