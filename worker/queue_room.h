/* queue_room: what the files of the room "queue" share.  Nobody else includes it. */
#ifndef EVERTRUNK_QUEUE_ROOM_H
#define EVERTRUNK_QUEUE_ROOM_H

#include "ipc/base/hash.h"
#include "worker/queue.h"

enum { QUEUE_PLACES = QUEUE_SHADOW + 1 };

struct queue {
	int folder[QUEUE_PLACES]; /* descriptors */
	size_t aside[QUEUE_PLACES];
	uint32_t scans;
	/* A heap by due; slot[] finds an item by its id: open addressing, at most half full. */
	struct queue_item **heap;
	size_t n, cap;
	struct queue_item **slot;
	size_t nslots; /* a power of two */
	struct hash_key key;
	struct queue_reason *last; /* the newest reason: the next failure often is for the same */
};

/* The id of a header file's name, as a slice of it; n = 0: it is none. */
struct slice queue_id_of(const char *name);
/* Adds one that is not known.  NULL: out of memory. */
struct queue_item *queue_insert(struct queue *q, struct slice id, int64_t since, struct mono now);
/* Closes the folders. */
void queue_close(struct queue *q);
struct queue_item *queue_lookup(const struct queue *q, struct slice id);

#endif
