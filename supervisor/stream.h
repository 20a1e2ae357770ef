/* stream: the trunk connections, TCP and TLS, and one (TCP) to each worker, over which goes what
 * came in over a stream.
 * Owns: listening sockets, connections, framing by Content-Length, the CRLF pong, and every limit
 * a stranger or a slow peer could hit.  A connection belongs to no call and to no worker: it
 * lives through any number of recycles, for hours of silence.
 * Must not know: what a message means. */
#ifndef EVERTRUNK_STREAM_H
#define EVERTRUNK_STREAM_H

#include <sys/uio.h>

#include "supervisor/door.h"
#include "supervisor/tls.h"

struct streams;

struct stream_limits {
	struct scan_limits message;
	uint32_t connections;
	uint32_t per_source;
	int64_t idle;         /* ms, 0: never */
	int64_t message_time; /* ms from the first to the last byte of a message */
	size_t queue;         /* bytes that wait for one slow reader */
};

/* What TLS connections ask for. */
struct stream_tls {
	struct tls *tls;
	void *arg;
	/* The name to ask a peer for that we connect to (SNI); NULL: none. */
	const char *(*server_name)(void *arg, const struct addr *peer);
	/* A handshake is done, or the rules have changed since: whether the connection may live.
	 * `peer`: what it has shown, NULL: no certificate; `ours`: we opened it.  *ret_trunk: the
	 * index of its trunk, UINT16_MAX: a stranger's.  Called once more per streams_review(). */
	bool (*admit)(void *arg, const struct way *way, bool ours, const struct tls_peer *peer,
		      uint16_t *ret_trunk);
};

/* Listens on every TCP and TLS door of the plan; connections to workers are made when the first
 * message for one comes.  0 and *ret, or -errno with one line for the operator in `why`. */
int streams_new(struct loop *l, const struct door_plan *plan, const struct stream_limits *limits,
		struct streams **ret, struct buf *why);
void streams_limits(struct streams *s, const struct stream_limits *limits);
/* Set once, before the loop runs; until then TLS connections are closed as they come. */
void streams_tls(struct streams *s, const struct stream_tls *tls);
/* Asks again whether each TLS connection may live. */
void streams_review(struct streams *s);
/* A request on the connection `id` has no answer yet.  When not even its bytes have been
 * acknowledged for some seconds (a router has forgotten the connection, the peer is gone), nothing
 * new is put on it until something comes in: the kernel would try for a quarter of an hour. */
void streams_doubt(struct streams *s, uint32_t id);
/* The trunk that a TLS connection was found to be of; UINT16_MAX: none, gone, or not TLS. */
uint16_t streams_trunk(const struct streams *s, uint32_t id);
/* The connection may be used for requests of ours to its peer's address and this port (RFC 5923:
 * the Via of a request on it said alias). */
void streams_alias(struct streams *s, uint32_t id, uint16_t port);
/* A connection for a request of ours to to->peer by to->transport.  YES: `call`, the one that its
 * call uses, if it lives, else any with that IP.  ALIAS: one that said it is good for that address
 * and port.  NO: one that we have opened to it.  Over TLS only one of the trunk with this index.
 * 0: none; streams_write() opens one. */
uint32_t streams_pick(const struct streams *s, const struct way *to, enum reuse reuse,
		      uint32_t call, uint16_t trunk);
/* Writes to way->conn when it is alive, else to a connection with way->peer on that door (to a
 * worker there is one at most), else to a new one opened from the door's address to way->peer.  One
 * writev; what the peer does not take at once waits, up to the limit, then the connection is closed
 * and counted as slow. */
void streams_write(struct streams *s, const struct way *way, const struct iovec *iov, unsigned n);
/* Closes the connection `id` as if nobody listened: reset, what waits is lost.  Fine when it is
 * gone, and in the middle of a message from it. */
void streams_reset(struct streams *s, uint32_t id);
/* Trunk connections. */
unsigned streams_count(const struct streams *s);
void streams_free(struct streams *s);

#endif
