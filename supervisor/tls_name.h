/* tls_name: the names a certificate holds, and whether one of them is the name that we look for
 * (RFC 5922 7, RFC 6125 6.4).
 * Pure.  Must not know: certificates, connections, trunks. */
#ifndef EVERTRUNK_TLS_NAME_H
#define EVERTRUNK_TLS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "ipc/base/text.h"

enum tls_name_kind {
	TLS_NAME_DNS,     /* subjectAltName dNSName */
	TLS_NAME_IP,      /* subjectAltName iPAddress, as text */
	TLS_NAME_URI,     /* the host of a subjectAltName URI `sip:` */
	TLS_NAME_SUBJECT, /* the subject's common name */
};

enum { TLS_NAMES_BYTES = 4096 };

/* A bounded list: a kind, the text, a NUL; one after the other.  Zeroed: empty. */
struct tls_names {
	size_t n;
	bool cut; /* there were more than fit */
	char text[TLS_NAMES_BYTES];
};

/* Adds a name.  One that is empty, or holds a byte that a name cannot hold (NUL and control bytes
 * among them: they have been used to deceive), is left out.  For TLS_NAME_URI `name` is the whole
 * URI; only its host is taken, and only when it stands without a user part (RFC 5922 7.1). */
void tls_names_add(struct tls_names *l, enum tls_name_kind kind, struct slice name);

/* The next name of the list: `*at` is 0 at first.  false: no more. */
bool tls_names_next(const struct tls_names *l, size_t *at, enum tls_name_kind *ret_kind,
		    const char **ret_text);

/* Whether one of the names is `wanted`, a DNS name or an IP literal.  DNS names are compared
 * case-blind, without a final dot; `*` stands for one whole label, only as the left-most label of a
 * dNSName with two more behind it.  The subject's common name counts only when the certificate has
 * no dNSName and no URI (RFC 6125 6.4.4), and `*` means nothing in it.  An IP literal is compared
 * with iPAddress names, and with the subject when there are none. */
bool tls_names_match(const struct tls_names *l, const char *wanted);

/* Whether `name` has a wildcard in it. */
bool tls_name_is_wildcard(const char *name);

/* "dns:a.example.com ip:192.0.2.1 subject:x" for the log; "nothing" when the list is empty. */
void tls_names_print(const struct tls_names *l, struct buf *out);

#endif
