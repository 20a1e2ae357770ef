/* tls: TLS 1.2 and 1.3 for the doors; OpenSSL's room: only tls*.c include <openssl/...>.
 * Owns: our certificate and its checks, whom we trust, ticket keys, sessions over a descriptor.
 * Must not know: trunks, SIP, the loop, when to read the files again (certificate.c).
 *
 * Everybody may finish a handshake: whether the peer is who it should be is decided afterwards, per
 * trunk, from what tls_peer() says.  There is no renegotiation. */
#ifndef EVERTRUNK_TLS_H
#define EVERTRUNK_TLS_H

#include <sys/types.h>

#include "conf/conf.h"
#include "supervisor/tls_report.h"

struct tls;
struct tls_session;

/* Empty: nothing is loaded yet.  NULL: out of memory. */
struct tls *tls_new(void);
/* Reads certificate, key and ca of conf->tls and takes them into use for new sessions; those that
 * are there live on with what they have.  Tickets given before stay good, unless `ca` is another.
 * 0, or -errno with the reason in one line in `why`; then everything is as it was.  `now`: the time
 * at which the certificate must be valid. */
int tls_load(struct tls *t, const struct conf *conf, time_t now, struct buf *why);
/* What is in use, with its warnings; `loads` and what was refused are the caller's to fill in. */
const struct tls_report *tls_report(const struct tls *t);
/* Sessions may outlive it. */
void tls_free(struct tls *t); /* NULL is fine */

/* A session over a connected non-blocking descriptor, which stays the caller's and is closed after
 * tls_free_session().  `server_name` (a DNS name or NULL) is what we ask for (SNI).  NULL: nothing
 * is loaded, or memory is out. */
struct tls_session *tls_accept(struct tls *t, int fd);
struct tls_session *tls_connect(struct tls *t, int fd, const char *server_name);
/* One step.  0: done; -EAGAIN: wait until the descriptor is ready for tls_waits(); else it is over,
 * tls_why() says why. */
int tls_handshake(struct tls_session *s);
/* Bytes read (several records at once when they fit: give it 32 KiB or more); 0: the peer has
 * closed; -EAGAIN: wait for tls_read_waits(); another -errno: it is over, tls_why(). */
ssize_t tls_read(struct tls_session *s, char *p, size_t n);
/* Whether bytes are left that no readiness of the descriptor will tell of. */
bool tls_pending(const struct tls_session *s);
/* Bytes taken, at least one; -EAGAIN: wait for tls_write_waits(), then give the same bytes again,
 * more may follow them; another -errno: it is over. */
ssize_t tls_write(struct tls_session *s, const char *p, size_t n);
/* What the last unfinished step waits for: LOOP_READ or LOOP_WRITE. */
unsigned tls_waits(const struct tls_session *s);
unsigned tls_read_waits(const struct tls_session *s);
unsigned tls_write_waits(const struct tls_session *s);
/* Says good-bye (close_notify), if that is possible at once. */
void tls_bye(struct tls_session *s);
void tls_session_free(struct tls_session *s); /* NULL is fine */

/* After the handshake: who the other side is. */
struct tls_peer {
	bool shown;      /* it has shown a certificate */
	const char *bad; /* why it is not to be believed, in words; NULL: it is */
	struct tls_names names;
};
void tls_peer(const struct tls_session *s, time_t now, struct tls_peer *ret);
/* Whether an earlier session was taken up again. */
bool tls_resumed(const struct tls_session *s);
/* "TLSv1.3 TLS_AES_256_GCM_SHA384", for the log. */
const char *tls_describe(const struct tls_session *s, char out[96]);
/* Why the last step failed. */
const char *tls_why(const struct tls_session *s);

#endif
