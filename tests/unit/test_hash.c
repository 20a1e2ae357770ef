/* test_hash: SipHash-2-4 against the vectors of its authors (key 00..0f, input 00..n-1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "ipc/base/hash.h"

static const struct hash_key reference = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};

struct vector {
	size_t n;
	uint64_t hash; /* the eight bytes of vectors.h, read as little-endian */
};

static const struct vector vectors[] = {
    {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {2, 0x0d6c8009d9a94f5a},
    {3, 0x85676696d7fb7e2d},  {4, 0xcf2794e0277187b7},  {5, 0x18765564cd99a68d},
    {6, 0xcbc9466e58fee3ce},  {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
    {9, 0x9e0082df0ba9e4b0},  {10, 0x7a5dbbc594ddb9f3}, {11, 0xf4b32f46226bada7},
    {15, 0xa129ca6149be45e5}, {63, 0x958a324ceb064572},
};

static void
test_vectors(void **state)
{
	unsigned char in[64];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (hash64(&reference, in, vectors[i].n) != vectors[i].hash)
			fail_msg("wrong hash of %zu bytes", vectors[i].n);
}

static void
test_unaligned(void **state)
{
	unsigned char in[24];

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		for (size_t i = 0; i < 11; i++)
			in[shift + i] = (unsigned char)i;
		assert_true(hash64(&reference, in + shift, 11) == 0xf4b32f46226bada7);
	}
}

static void
test_key(void **state)
{
	struct hash_key a = hash_key_random(), b = hash_key_random();

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_true(hash64(&a, "call", 4) != hash64(&b, "call", 4));
	assert_true(hash64(&a, NULL, 0) != hash64(&a, "", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_unaligned),
	    cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
