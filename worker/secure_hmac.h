/* secure_hmac: HMAC-SHA1 (RFC 2104) for libsrtp, made of OpenSSL's SHA1; why: secure_aes.h.
 * Must not know: keys of calls, packets. */
#ifndef EVERTRUNK_SECURE_HMAC_H
#define EVERTRUNK_SECURE_HMAC_H

/* After srtp_init(): the library tries it against known answers before it takes it.
 * 0, or -ENOSYS: it goes on with its own. */
int secure_hmac_install(void);

#endif
