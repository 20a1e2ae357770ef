/* certificates: authorities and certificates of a test, made with the openssl tool in a folder of
 * their own; NAME.pem is a certificate, NAME.key its key. */
#ifndef EVERTRUNK_TESTS_CERTIFICATES_H
#define EVERTRUNK_TESTS_CERTIFICATES_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char certificates[64];

/* A shell command in the folder of the certificates. */
__attribute__((format(printf, 1, 2))) static inline void
in_certificates(const char *fmt, ...)
{
	char command[2048];
	int n = snprintf(command, sizeof(command), "cd %s && ", certificates);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		abort();
	}
}

#define KEY "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

/* A root of the given name, valid for 100 days. */
static inline void
make_root(const char *name)
{
	in_certificates("openssl req -x509 " KEY " -keyout %s.key -out %s.pem -days 100 "
			"-subj '/CN=Root %s' 2>log",
			name, name, name);
}

/* A certificate signed by `issuer` for `subject` ("/CN=pbx"), valid for `days` from now (-1: it has
 * expired), with these lines of extensions ("subjectAltName=DNS:a\n..."). */
static inline void
make_certificate(const char *name, const char *issuer, const char *subject, int days,
		 const char *extensions)
{
	in_certificates("openssl req " KEY " -keyout %s.key -out %s.csr -subj '%s' 2>log && "
			"printf '%s' >%s.ext && openssl x509 -req -in %s.csr -CA %s.pem "
			"-CAkey %s.key -set_serial $$ -days %d -extfile %s.ext -out %s.pem 2>log",
			name, name, subject, extensions, name, name, issuer, issuer, days, name,
			name);
}

static inline void
certificates_begin(void)
{
	snprintf(certificates, sizeof(certificates), "/tmp/um-certificates-XXXXXX");
	if (!mkdtemp(certificates))
		abort();
}

static inline void
certificates_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", certificates);
	if (system(command) != 0)
		abort();
}

#endif
