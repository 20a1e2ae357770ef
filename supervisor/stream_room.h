/* stream_room: what the files of stream share: stream.c (the table), stream_enter.c (who may come
 * in) and stream_sweep.c (what time does). */
#ifndef EVERTRUNK_STREAM_ROOM_H
#define EVERTRUNK_STREAM_ROOM_H

#include "supervisor/conn.h"
#include "supervisor/listener.h"

enum { STREAM_SLOTS = 16384 }; /* more than limits.connections can be */

struct streams {
	struct conn_env env;
	struct door_plan plan;
	struct listeners *listeners;
	uint32_t inner[2]; /* the connection to each slot's worker */
	struct loop_timer *sweep;
	bool sweeping, sweep_soon; /* the timer runs; at its short period */
	struct conn *dead;
	unsigned count, strangers;
	struct mono shakes_from; /* the second that `shakes` counts: strangers' TLS handshakes */
	unsigned shakes;
	uint16_t serial, free_from; /* where to look for a free slot */
	struct conn *slot[STREAM_SLOTS];
};

/* An entry for a connection, which watches nothing yet.  Takes ownership of `fd`; NULL (and fd
 * closed) when there is no room. */
struct conn *streams_conn(struct streams *s, int fd, uint16_t door, const struct addr *peer,
			  bool known);
enum transport streams_transport(const struct streams *s, uint16_t door);
/* Frees what was closed during an earlier callback, when nobody holds a pointer any more. */
void streams_reap(struct streams *s);

/* listener_fn */
void streams_accepted(void *arg, uint16_t door, int fd, const struct addr *peer);

/* The sweep must come by: soon, when the connection has only so much time. */
void streams_wake_sweep(struct streams *s, const struct conn *c);
/* The sweep itself. */
void streams_sweep(void *arg);

#endif
