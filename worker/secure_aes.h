/* secure_aes: AES in counter mode for libsrtp, made of OpenSSL's.
 * The library as Debian builds it takes AES and SHA1 from NSS, which makes and destroys contexts
 * for every packet: ten allocations, and some twenty microseconds when there are a hundred calls.
 * Must not know: keys of calls, packets. */
#ifndef EVERTRUNK_SECURE_AES_H
#define EVERTRUNK_SECURE_AES_H

/* After srtp_init(): the library tries the new cipher against known answers before it takes it.
 * 0, or -ENOSYS: it goes on with its own. */
int secure_aes_install(void);

#endif
