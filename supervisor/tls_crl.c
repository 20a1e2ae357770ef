/* tls_crl: see tls_crl.h. */
#include "supervisor/tls_crl.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "supervisor/tls_cert.h"

bool
tls_crl_tolerates(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_CRL || error == X509_V_ERR_CRL_HAS_EXPIRED ||
	       error == X509_V_ERR_CRL_NOT_YET_VALID;
}

/* Whether an authority in `trust` has signed it: 1; 0: none there has that name; -1: one has, and
 * did not. */
static int
signed_by(X509_STORE *trust, X509_CRL *crl)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(trust);
	int found = 0;

	for (int i = 0; i < sk_X509_OBJECT_num(all) && found != 1; i++) {
		X509 *x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		if (!x || X509_NAME_cmp(X509_get_subject_name(x), X509_CRL_get_issuer(crl)))
			continue;
		found = X509_CRL_verify(crl, X509_get0_pubkey(x)) == 1 ? 1 : -1;
	}
	ERR_clear_error();
	return found;
}

static int
add(X509_STORE *trust, X509_CRL *crl, struct buf *why)
{
	char name[TLS_TEXT];

	if (signed_by(trust, crl) >= 0)
		return X509_STORE_add_crl(trust, crl) ? 0 : -ENOMEM;
	tls_cert_print(X509_CRL_get_issuer(crl), name);
	buf_printf(why, "the list of %s is not signed by it", name);
	return -EINVAL;
}

int
tls_crl_add(BIO *text, X509_STORE *trust, struct buf *why)
{
	X509_CRL *crl;
	int n = 0, error = 0;

	while (!error && (crl = PEM_read_bio_X509_CRL(text, NULL, NULL, NULL))) {
		error = add(trust, crl, why);
		X509_CRL_free(crl);
		n++;
	}
	ERR_clear_error(); /* the end of the text is an error to it */
	if (!error && n == 0) {
		buf_str(why, "holds no revocation list in PEM form");
		error = -EINVAL;
	}
	if (!error)
		X509_STORE_set_flags(trust, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return error;
}

static void
report_one(X509_STORE *trust, X509_CRL *crl, time_t now, struct tls_report *ret)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
	const time_t end = next ? tls_cert_time(next) : 0;
	char name[TLS_TEXT], date[32] = "";
	struct tm tm;

	tls_cert_print(X509_CRL_get_issuer(crl), name);
	ret->crls++;
	ret->revoked += (size_t)sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
	if (end && (!ret->crl_end || end < ret->crl_end))
		ret->crl_end = end;
	if (end && end <= now && gmtime_r(&end, &tm)) {
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm);
		tls_cert_warn(
		    ret,
		    "the revocation list of %.200s ended on %s: it still counts, but what "
		    "was revoked since is not known",
		    name, date);
	}
	if (signed_by(trust, crl) == 0)
		tls_cert_warn(
		    ret,
		    "the revocation list of %.200s is of nobody in tls.ca: it counts only "
		    "for a telephone system that shows that authority's certificate too",
		    name);
}

void
tls_crl_report(X509_STORE *trust, time_t now, struct tls_report *ret)
{
	STACK_OF(X509_OBJECT) *all = trust ? X509_STORE_get0_objects(trust) : NULL;

	for (int i = 0; all && i < sk_X509_OBJECT_num(all); i++) {
		X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(all, i));
		if (crl)
			report_one(trust, crl, now, ret);
	}
}
