/* tls_report: what is known of our own certificate, as a value: for um-ctl, metrics and health.
 * Must not know: how it was found out. */
#ifndef EVERTRUNK_TLS_REPORT_H
#define EVERTRUNK_TLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "supervisor/tls_name.h"

enum { TLS_WARNINGS = 8, TLS_TEXT = 320 };

struct tls_report {
	bool on;                /* there is a certificate in use */
	char subject[TLS_TEXT]; /* "CN = um.example.com" */
	char issuer[TLS_TEXT];
	char names[TLS_TEXT]; /* what peers may call us by, cut to fit */
	time_t not_before, not_after;
	time_t loaded;   /* when it was taken into use */
	size_t nwarning; /* what peers may dislike about it, in words */
	char warning[TLS_WARNINGS][TLS_TEXT];
	size_t crls, revoked;     /* revocation lists, and the certificates in them */
	time_t crl_end;           /* when the first of the lists ends; 0: none does */
	uint64_t loads, refusals; /* since we run, the first one not counted */
	time_t refused;           /* when the last attempt was refused; 0: it was not */
	char refusal[TLS_TEXT];   /* and why */
};

#endif
