/* secure_pair: the two ends of a secure call in a test, without a wire between them. */
#ifndef EVERTRUNK_TESTS_SECURE_PAIR_H
#define EVERTRUNK_TESTS_SECURE_PAIR_H

#include "worker/bytes.h"
#include "worker/rtp.h"
#include "worker/secure.h"

enum { OURS = 0x11111111, FARS = 0xcafebabe, PAYLOAD = 160, PLAIN = RTP_HEADER + PAYLOAD };

struct packet {
	_Alignas(8) uint8_t byte[2048];
	size_t n;
};

/* A call's two ends, each with a key of its own. */
struct pair {
	struct sdp_crypto a, b; /* a: the near end's */
	struct secure *near, *far;
};

static inline struct sdp_crypto
key(enum sdp_suite suite, uint8_t from)
{
	struct sdp_crypto c = {.suite = suite, .tag = 1};
	for (unsigned i = 0; i < sdp_suite_key_len(suite); i++)
		c.key[i] = (uint8_t)(from + 13 * i);
	return c;
}

static inline struct pair
joined(enum sdp_suite suite)
{
	struct pair p = {.a = key(suite, 1), .b = key(suite, 2)};
	assert_int_equal(secure_set(&p.near, OURS, &p.a, &p.b), 0);
	assert_int_equal(secure_set(&p.far, FARS, &p.b, &p.a), 0);
	return p;
}

static inline void
part(struct pair *p)
{
	secure_free(p->near);
	secure_free(p->far);
}

static inline void
write_plain(struct packet *p, uint32_t ssrc, uint16_t seq)
{
	struct rtp_packet head = {.pt = 8, .seq = seq, .ts = seq * 160U, .ssrc = ssrc};
	rtp_write(&head, p->byte);
	for (unsigned i = 0; i < PAYLOAD; i++)
		p->byte[RTP_HEADER + i] = (uint8_t)(seq + i);
	p->n = PLAIN;
}

/* As the far end sends it. */
static inline struct packet
sent(struct secure *by, uint32_t ssrc, uint16_t seq)
{
	struct packet p;
	write_plain(&p, ssrc, seq);
	assert_int_equal(secure_rtp_out(by, p.byte, &p.n), 0);
	return p;
}

static inline int
heard(struct secure *by, const struct packet *p)
{
	struct packet copy = *p, plain;
	int e = secure_rtp_in(by, copy.byte, &copy.n);
	if (e != 0)
		return e;
	write_plain(&plain, bytes_get32(p->byte + 8), bytes_get16(p->byte + 2));
	assert_int_equal(copy.n, plain.n);
	assert_memory_equal(copy.byte, plain.byte, plain.n);
	return 0;
}

#endif
