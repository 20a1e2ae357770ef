/* tls: see tls.h.  The two contexts, for who connects to us and for whom we connect to, and the
 * ticket keys, which outlive them. */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/tls_crl.h"
#include "supervisor/tls_room.h"

enum {
	TICKET_KEY_S = 12 * 3600, /* then another one; what it has sealed is good as long again */
	SESSION_S = 7200,
	SESSIONS = 512,   /* kept here for who knows no tickets */
	NAMES_ASKED = 32, /* some peers cannot read a longer list of authorities */
	DEPTH = 8,
};

static int counts = -1; /* where let_pass() keeps the last error that counts */

struct tls *
tls_new(void)
{
	if (counts < 0)
		counts = X509_STORE_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return calloc(1, sizeof(struct tls));
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->server);
	SSL_CTX_free(t->client);
	OPENSSL_cleanse(t, sizeof(*t));
	free(t);
}

const struct tls_report *
tls_report(const struct tls *t)
{
	return &t->report;
}

/* A handshake ends whatever the peer's certificate is worth; the result is kept (tls_peer()).  It
 * is the last error but for those that do not count, which must not cover another one. */
static int
let_pass(int ok, X509_STORE_CTX *c)
{
	const int error = X509_STORE_CTX_get_error(c);

	if (ok)
		return 1;
	if (tls_crl_tolerates(error))
		X509_STORE_CTX_set_error(c, (int)(intptr_t)X509_STORE_CTX_get_ex_data(c, counts));
	else
		X509_STORE_CTX_set_ex_data(c, counts, (void *)(intptr_t)error);
	return 1;
}

static bool
new_ticket_key(struct tls *t, time_t now)
{
	struct tls_ticket_key fresh = {.made = now};

	if (RAND_bytes(fresh.name, sizeof(fresh.name)) != 1 ||
	    RAND_priv_bytes(fresh.cipher, sizeof(fresh.cipher)) != 1 ||
	    RAND_priv_bytes(fresh.mac, sizeof(fresh.mac)) != 1)
		return false;
	t->ticket[1] = t->ticket[0];
	t->ticket[0] = fresh;
	return true;
}

static bool
is_fresh(const struct tls_ticket_key *k, time_t now, int64_t seconds)
{
	return k->made && now >= k->made && now - k->made < seconds;
}

/* The key for a ticket that is to be made, or the one that made it; NULL: none. */
static struct tls_ticket_key *
ticket_key(struct tls *t, const unsigned char name[16], bool make)
{
	const time_t now = time(NULL);

	if (make)
		return is_fresh(&t->ticket[0], now, TICKET_KEY_S) || new_ticket_key(t, now)
			   ? &t->ticket[0]
			   : NULL;
	for (int i = 0; i < 2; i++)
		if (is_fresh(&t->ticket[i], now, 2 * (int64_t)TICKET_KEY_S) &&
		    CRYPTO_memcmp(t->ticket[i].name, name, 16) == 0)
			return &t->ticket[i];
	return NULL;
}

/* OpenSSL's: 1 a key is set, 2 set and a new ticket is to be given, 0 none (a full handshake). */
static int
on_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv, EVP_CIPHER_CTX *cipher,
	  EVP_MAC_CTX *mac, int make)
{
	struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	struct tls_ticket_key *k = ticket_key(t, name, make);
	char digest[] = "SHA256";
	OSSL_PARAM params[3] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0)};

	if (!k)
		return make ? -1 : 0;
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, k->mac, sizeof(k->mac));
	params[2] = OSSL_PARAM_construct_end();
	if (make) {
		memcpy(name, k->name, sizeof(k->name));
		if (RAND_bytes(iv, 16) != 1)
			return -1;
	}
	if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->cipher, iv, make) != 1 ||
	    EVP_MAC_CTX_set_params(mac, params) != 1)
		return -1;
	return make || k == &t->ticket[0] ? 1 : 2;
}

/* What both contexts have in common. */
static bool
set_up(SSL_CTX *c, const struct tls_files *files)
{
	const struct tls_own *own = &files->own;

	SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				   SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
	if (!SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) ||
	    !SSL_CTX_use_cert_and_key(c, own->leaf, own->key, own->chain, 1))
		return false;
	if (!files->trust)
		return true;
	/* extended key usage: tls_cert_is_for_hosts() */
	if (!SSL_CTX_set_purpose(c, X509_PURPOSE_ANY))
		return false;
	SSL_CTX_set1_cert_store(c, files->trust);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, let_pass);
	SSL_CTX_set_verify_depth(c, DEPTH);
	return true;
}

static SSL_CTX *
new_server(struct tls *t, const struct tls_files *files)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());

	if (!c || !set_up(c, files) ||
	    !SSL_CTX_set_session_id_context(c, files->trust_hash, sizeof(files->trust_hash))) {
		SSL_CTX_free(c);
		return NULL;
	}
	SSL_CTX_set_app_data(c, t);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(c, on_ticket);
	SSL_CTX_set_num_tickets(c, 1);
	SSL_CTX_set_timeout(c, SESSION_S);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_SERVER);
	SSL_CTX_sess_set_cache_size(c, SESSIONS);
	if (files->names && sk_X509_NAME_num(files->names) <= NAMES_ASKED)
		SSL_CTX_set_client_CA_list(c, SSL_dup_CA_list(files->names));
	return c;
}

static SSL_CTX *
new_client(const struct tls_files *files)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	if (!c || !set_up(c, files)) {
		SSL_CTX_free(c);
		return NULL;
	}
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	return c;
}

/* Sessions that are there hold their own context and go on with it. */
static void
take(struct tls *t, SSL_CTX *server, SSL_CTX *client, const struct tls_files *files)
{
	SSL_CTX_free(t->server);
	SSL_CTX_free(t->client);
	t->server = server;
	t->client = client;
	t->asks = files->trust != NULL;
}

int
tls_load(struct tls *t, const struct conf *conf, time_t now, struct buf *why)
{
	struct tls_files files;
	SSL_CTX *server = NULL, *client = NULL;
	int error = tls_files_read(conf, now, &files, why);

	ERR_clear_error();
	if (!error) {
		server = new_server(t, &files);
		client = server ? new_client(&files) : NULL;
		error = client ? 0 : -EINVAL;
		if (error)
			buf_printf(why, "tls.certificate %s: %s", conf->tls.certificate,
				   tls_reason());
	}
	if (error) {
		SSL_CTX_free(server);
	} else {
		take(t, server, client, &files);
		t->report = (struct tls_report){.on = true, .loaded = now};
		tls_cert_report(&files.own, files.trust, conf, now, &t->report);
		tls_crl_report(files.trust, now, &t->report);
		if (files.open_key)
			tls_cert_warn(&t->report, "everybody on this machine may read its key");
	}
	tls_files_free(&files);
	ERR_clear_error();
	return error;
}
