/* tls_session: one TLS connection over a non-blocking descriptor.  See tls.h. */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/loop.h"
#include "supervisor/tls_room.h"

enum {
	RECORD = 16384,
	RECORDS = 8, /* read at a time: nobody else waits for longer */
};

struct tls_session {
	SSL *ssl;
	bool broken; /* OpenSSL wants no more calls for it */
	unsigned waits, read_waits, write_waits;
	char why[128];
};

static struct tls_session *
session_new(SSL_CTX *c, int fd)
{
	struct tls_session *s = c ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->ssl = SSL_new(c);
	if (!s->ssl || !SSL_set_fd(s->ssl, fd)) {
		tls_session_free(s);
		ERR_clear_error();
		return NULL;
	}
	s->read_waits = LOOP_READ;
	s->write_waits = LOOP_WRITE;
	return s;
}

struct tls_session *
tls_accept(struct tls *t, int fd)
{
	struct tls_session *s = session_new(t->server, fd);

	if (s) {
		SSL_set_accept_state(s->ssl);
		s->waits = LOOP_READ;
	}
	return s;
}

struct tls_session *
tls_connect(struct tls *t, int fd, const char *server_name)
{
	struct tls_session *s = session_new(t->client, fd);

	if (s) {
		SSL_set_connect_state(s->ssl);
		s->waits = LOOP_WRITE;
		if (server_name)
			SSL_set_tlsext_host_name(s->ssl, server_name);
	}
	return s;
}

void
tls_session_free(struct tls_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	free(s);
}

/* The usual ones in words for who operates the trunk; alerts of the other side say what it did not
 * like about us. */
static void
keep_reason(struct tls_session *s)
{
	const int reason = ERR_GET_REASON(ERR_peek_last_error());
	const char *words = tls_reason(), *alert = "";

	if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
		words = "it does not speak TLS";
	else if (reason == SSL_R_UNSUPPORTED_PROTOCOL)
		words = "its TLS is older than 1.2";
	else if (reason == SSL_R_NO_SHARED_CIPHER)
		words = "no cipher in common: too weak ones, or none for our kind of certificate";
	else if (reason >= SSL_AD_REASON_OFFSET)
		alert = "the other side says: ";
	snprintf(s->why, sizeof(s->why), "%s%s", alert, words);
}

/* What became of a step that returned `r`: -EAGAIN with *waits set, 0 closed, or -errno. */
static int
result(struct tls_session *s, int r, unsigned *waits)
{
	const int error = errno;

	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_READ: *waits = LOOP_READ; return -EAGAIN;
	case SSL_ERROR_WANT_WRITE: *waits = LOOP_WRITE; return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN: snprintf(s->why, sizeof(s->why), "closed"); return 0;
	case SSL_ERROR_SSL: keep_reason(s); break;
	default: snprintf(s->why, sizeof(s->why), "%s", error ? strerror(error) : "closed"); break;
	}
	s->broken = true;
	ERR_clear_error();
	return -ECONNABORTED;
}

/* OpenSSL looks into its queue of errors and at errno: both are to tell of this step alone. */
static void
begin(void)
{
	ERR_clear_error();
	errno = 0;
}

int
tls_handshake(struct tls_session *s)
{
	begin();
	const int r = SSL_do_handshake(s->ssl);
	if (r == 1)
		return 0;
	const int error = result(s, r, &s->waits);
	return error ? error : -ECONNABORTED;
}

ssize_t
tls_read(struct tls_session *s, char *p, size_t n)
{
	size_t got = 0;

	for (int i = 0; i < RECORDS && (got == 0 || n - got >= RECORD); i++) {
		begin();
		const int r = SSL_read(s->ssl, p + got, (int)(n - got));
		if (r > 0) {
			s->read_waits = LOOP_READ;
			got += (size_t)r;
			continue;
		}
		const int error = result(s, r, &s->read_waits);
		return got > 0 ? (ssize_t)got : error; /* an end is found again by the next read */
	}
	return (ssize_t)got;
}

bool
tls_pending(const struct tls_session *s)
{
	return !s->broken && SSL_pending(s->ssl) > 0;
}

ssize_t
tls_write(struct tls_session *s, const char *p, size_t n)
{
	begin();
	const int r = SSL_write(s->ssl, p, (int)(n > INT32_MAX ? INT32_MAX : n));
	if (r > 0) {
		s->write_waits = LOOP_WRITE;
		return r;
	}
	const int error = result(s, r, &s->write_waits);
	return error ? error : -ECONNABORTED;
}

unsigned
tls_waits(const struct tls_session *s)
{
	return s->waits;
}

unsigned
tls_read_waits(const struct tls_session *s)
{
	return s->read_waits;
}

unsigned
tls_write_waits(const struct tls_session *s)
{
	return s->write_waits;
}

void
tls_bye(struct tls_session *s)
{
	if (s->broken || !SSL_is_init_finished(s->ssl))
		return;
	begin();
	SSL_shutdown(s->ssl);
	ERR_clear_error();
}

/* The usual ones as the operator of a trunk has to hear them. */
static const char *
verify_words(long error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return "signed by nobody that tls.ca knows";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "self-signed and not in tls.ca";
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return "its root is not in tls.ca";
	case X509_V_ERR_CERT_HAS_EXPIRED: return "expired";
	case X509_V_ERR_CERT_NOT_YET_VALID: return "not valid yet";
	case X509_V_ERR_CERT_REVOKED: return "revoked";
	default: return X509_verify_cert_error_string(error);
	}
}

void
tls_peer(const struct tls_session *s, time_t now, struct tls_peer *ret)
{
	X509 *x = SSL_get0_peer_certificate(s->ssl);
	const long verified = SSL_get_verify_result(s->ssl);
	char text[64];
	struct buf why = BUF(text);

	*ret = (struct tls_peer){.shown = x != NULL};
	if (!x) {
		ret->bad = "no certificate";
		return;
	}
	tls_cert_names(x, &ret->names);
	if (!(SSL_get_verify_mode(s->ssl) & SSL_VERIFY_PEER))
		ret->bad = "tls.ca is not set";
	else if (verified != X509_V_OK)
		ret->bad = verify_words(verified);
	else if (tls_cert_valid(x, now, &why)) /* a session taken up again was judged long ago */
		ret->bad = "expired";
	else if (!tls_cert_is_for_hosts(x))
		ret->bad = "made for something else (extended key usage)";
}

bool
tls_resumed(const struct tls_session *s)
{
	return SSL_session_reused(s->ssl);
}

const char *
tls_describe(const struct tls_session *s, char out[96])
{
	snprintf(out, 96, "%s %s%s", SSL_get_version(s->ssl), SSL_get_cipher_name(s->ssl),
		 SSL_session_reused(s->ssl) ? ", resumed" : "");
	return out;
}

const char *
tls_why(const struct tls_session *s)
{
	return s->why;
}
