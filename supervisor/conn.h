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
	bool connecting;
	bool finishing; /* closes when `out` is empty */
	bool closed;
	struct mono last;  /* last byte either way */
	struct mono began; /* first byte of an incomplete message, or of the connect; unset: none */
	char *in;          /* the beginning of a message */
	size_t in_n, in_cap;
	char *out; /* what the peer has not taken: out_at..out_n */
	size_t out_at, out_n, out_cap;
};

/* What conn.c needs of its set. */
struct conn_env {
	struct loop *loop;
	struct stream_limits limits;
	const struct door_plan *plan;
	char *scratch; /* where a read lands: CONN_SCRATCH bytes */
};
enum { CONN_SCRATCH = 256 << 10 };

struct conn_env *streams_env(struct streams *s);
/* Takes the connection out of the table and closes it; its memory stays until the turn's end. */
void streams_close(struct streams *s, struct conn *c);

/* The descriptor is ready. */
void conn_ready(struct conn *c, unsigned events);
void conn_write(struct conn *c, const struct iovec *iov, unsigned n);
/* Gives an incomplete message its 408 and closes. */
void conn_too_slow(struct conn *c);
/* Closes as soon as nothing waits to be written. */
void conn_finish(struct conn *c);

#endif
