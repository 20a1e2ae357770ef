/* outbox: see outbox.h. */
#include "supervisor/outbox.h"

#include <stdlib.h>

#include "supervisor/counters.h"

enum {
	MESSAGES = 64,
	ROOM = 72 << 10, /* the largest datagram and what we add to it */
	ARENA = 8 * ROOM,
};

struct letter {
	struct way to;
	size_t at, n;
};

struct outbox {
	struct doors *doors;
	struct streams *streams;
	size_t used;
	unsigned n;
	struct letter letter[MESSAGES];
	char arena[ARENA];
};

struct outbox *
outbox_new(void)
{
	return calloc(1, sizeof(struct outbox));
}

void
outbox_connect(struct outbox *o, struct doors *doors, struct streams *streams)
{
	o->doors = doors;
	o->streams = streams;
}

void
outbox_free(struct outbox *o)
{
	free(o);
}

struct buf
outbox_begin(struct outbox *o)
{
	if (o->n == MESSAGES || ARENA - o->used < ROOM)
		outbox_flush(o);
	return (struct buf){o->arena + o->used, 0, ROOM, false};
}

void
outbox_commit(struct outbox *o, const struct buf *b, const struct way *to)
{
	if (b->full) {
		count(COUNT_DROPPED_SEND);
		return;
	}
	o->letter[o->n++] = (struct letter){*to, o->used, b->n};
	o->used += b->n;
}

/* Neighbours that may share a system call. */
static bool
together(const struct way *a, const struct way *b)
{
	if (a->transport != b->transport || a->door != b->door)
		return false;
	return a->transport == TRANSPORT_UDP ||
	       (a->conn == b->conn && (a->conn || addr_eq(&a->peer, &b->peer)));
}

static void
send_datagrams(struct outbox *o, unsigned from, unsigned to)
{
	struct door_out out[MESSAGES];

	for (unsigned i = from; i < to; i++) {
		const struct letter *l = &o->letter[i];
		out[i - from] = (struct door_out){&l->to.peer, o->arena + l->at, l->n};
	}
	doors_send(o->doors, o->letter[from].to.door, out, to - from);
}

static void
send_stream(struct outbox *o, unsigned from, unsigned to)
{
	struct iovec iov[MESSAGES];

	for (unsigned i = from; i < to; i++)
		iov[i - from] = (struct iovec){o->arena + o->letter[i].at, o->letter[i].n};
	streams_write(o->streams, &o->letter[from].to, iov, to - from);
}

void
outbox_flush(struct outbox *o)
{
	for (unsigned i = 0, j; i < o->n; i = j) {
		for (j = i + 1; j < o->n && together(&o->letter[i].to, &o->letter[j].to); j++)
			;
		if (o->letter[i].to.transport == TRANSPORT_UDP)
			send_datagrams(o, i, j);
		else
			send_stream(o, i, j);
	}
	o->n = 0;
	o->used = 0;
}
