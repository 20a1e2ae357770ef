/* tls_cert: one certificate: the names in it, and what is wrong with our own.
 * Private to tls*.c: its arguments are OpenSSL's.  Must not know: files, trunks, what becomes of a
 * fault. */
#ifndef EVERTRUNK_TLS_CERT_H
#define EVERTRUNK_TLS_CERT_H

#include <openssl/x509.h>

#include "conf/conf.h"
#include "supervisor/tls_report.h"

/* Our certificate as read from the files. */
struct tls_own {
	X509 *leaf;
	STACK_OF(X509) * chain; /* what stood behind it; may be empty */
	EVP_PKEY *key;
};

/* As seconds since 1970; and a name as "CN = um.example.com". */
time_t tls_cert_time(const ASN1_TIME *t);
void tls_cert_print(X509_NAME *name, char out[TLS_TEXT]);
void tls_cert_names(X509 *x, struct tls_names *ret);
/* Whether its extended key usage lets it speak for a host at either end of a TLS connection; for a
 * SIP peer that is one thing (RFC 5924), and public authorities give out no clientAuth any more. */
bool tls_cert_is_for_hosts(X509 *x);
/* Whether it is valid at `now`; else -EINVAL and why in `why` ("expired on ..."). */
int tls_cert_valid(X509 *x, time_t now, struct buf *why);
/* Fills subject, issuer, names, validity, and the warnings that follow from certificate and chain;
 * `trust` (may be NULL) is tls.ca. */
void tls_cert_report(const struct tls_own *own, X509_STORE *trust, const struct conf *conf,
		     time_t now, struct tls_report *ret);
void tls_cert_warn(struct tls_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
