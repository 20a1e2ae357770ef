/* sdp_crypto: the a=crypto line of a session description (RFC 4568, RFC 6188): who encrypts with
 * what key.  Pure and bounded.  What it holds is secret: it is never logged.
 * Must not know: how SRTP works, whose line it is. */
#ifndef EVERTRUNK_SDP_CRYPTO_H
#define EVERTRUNK_SDP_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"

/* The crypto suites we speak; SDP_PLAIN: no SRTP at all. */
enum sdp_suite {
	SDP_PLAIN,
	SDP_AES_128_80, /* AES_CM_128_HMAC_SHA1_80 */
	SDP_AES_128_32,
	SDP_AES_256_80, /* AES_256_CM_HMAC_SHA1_80 */
	SDP_AES_256_32,
	SDP_SUITES
};

enum { SDP_KEY_MAX = 46, SDP_MKI_MAX = 128 };

/* One line: the key its author sends with. */
struct sdp_crypto {
	enum sdp_suite suite;
	uint32_t tag;
	uint8_t key[SDP_KEY_MAX]; /* master key, then master salt */
	uint8_t mki_len;          /* bytes of MKI in each packet, 0: none */
	bool open_reports;        /* SRTCP is signed and not encrypted (UNENCRYPTED_SRTCP) */
	uint64_t mki;
};

/* "AES_CM_128_HMAC_SHA1_80"; "none" for SDP_PLAIN. */
const char *sdp_suite_name(enum sdp_suite suite);
/* Bytes of key and salt together; 0 for SDP_PLAIN. */
size_t sdp_suite_key_len(enum sdp_suite suite);

/* Reads what stands behind "a=crypto:".  0 and *ret; -EINVAL: not what RFC 4568 9.1 lets stand
 * there; -ENOTSUP: another suite or key method, several keys, or a session parameter that lays the
 * sound open or is unknown without the "-" that would allow to ignore it (6.3).  In both cases the
 * line is passed over. */
int sdp_crypto_read(struct slice value, struct sdp_crypto *ret);
/* Writes the whole line, "a=crypto:" to CR LF, without lifetime and MKI.  UNENCRYPTED_SRTCP stands
 * in an answer when, and only when, the offer's line had it (6.3.2). */
void sdp_crypto_write(struct buf *out, const struct sdp_crypto *c);
/* Whether both stand for the same key: nothing begins anew (tags do not count). */
bool sdp_crypto_same_key(const struct sdp_crypto *a, const struct sdp_crypto *b);

#endif
