/* sdp_crypto: see sdp_crypto.h. */
#include "worker/sdp_crypto.h"

#include <errno.h>
#include <string.h>

#include "worker/words.h"

#define OPEN_REPORTS "UNENCRYPTED_SRTCP"

enum {
	TAG_DIGITS = 9,
	PARAMETERS_MAX = 32,
	LIFETIME_EXPONENT = 48, /* RFC 3711 9.2: no key lives longer than 2^48 packets */
	WINDOW_LEAST = 64       /* RFC 4568 6.3.6 */
};

static const struct {
	const char *name;
	size_t key_len;
} suites[SDP_SUITES] = {
    [SDP_PLAIN] = {"none", 0},
    [SDP_AES_128_80] = {"AES_CM_128_HMAC_SHA1_80", 16 + 14},
    [SDP_AES_128_32] = {"AES_CM_128_HMAC_SHA1_32", 16 + 14},
    [SDP_AES_256_80] = {"AES_256_CM_HMAC_SHA1_80", 32 + 14},
    [SDP_AES_256_32] = {"AES_256_CM_HMAC_SHA1_32", 32 + 14},
};

const char *
sdp_suite_name(enum sdp_suite suite)
{
	return suites[suite].name;
}

size_t
sdp_suite_key_len(enum sdp_suite suite)
{
	return suites[suite].key_len;
}

/* ---- base64 (RFC 4648 4), of keys only ---- */

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
value64(char c)
{
	const char *at = c != '\0' ? strchr(digits64, c) : NULL;
	return at != NULL ? (int)(at - digits64) : -1;
}

/* Exactly `n` bytes, padded as it must be, or not at all, which RFC 4568 6.1 can be read as:
 * nothing else is a key of that length. */
static int
read_base64(struct slice text, uint8_t *out, size_t n)
{
	size_t chars = (n * 8 + 5) / 6, whole = (n + 2) / 3 * 4;
	uint32_t bits = 0;
	unsigned held = 0;
	if (text.n != whole && text.n != chars)
		return -EINVAL;
	for (size_t i = 0, at = 0; i < chars; i++) {
		int v = value64(text.p[i]);
		if (v < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)v;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (at < n)
			out[at++] = (uint8_t)(bits >> held);
	}
	for (size_t i = chars; i < text.n; i++)
		if (text.p[i] != '=')
			return -EINVAL;
	return 0;
}

static void
write_base64(struct buf *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16;
		char text[4] = "====";
		if (left > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			bits |= p[i + 2];
		for (size_t k = 0; k <= left; k++)
			text[k] = digits64[bits >> (18 - 6 * k) & 63];
		buf_add(out, text, sizeof(text));
	}
}

/* ---- the parts of a line ---- */

static int
read_suite(struct slice name, enum sdp_suite *ret)
{
	if (name.n == 0)
		return -EINVAL;
	for (unsigned i = SDP_PLAIN + 1; i < SDP_SUITES; i++) {
		if (!slice_ieq(name, slice_str(suites[i].name)))
			continue;
		*ret = (enum sdp_suite)i;
		return 0;
	}
	return -ENOTSUP;
}

/* "2^20" or "1048576" packets.  Whose key it is renews it in time; we only see that it is one. */
static int
read_lifetime(struct slice text)
{
	uint64_t n;
	if (slice_has_prefix(text, SLICE("2^"))) {
		struct slice exponent = {text.p + 2, text.n - 2};
		return slice_u64(exponent, LIFETIME_EXPONENT, &n) == 0 ? 0 : -EINVAL;
	}
	return slice_u64(text, 1ull << LIFETIME_EXPONENT, &n) == 0 && n > 0 ? 0 : -EINVAL;
}

/* "1:4": the number 1 in four bytes. */
static int
read_mki(struct slice text, struct sdp_crypto *c)
{
	uint64_t len;
	struct slice rest = text, value = words_until(&rest, ':');
	if (slice_u64(value, UINT64_MAX, &c->mki) != 0 || slice_u64(rest, SDP_MKI_MAX, &len) != 0 ||
	    len == 0)
		return -EINVAL;
	if (len < sizeof(c->mki) && c->mki >> (8 * len) != 0)
		return -EINVAL;
	c->mki_len = (uint8_t)len;
	return 0;
}

static bool
has(struct slice text, char c)
{
	return text.n > 0 && memchr(text.p, c, text.n) != NULL;
}

/* "inline:" key and salt, then "|" lifetime and "|" MKI, each if at all. */
static int
read_key(struct slice text, struct sdp_crypto *c)
{
	struct slice rest = text, method = words_until(&rest, ':'), key = words_until(&rest, '|');
	if (text.n == 0)
		return -EINVAL;
	if (has(text, ';') || !slice_ieq(method, SLICE("inline")))
		return -ENOTSUP;
	if (read_base64(key, c->key, suites[c->suite].key_len) != 0)
		return -EINVAL;
	if (!has(text, '|'))
		return 0;
	struct slice part = words_until(&rest, '|');
	bool mki_follows = part.n > 0 && part.p + part.n < text.p + text.n;
	if (has(part, ':'))
		return mki_follows ? -EINVAL : read_mki(part, c);
	if (read_lifetime(part) != 0)
		return -EINVAL;
	return mki_follows ? read_mki(rest, c) : 0;
}

/* RFC 4568 6.3: what we can live with is a renewal of keys that never comes, a hint for the size
 * of our window, reports in the clear (they hold no sound, and Avaya has no others by default), and
 * what its author allows to ignore. */
static int
read_parameter(struct slice word, struct sdp_crypto *c)
{
	struct slice rest = word, name = words_until(&rest, '=');
	uint64_t n;
	if (word.p[0] == '-')
		return word.n > 1 ? 0 : -EINVAL;
	if (slice_ieq(name, SLICE("KDR")))
		return slice_eq(rest, SLICE("0")) ? 0 : -ENOTSUP;
	if (slice_ieq(name, SLICE("WSH")))
		return slice_u64(rest, UINT32_MAX, &n) == 0 && n >= WINDOW_LEAST ? 0 : -EINVAL;
	c->open_reports = c->open_reports || slice_ieq(word, SLICE(OPEN_REPORTS));
	return slice_ieq(word, SLICE(OPEN_REPORTS)) ? 0 : -ENOTSUP;
}

static int
read_parameters(struct slice rest, struct sdp_crypto *c)
{
	struct slice word;
	for (int i = 0; i < PARAMETERS_MAX; i++) {
		word = words_next(&rest);
		if (word.n == 0)
			return 0;
		int e = read_parameter(word, c);
		if (e != 0)
			return e;
	}
	return -EINVAL;
}

int
sdp_crypto_read(struct slice value, struct sdp_crypto *ret)
{
	struct sdp_crypto c = {.suite = SDP_PLAIN};
	struct slice rest = value, tag = words_next(&rest);
	uint64_t number;
	if (tag.n > TAG_DIGITS || slice_u64(tag, UINT32_MAX, &number) != 0)
		return -EINVAL;
	c.tag = (uint32_t)number;
	int e = read_suite(words_next(&rest), &c.suite);
	if (e == 0)
		e = read_key(words_next(&rest), &c);
	if (e == 0)
		e = read_parameters(rest, &c);
	if (e == 0)
		*ret = c;
	return e;
}

void
sdp_crypto_write(struct buf *out, const struct sdp_crypto *c)
{
	buf_printf(out, "a=crypto:%u %s inline:", c->tag, suites[c->suite].name);
	write_base64(out, c->key, suites[c->suite].key_len);
	buf_str(out, c->open_reports ? " " OPEN_REPORTS "\r\n" : "\r\n");
}

bool
sdp_crypto_same_key(const struct sdp_crypto *a, const struct sdp_crypto *b)
{
	return a->suite == b->suite && a->mki_len == b->mki_len && a->mki == b->mki &&
	       a->open_reports == b->open_reports &&
	       memcmp(a->key, b->key, suites[a->suite].key_len) == 0;
}
