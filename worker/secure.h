/* secure: SRTP and SRTCP (RFC 3711) of one call, in place; libsrtp's only room.
 * Owns: the keys in use and the replay windows.  Reading and writing of the lines that the keys
 * come by is sdp_crypto's.  Must not know: sockets, what a packet says. */
#ifndef EVERTRUNK_SECURE_H
#define EVERTRUNK_SECURE_H

#include <stddef.h>
#include <stdint.h>

#include "worker/sdp_crypto.h"

enum {
	SECURE_TRAILER = 160,   /* what a packet may grow by */
	SECURE_SOURCES_MAX = 64 /* SSRCs that one key is taken from */
};

struct secure;

/* Loads the library, which takes some 30 ms and 3 MB; secure_set() does it too when nobody has.
 * 0 or -ENOSYS. */
int secure_start(void);
/* When no call is left; for the end of a test. */
void secure_stop(void);
/* Fills `p` with bytes that keys may be made of; ends the program when the kernel has none. */
void secure_random(void *p, size_t n);

/* What is sent (as source `ssrc`) is protected with `ours` from now on, what comes is expected
 * with `theirs`; *s NULL: begins.  A key that is in use already goes on as it is; after a new one
 * of theirs the old one is still taken until the new one has been heard.
 * 0; -ENOMEM, -ENOSYS, -EINVAL (a suite of none): *s is NULL then, and what was in use is gone. */
int secure_set(struct secure **s, uint32_t ssrc, const struct sdp_crypto *ours,
	       const struct sdp_crypto *theirs);
void secure_free(struct secure *s); /* NULL is fine */

/* Packets, changed in place; *n is their length, before and after.  Out: SECURE_TRAILER bytes are
 * free behind the packet.  `p` is aligned to four bytes.  0; else the packet is not to be used:
 * -EBADMSG: forged, of another key, or no packet at all; -EALREADY: replayed; -ENOSPC: one source
 * too many; -EIO: sending only, the key has no packets left. */
int secure_rtp_in(struct secure *s, uint8_t *p, size_t *n);
int secure_rtcp_in(struct secure *s, uint8_t *p, size_t *n);
int secure_rtp_out(struct secure *s, uint8_t *p, size_t *n);
int secure_rtcp_out(struct secure *s, uint8_t *p, size_t *n);

#endif
