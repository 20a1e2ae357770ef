/* hash: see hash.h.  SipHash-2-4 as in Aumasson and Bernstein, "SipHash: a fast short-input PRF"
 * (2012); tests/unit/test_hash.c holds the vectors of its appendix. */
#include "ipc/base/hash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

struct hash_key
hash_key_random(void)
{
	struct hash_key key;

	if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		abort();
	return key;
}

static inline uint64_t
rotl(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

static inline void
sip_round(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void
sip_word(struct sip_state *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	sip_round(s);
	s->v0 ^= m;
}

uint64_t
hash64(const struct hash_key *key, const void *p, size_t n)
{
	const unsigned char *in = p;
	struct sip_state s = {
	    key->k0 ^ 0x736f6d6570736575ull,
	    key->k1 ^ 0x646f72616e646f6dull,
	    key->k0 ^ 0x6c7967656e657261ull,
	    key->k1 ^ 0x7465646279746573ull,
	};
	uint64_t last = (uint64_t)n << 56;
	uint64_t word;
	size_t at;

	for (at = 0; at + 8 <= n; at += 8) {
		memcpy(&word, in + at, 8);
		sip_word(&s, le64toh(word));
	}
	for (size_t i = 0; at + i < n; i++)
		last |= (uint64_t)in[at + i] << (8 * i);
	sip_word(&s, last);
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
