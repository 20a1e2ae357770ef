/* tls_cert: see tls_cert.h. */
#include "supervisor/tls_cert.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static struct slice
asn1_slice(const ASN1_STRING *s)
{
	return (struct slice){(const char *)ASN1_STRING_get0_data(s),
			      (size_t)ASN1_STRING_length(s)};
}

static void
add_ip(struct tls_names *l, struct slice raw)
{
	struct addr a = {.family = raw.n == 4 ? AF_INET : AF_INET6};
	char text[ADDR_TEXT_MAX];

	if (raw.n != 4 && raw.n != 16)
		return;
	memcpy(a.ip, raw.p, raw.n);
	tls_names_add(l, TLS_NAME_IP, slice_str(addr_ip_text(&a, text)));
}

static void
add_alternative(struct tls_names *l, const GENERAL_NAME *g)
{
	switch (g->type) {
	case GEN_DNS: tls_names_add(l, TLS_NAME_DNS, asn1_slice(g->d.dNSName)); break;
	case GEN_URI:
		tls_names_add(l, TLS_NAME_URI, asn1_slice(g->d.uniformResourceIdentifier));
		break;
	case GEN_IPADD: add_ip(l, asn1_slice(g->d.iPAddress)); break;
	default: break;
	}
}

/* The last common name of the subject, its most specific one. */
static void
add_subject(struct tls_names *l, X509_NAME *subject)
{
	int at = -1, last = -1;
	unsigned char *utf8;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return;
	const ASN1_STRING *s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
	const int n = ASN1_STRING_to_UTF8(&utf8, s);
	if (n < 0)
		return;
	tls_names_add(l, TLS_NAME_SUBJECT, (struct slice){(const char *)utf8, (size_t)n});
	OPENSSL_free(utf8);
}

void
tls_cert_names(X509 *x, struct tls_names *ret)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	*ret = (struct tls_names){0};
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_alternative(ret, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
	add_subject(ret, X509_get_subject_name(x));
}

bool
tls_cert_is_for_hosts(X509 *x)
{
	static const uint32_t hosts = XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_ANYEKU;
	EXTENDED_KEY_USAGE *usage;
	char oid[64];
	bool sip = false;

	if (X509_get_extended_key_usage(x) & hosts) /* all bits are set when it has none */
		return true;
	usage = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usage, i), 1);
		sip |= strcmp(oid, "1.3.6.1.5.5.7.3.20") == 0; /* id-kp-sipDomain */
	}
	EXTENDED_KEY_USAGE_free(usage);
	return sip;
}

time_t
tls_cert_time(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

static void
add_date(struct buf *out, time_t t)
{
	char text[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	buf_str(out, text);
}

int
tls_cert_valid(X509 *x, time_t now, struct buf *why)
{
	const time_t from = tls_cert_time(X509_get0_notBefore(x)),
		     to = tls_cert_time(X509_get0_notAfter(x));

	if (now >= from && now < to)
		return 0;
	buf_str(why, now < from ? "is not valid before " : "expired on ");
	add_date(why, now < from ? from : to);
	return -EINVAL;
}

void
tls_cert_warn(struct tls_report *r, const char *fmt, ...)
{
	va_list ap;

	if (r->nwarning == TLS_WARNINGS)
		return;
	va_start(ap, fmt);
	vsnprintf(r->warning[r->nwarning++], TLS_TEXT, fmt, ap);
	va_end(ap);
}

void
tls_cert_print(X509_NAME *name, char out[TLS_TEXT])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	*out = '\0';
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		n = BIO_get_mem_data(bio, &p);
		snprintf(out, TLS_TEXT, "%.*s", (int)n, p);
	}
	BIO_free(bio);
}

/* A wildcard is not forbidden to us, but RFC 5922 7.2 forbids peers to take it, and many do not. */
static void
warn_wildcard(const struct tls_names *l, struct tls_report *r)
{
	enum tls_name_kind kind;
	const char *text;
	size_t at = 0;

	while (tls_names_next(l, &at, &kind, &text)) {
		if (!tls_name_is_wildcard(text))
			continue;
		tls_cert_warn(
		    r,
		    "it has the wildcard %s in its %s: many telephone systems refuse that "
		    "(RFC 5922 7.2); calls from them work, but what we send to them over "
		    "TLS, message waiting first of all, does not arrive",
		    text, kind == TLS_NAME_SUBJECT ? "subject" : "subjectAltName");
		return;
	}
}

static void
warn_hosts(const struct tls_names *l, const struct conf *conf, struct tls_report *r)
{
	char text[TLS_TEXT];
	struct buf missing = BUF(text);

	for (size_t i = 0; i < conf->tls.nhost; i++)
		if (!tls_names_match(l, conf->tls.host[i]))
			buf_printf(&missing, " %s", conf->tls.host[i]);
	if (missing.n > 0)
		tls_cert_warn(r, "it does not name tls.host%s, only %s", buf_cstr(&missing),
			      r->names);
}

static void
warn_alternative(const struct tls_names *l, struct tls_report *r)
{
	enum tls_name_kind kind;
	const char *text;
	size_t at = 0;

	while (tls_names_next(l, &at, &kind, &text))
		if (kind != TLS_NAME_SUBJECT)
			return;
	tls_cert_warn(r, "it has no subjectAltName: newer telephone systems do not look for a name "
			 "in its subject");
}

static void
warn_usage(X509 *leaf, struct tls_report *r)
{
	const uint32_t usage = X509_get_extended_key_usage(leaf);
	const bool server = usage & (XKU_SSL_SERVER | XKU_ANYEKU),
		   client = usage & (XKU_SSL_CLIENT | XKU_ANYEKU);

	if (!server)
		tls_cert_warn(r, "its extended key usage has no serverAuth: telephone systems that "
				 "connect to us may refuse it");
	if (!client)
		tls_cert_warn(r,
			      "its extended key usage has no clientAuth: a telephone system that "
			      "we connect to and that asks for our certificate may refuse it");
}

/* Each certificate behind the first signs the one before it (RFC 5246 7.4.2). */
static bool
in_order(const struct tls_own *own)
{
	X509 *before = own->leaf;

	for (int i = 0; i < sk_X509_num(own->chain); i++) {
		X509 *x = sk_X509_value(own->chain, i);
		if (X509_check_issued(x, before) != X509_V_OK)
			return false;
		before = x;
	}
	return true;
}

/* Tries to build the chain as a peer will: from what the file has to a root, one of tls.ca or one
 * that this system knows. */
static void
warn_chain(const struct tls_own *own, X509_STORE *roots, time_t now, struct tls_report *r)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	char who[TLS_TEXT];

	if (!c || !X509_STORE_CTX_init(c, roots, own->leaf, own->chain)) {
		X509_STORE_CTX_free(c);
		return;
	}
	X509_STORE_CTX_set_time(c, 0, now);
	if (X509_verify_cert(c) <= 0) {
		X509 *at = X509_STORE_CTX_get_current_cert(c);
		const int error = X509_STORE_CTX_get_error(c);
		tls_cert_print(at ? X509_get_issuer_name(at) : X509_get_issuer_name(own->leaf),
			       who);
		if (error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
			tls_cert_warn(r, "it is self-signed: only who has this very certificate "
					 "believes it");
		else if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
			 error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
			tls_cert_warn(r,
				      "its chain ends early: the certificate of %s is not in the "
				      "file; who does not know it already refuses us",
				      who);
		else
			tls_cert_warn(r, "its chain does not hold: %s",
				      X509_verify_cert_error_string(error));
	}
	X509_STORE_CTX_free(c);
}

/* The roots of this system and those of tls.ca. */
static X509_STORE *
known_roots(X509_STORE *trust)
{
	X509_STORE *all = X509_STORE_new();
	STACK_OF(X509_OBJECT) * have;

	if (!all)
		return NULL;
	X509_STORE_set_default_paths(all);
	have = trust ? X509_STORE_get0_objects(trust) : NULL;
	for (int i = 0; i < sk_X509_OBJECT_num(have); i++) {
		X509 *x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(have, i));
		if (x)
			X509_STORE_add_cert(all, x);
	}
	return all;
}

void
tls_cert_report(const struct tls_own *own, X509_STORE *trust, const struct conf *conf, time_t now,
		struct tls_report *ret)
{
	struct tls_names names;
	X509_STORE *roots = known_roots(trust);
	struct buf text = BUF(ret->names);

	tls_cert_names(own->leaf, &names);
	tls_names_print(&names, &text);
	buf_cstr(&text);
	tls_cert_print(X509_get_subject_name(own->leaf), ret->subject);
	tls_cert_print(X509_get_issuer_name(own->leaf), ret->issuer);
	ret->not_before = tls_cert_time(X509_get0_notBefore(own->leaf));
	ret->not_after = tls_cert_time(X509_get0_notAfter(own->leaf));
	warn_wildcard(&names, ret);
	warn_hosts(&names, conf, ret);
	warn_alternative(&names, ret);
	warn_usage(own->leaf, ret);
	if (!in_order(own))
		tls_cert_warn(ret, "the certificates behind it in the file are not its chain in "
				   "order: some telephone systems refuse that");
	if (roots)
		warn_chain(own, roots, now, ret);
	X509_STORE_free(roots);
}
