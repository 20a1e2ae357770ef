/* tls_crl: revocation lists (RFC 5280 5): which certificates their authority has taken back.
 * Private to tls*.c: its arguments are OpenSSL's.  Must not know: whose certificate it is. */
#ifndef EVERTRUNK_TLS_CRL_H
#define EVERTRUNK_TLS_CRL_H

#include <openssl/x509.h>

#include "supervisor/tls_report.h"

/* Adds every list of a PEM text to `trust`, which looks into them from then on.  0, or -EINVAL and
 * why in `why`: there is none, or the authority whose name it has did not sign it. */
int tls_crl_add(BIO *text, X509_STORE *trust, struct buf *why);
/* How many lists there are and when the first of them ends, with a warning for each that has
 * ended, or that no authority in `trust` can have signed. */
void tls_crl_report(X509_STORE *trust, time_t now, struct tls_report *ret);
/* Whether a chain is good in spite of `error` (X509_V_ERR_...): there is no list of its authority,
 * or a list is out of date.  What an old list says still holds; to believe nobody from the moment
 * on in which it ends would end all calls because a job that fetches a file has failed. */
bool tls_crl_tolerates(int error);

#endif
