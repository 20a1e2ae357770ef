/* secure_aes: see secure_aes.h. */
#include "worker/secure_aes.h"

#include <errno.h>
#include <openssl/evp.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

enum { SALT = 14, BLOCK = 16, KEYSTREAM = 48 };

struct aes {
	EVP_CIPHER_CTX *context;
	uint8_t offset[BLOCK]; /* the salt, and two zeros for the block counter */
	size_t key_len;
};

static srtp_err_status_t
aes_dealloc(srtp_cipher_t *c)
{
	struct aes *a = c->state;
	if (a != NULL) {
		EVP_CIPHER_CTX_free(a->context);
		explicit_bzero(a, sizeof(*a));
		free(a);
	}
	free(c);
	return srtp_err_status_ok;
}

/* `key_len` with the salt. */
static srtp_err_status_t
aes_alloc(srtp_cipher_t **ret, const srtp_cipher_type_t *type, int key_len)
{
	srtp_cipher_t *c = calloc(1, sizeof(*c));
	struct aes *a = calloc(1, sizeof(*a));
	if (c == NULL || a == NULL || (a->context = EVP_CIPHER_CTX_new()) == NULL) {
		free(c);
		free(a);
		return srtp_err_status_alloc_fail;
	}
	a->key_len = (size_t)key_len - SALT;
	*c = (srtp_cipher_t){type, a, key_len, (int)type->id};
	*ret = c;
	return srtp_err_status_ok;
}

static srtp_err_status_t
aes_init(void *state, const uint8_t *key)
{
	struct aes *a = state;
	const EVP_CIPHER *cipher = a->key_len == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
	memcpy(a->offset, key + a->key_len, SALT);
	if (EVP_EncryptInit_ex(a->context, cipher, NULL, key, a->offset) != 1)
		return srtp_err_status_init_fail;
	return srtp_err_status_ok;
}

/* RFC 3711 4.1.1. */
static srtp_err_status_t
aes_set_iv(void *state, uint8_t *iv, srtp_cipher_direction_t direction)
{
	struct aes *a = state;
	uint8_t counter[BLOCK];
	(void)direction; /* both are the same */
	for (int i = 0; i < BLOCK; i++)
		counter[i] = a->offset[i] ^ iv[i];
	if (EVP_EncryptInit_ex(a->context, NULL, NULL, NULL, counter) != 1)
		return srtp_err_status_cipher_fail;
	return srtp_err_status_ok;
}

static srtp_err_status_t
aes_crypt(void *state, uint8_t *p, unsigned *n)
{
	struct aes *a = state;
	int done;
	if (EVP_EncryptUpdate(a->context, p, &done, p, (int)*n) != 1 || (unsigned)done != *n)
		return srtp_err_status_cipher_fail;
	return srtp_err_status_ok;
}

/* ---- known answers, without which the library takes no cipher: RFC 3711 B.2, RFC 6188 7.1 ---- */

/* clang-format off */
static const uint8_t key_128[] = {
    0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
    0x09, 0xcf, 0x4f, 0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
    0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
};
static const uint8_t keystream_128[KEYSTREAM] = {
    0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1, 0x6d,
    0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7,
    0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab, 0x41, 0xe9, 0x5b, 0x3b,
    0xb0, 0xa2, 0xe8, 0xdd, 0x47, 0x79, 0x01, 0xe4, 0xfc, 0xa8, 0x94, 0xc0,
};
static const uint8_t key_256[] = {
    0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c,
    0x40, 0xb1, 0xf0, 0x92, 0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82,
    0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98, 0xf0, 0xf1, 0xf2, 0xf3,
    0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
};
static const uint8_t keystream_256[KEYSTREAM] = {
    0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77, 0xd0,
    0x8b, 0x55, 0x15, 0xa4, 0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8, 0x54, 0xf6,
    0x70, 0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac, 0x63, 0xc4, 0x86, 0x8b,
    0x70, 0x96, 0xd8, 0x84, 0x21, 0xb5, 0x63, 0xb8, 0xc9, 0x4c, 0x9a, 0x31,
};
/* clang-format on */

static const uint8_t zeros[KEYSTREAM];
static uint8_t first[BLOCK]; /* the packet that has the index 0 */

static const srtp_cipher_test_case_t answer_128 = {
    .key_length_octets = sizeof(key_128),
    .key = key_128,
    .idx = first,
    .plaintext_length_octets = KEYSTREAM,
    .plaintext = zeros,
    .ciphertext_length_octets = KEYSTREAM,
    .ciphertext = keystream_128,
};

static const srtp_cipher_test_case_t answer_256 = {
    .key_length_octets = sizeof(key_256),
    .key = key_256,
    .idx = first,
    .plaintext_length_octets = KEYSTREAM,
    .plaintext = zeros,
    .ciphertext_length_octets = KEYSTREAM,
    .ciphertext = keystream_256,
};

/* ---- the two types ---- */

static srtp_err_status_t aes_128_alloc(srtp_cipher_t **ret, int key_len, int tag_len);
static srtp_err_status_t aes_256_alloc(srtp_cipher_t **ret, int key_len, int tag_len);

static const srtp_cipher_type_t aes_128 = {
    .alloc = aes_128_alloc,
    .dealloc = aes_dealloc,
    .init = aes_init,
    .encrypt = aes_crypt,
    .decrypt = aes_crypt,
    .set_iv = aes_set_iv,
    .description = "AES-128 counter mode",
    .test_data = &answer_128,
    .id = SRTP_AES_ICM_128,
};

static const srtp_cipher_type_t aes_256 = {
    .alloc = aes_256_alloc,
    .dealloc = aes_dealloc,
    .init = aes_init,
    .encrypt = aes_crypt,
    .decrypt = aes_crypt,
    .set_iv = aes_set_iv,
    .description = "AES-256 counter mode",
    .test_data = &answer_256,
    .id = SRTP_AES_ICM_256,
};

static srtp_err_status_t
aes_128_alloc(srtp_cipher_t **ret, int key_len, int tag_len)
{
	(void)tag_len;
	return key_len == 16 + SALT ? aes_alloc(ret, &aes_128, key_len) : srtp_err_status_bad_param;
}

static srtp_err_status_t
aes_256_alloc(srtp_cipher_t **ret, int key_len, int tag_len)
{
	(void)tag_len;
	return key_len == 32 + SALT ? aes_alloc(ret, &aes_256, key_len) : srtp_err_status_bad_param;
}

int
secure_aes_install(void)
{
	if (srtp_replace_cipher_type(&aes_128, SRTP_AES_ICM_128) != srtp_err_status_ok ||
	    srtp_replace_cipher_type(&aes_256, SRTP_AES_ICM_256) != srtp_err_status_ok)
		return -ENOSYS;
	return 0;
}
