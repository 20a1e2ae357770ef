/* dice: random lives that can be lived again from their seed (xorshift). */
#ifndef EVERTRUNK_TESTS_DICE_H
#define EVERTRUNK_TESTS_DICE_H

#include <stdint.h>

static uint64_t seed = 0x9e3779b97f4a7c15ull;

/* 0 to n - 1. */
static inline unsigned
dice(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

#endif
