/* conn: one trunk connection: its bytes in and out.
 * Owns: reading, framing, the pong, writing and what waits to be written.  Internal to stream.
 * Must not know: other connections, limits on their number (stream.c). */
#ifndef EVERTRUNK_CONN_H
#define EVERTRUNK_CONN_H

#include "supervisor/stream.h"

struct conn {
	struct streams *set;
	struct loop_io *io;
	struct conn *next_dead;
	int fd;
	uint32_t id;
	struct way way; /* door, peer, conn = id */
	bool known;     /* a trunk's, not a stranger's */
	bool ours;      /* we opened it */
	bool connecting;
	bool shaking;   /* the TLS handshake is going on */
	bool finishing; /* closes when `out` is empty */
	bool doubted;   /* nothing comes back: not used until something does */
	bool closed;
	struct mono last; /* last byte either way */
	/* first byte of an incomplete message, or of the connect and the handshake; unset: none */
	struct mono began;
	char *in; /* the beginning of a message */
	size_t in_n, in_cap;
	char *out; /* what the peer has not taken: out_at..out_n */
	size_t out_at, out_n, out_cap;
	unsigned wanted;         /* what the loop watches for */
	uint16_t alias;          /* it may be used for requests to its IP and this port; 0: not */
	uint16_t trunk;          /* of a TLS connection; UINT16_MAX: none */
	struct tls_session *tls; /* NULL: TCP */
	struct tls_peer *peer;   /* the certificate it has shown; NULL: none */
};

/* What conn.c needs of its set. */
struct conn_env {
	struct loop *loop;
	struct stream_limits limits;
	const struct door_plan *plan;
	struct stream_tls tls; /* tls.tls NULL: none yet */
	char *scratch;         /* where a read lands: CONN_SCRATCH bytes */
};
enum { CONN_SCRATCH = 256 << 10 };

struct conn_env *streams_env(struct streams *s);
/* Has it admitted, or closes it. */
void streams_admit(struct streams *s, struct conn *c);
/* Takes the connection out of the table and closes it; its memory stays until the turn's end. */
void streams_close(struct streams *s, struct conn *c);

/* The descriptor is ready. */
void conn_ready(struct conn *c, unsigned events);
void conn_write(struct conn *c, const struct iovec *iov, unsigned n);
/* Gives an incomplete message its 408 and closes. */
void conn_too_slow(struct conn *c);
/* Tells the loop what to watch for. */
void conn_want(struct conn *c);

/* conn_tls.c.  Begins TLS on a connected descriptor: 0, or -errno when there is none to be had. */
int conn_tls_begin(struct conn *c);
/* The next step of the handshake. */
void conn_tls_shake(struct conn *c);
/* What the loop is to watch for. */
unsigned conn_tls_wants(const struct conn *c);
/* As recv() and sendmsg(), but with -errno for an error: -EAGAIN, or the connection is over. */
ssize_t conn_tls_read(struct conn *c, char *p, size_t n);
ssize_t conn_tls_write(struct conn *c, const struct iovec *iov, unsigned n);

#endif
