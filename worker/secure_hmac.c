/* secure_hmac: see secure_hmac.h.
 * SHA1 by OpenSSL's older interface, whose state is a plain struct: a copy of it begins the next
 * packet.  The newer one allocates for every copy. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "worker/secure_hmac.h"

#include <errno.h>
#include <openssl/sha.h>
#include <srtp2/auth.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, KEY_MAX = SHA_DIGEST_LENGTH };

struct hmac {
	SHA_CTX inner, outer; /* behind the key */
	SHA_CTX now;
};

static srtp_err_status_t hmac_alloc(srtp_auth_t **ret, int key_len, int tag_len);

static srtp_err_status_t
hmac_dealloc(srtp_auth_t *a)
{
	explicit_bzero(a->state, sizeof(struct hmac));
	free(a->state);
	free(a);
	return srtp_err_status_ok;
}

static void
begin(SHA_CTX *sha, const uint8_t *key, size_t n, uint8_t pad)
{
	uint8_t block[BLOCK];
	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < n; i++)
		block[i] ^= key[i];
	SHA1_Init(sha);
	SHA1_Update(sha, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

static srtp_err_status_t
hmac_init(void *state, const uint8_t *key, int key_len)
{
	struct hmac *h = state;
	if (key_len < 0 || key_len > KEY_MAX)
		return srtp_err_status_bad_param;
	begin(&h->inner, key, (size_t)key_len, 0x36);
	begin(&h->outer, key, (size_t)key_len, 0x5c);
	h->now = h->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t
hmac_start(void *state)
{
	struct hmac *h = state;
	h->now = h->inner;
	return srtp_err_status_ok;
}

static srtp_err_status_t
hmac_update(void *state, const uint8_t *p, int n)
{
	struct hmac *h = state;
	SHA1_Update(&h->now, p, (size_t)n);
	return srtp_err_status_ok;
}

static srtp_err_status_t
hmac_compute(void *state, const uint8_t *p, int n, int tag_len, uint8_t *tag)
{
	struct hmac *h = state;
	uint8_t digest[SHA_DIGEST_LENGTH];
	if (tag_len < 0 || tag_len > SHA_DIGEST_LENGTH)
		return srtp_err_status_bad_param;
	SHA1_Update(&h->now, p, (size_t)n);
	SHA1_Final(digest, &h->now);
	h->now = h->outer;
	SHA1_Update(&h->now, digest, sizeof(digest));
	SHA1_Final(digest, &h->now);
	memcpy(tag, digest, (size_t)tag_len);
	return srtp_err_status_ok;
}

/* RFC 2202 3, test case 1. */
static const uint8_t known_key[KEY_MAX] = {
    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
};
static const uint8_t known_tag[SHA_DIGEST_LENGTH] = {
    0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b,
    0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00,
};
static const uint8_t known_data[] = {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};

static const srtp_auth_test_case_t answer = {
    .key_length_octets = sizeof(known_key),
    .key = known_key,
    .data_length_octets = sizeof(known_data),
    .data = known_data,
    .tag_length_octets = sizeof(known_tag),
    .tag = known_tag,
};

static const srtp_auth_type_t hmac_sha1 = {
    .alloc = hmac_alloc,
    .dealloc = hmac_dealloc,
    .init = hmac_init,
    .compute = hmac_compute,
    .update = hmac_update,
    .start = hmac_start,
    .description = "HMAC-SHA1",
    .test_data = &answer,
    .id = SRTP_HMAC_SHA1,
};

static srtp_err_status_t
hmac_alloc(srtp_auth_t **ret, int key_len, int tag_len)
{
	srtp_auth_t *a;
	struct hmac *h;
	if (key_len > KEY_MAX || tag_len > SHA_DIGEST_LENGTH)
		return srtp_err_status_bad_param;
	a = calloc(1, sizeof(*a));
	h = calloc(1, sizeof(*h));
	if (a == NULL || h == NULL) {
		free(a);
		free(h);
		return srtp_err_status_alloc_fail;
	}
	*a = (srtp_auth_t){.type = &hmac_sha1, .state = h, .out_len = tag_len, .key_len = key_len};
	*ret = a;
	return srtp_err_status_ok;
}

int
secure_hmac_install(void)
{
	return srtp_replace_auth_type(&hmac_sha1, SRTP_HMAC_SHA1) == srtp_err_status_ok ? 0
											: -ENOSYS;
}
