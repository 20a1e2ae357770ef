/* tls_room: what the files of tls share: tls.c (contexts, tickets), tls_files.c (reading what they
 * are made of) and tls_session.c (connections).  Its types are OpenSSL's. */
#ifndef EVERTRUNK_TLS_ROOM_H
#define EVERTRUNK_TLS_ROOM_H

#include <openssl/ssl.h>

#include "supervisor/tls.h"
#include "supervisor/tls_cert.h"

struct tls_ticket_key {
	unsigned char name[16], cipher[32], mac[32];
	time_t made; /* 0: not yet */
};

struct tls {
	SSL_CTX *server, *client;        /* NULL: nothing is loaded */
	bool asks;                       /* peers are asked for a certificate */
	struct tls_ticket_key ticket[2]; /* the one in use, and the one before it */
	struct tls_report report;
};

/* What the files of the configuration hold. */
struct tls_files {
	struct tls_own own;
	X509_STORE *trust;           /* NULL: no tls.ca */
	STACK_OF(X509_NAME) * names; /* the subjects of tls.ca */
	unsigned char trust_hash[32];
	bool open_key; /* everybody may read the key's file */
};

/* Reads and checks them: 0, or -errno with one line in `why`; tls_files_free() in any case. */
int tls_files_read(const struct conf *conf, time_t now, struct tls_files *ret, struct buf *why);
void tls_files_free(struct tls_files *f);
/* OpenSSL's latest reason in words; its queue is empty afterwards. */
const char *tls_reason(void);

#endif
