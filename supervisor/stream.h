/* stream: the trunk connections (TCP; TLS will be another kind of the same table), and one to each
 * worker, over which goes what came in over a stream.
 * Owns: listening sockets, connections, framing by Content-Length, the CRLF pong, and every limit
 * a stranger or a slow peer could hit.  A connection belongs to no call and to no worker: it
 * lives through any number of recycles, for hours of silence.
 * Must not know: what a message means. */
#ifndef EVERTRUNK_STREAM_H
#define EVERTRUNK_STREAM_H

#include <sys/uio.h>

#include "supervisor/door.h"

struct streams;

struct stream_limits {
	struct scan_limits message;
	uint32_t connections;
	uint32_t per_source;
	int64_t idle;         /* ms, 0: never */
	int64_t message_time; /* ms from the first to the last byte of a message */
	size_t queue;         /* bytes that wait for one slow reader */
};

/* Listens on every TCP door of the plan; connections to workers are made when the first message
 * for one comes.  0 and *ret, or -errno with one line for the operator in `why`. */
int streams_new(struct loop *l, const struct door_plan *plan, const struct stream_limits *limits,
		struct streams **ret, struct buf *why);
void streams_limits(struct streams *s, const struct stream_limits *limits);
/* Whether the connection `id` is still there. */
bool streams_alive(const struct streams *s, uint32_t id);
/* Writes to way->conn when it is alive, else to a connection with way->peer on that door (to a
 * worker there is one at most), else to a new one opened from the door's address to way->peer.  One
 * writev; what the peer does not take at once waits, up to the limit, then the connection is closed
 * and counted as slow. */
void streams_write(struct streams *s, const struct way *way, const struct iovec *iov, unsigned n);
/* Closes the connection `id` as if nobody listened: reset, what waits is lost.  Fine when it is gone,
 * and in the middle of a message from it. */
void streams_reset(struct streams *s, uint32_t id);
/* Trunk connections. */
unsigned streams_count(const struct streams *s);
void streams_free(struct streams *s);

#endif
