/* hash: keyed hashing (SipHash-2-4) for tables and tags that strangers must not be able to steer.
 * The sixth file of ipc/base: the call table, the To tags of our own answers and the Via branches
 * all need one keyed hash, and none of them may own it. */
#ifndef EVERTRUNK_HASH_H
#define EVERTRUNK_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

/* A fresh random key (getrandom); aborts when the kernel has none: a broken invariant. */
struct hash_key hash_key_random(void);
/* SipHash-2-4 of n bytes at p. */
uint64_t hash64(const struct hash_key *key, const void *p, size_t n);

#endif
