/* queue_room: what the files of the room "queue" share.  Nobody else includes it. */
#ifndef EVERTRUNK_QUEUE_ROOM_H
#define EVERTRUNK_QUEUE_ROOM_H

#include "ipc/base/hash.h"
#include "worker/queue.h"

enum { QUEUE_PLACES = QUEUE_SHADOW + 1 };

/* Which of all heaps an item is in a place of. */
enum { QUEUE_ALL, QUEUE_UNTRIED };

struct queue_heap {
	struct queue_item **item;
	size_t n;
	int which; /* of queue_item.at */
	bool (*before)(const struct queue_item *a, const struct queue_item *b);
};

struct queue {
	int folder[QUEUE_PLACES]; /* descriptors */
	size_t aside[QUEUE_PLACES];
	uint32_t scans;
	uint64_t added;
	/* Room for `cap` each; slot[] finds an item by its id: open addressing, half full. */
	struct queue_heap all;     /* the one due first */
	struct queue_heap untried; /* the newest first */
	size_t cap;
	bool newest; /* whose turn it is */
	struct queue_item **slot;
	size_t nslots; /* a power of two */
	struct hash_key key;
	struct queue_reason *last; /* the newest reason: the next failure often is for the same */
};

/* The id of a header file's name, as a slice of it; n = 0: it is none. */
struct slice queue_id_of(const char *name);
/* Adds one that is not known.  NULL: out of memory. */
struct queue_item *queue_insert(struct queue *q, struct slice id, int64_t since, struct mono now);
/* queue_heap.c: adds, whose room is there; removes, if it is in it; finds the place of an item that
 * has changed; puts all in order. */
void queue_heap_add(struct queue_heap *h, struct queue_item *i);
void queue_heap_remove(struct queue_heap *h, struct queue_item *i);
void queue_heap_settle(struct queue_heap *h, struct queue_item *i);
void queue_heap_order(struct queue_heap *h);
/* The heaps of a queue that is all zero. */
void queue_empty(struct queue *q);
/* Closes the folders. */
void queue_close(struct queue *q);
struct queue_item *queue_lookup(const struct queue *q, struct slice id);

#endif
