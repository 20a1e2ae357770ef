/* lamp_room: what the files of the room "lamp" share.  Nobody else includes it. */
#ifndef EVERTRUNK_LAMP_ROOM_H
#define EVERTRUNK_LAMP_ROOM_H

#include "worker/lamp.h"

#define LAMP_NOT_PLANNED UINT32_MAX

struct lamp_entry {
	struct tally have, told, sent; /* sent: what is on its way */
	struct mono due;
	struct mono since; /* the first try of what no telephone system has taken yet */
	struct mono again; /* when it is told anew, changed or not */
	uint32_t at;       /* place in the heap; LAMP_NOT_PLANNED */
	uint8_t tries;
	bool counted : 1; /* `have` is known */
	bool sure : 1;    /* `told` is what the telephone system knows */
	bool flying : 1;
	bool anew : 1;    /* told even if nothing has changed */
	bool asked : 1;   /* it has been told something once, whoever has heard it */
	bool leaving : 1; /* its mailbox is gone */
};

struct lamps_known {
	struct lamp_entry *entry;
	uint32_t *heap;
	uint32_t n, room, planned, flying, waiting, leaving;
	int64_t refresh;
	struct mono gate;   /* none before */
	struct mono spread; /* when the next of a resync is due */
};

/* Lamp `i` is due then, and no more at the time it was. */
void lamp_plan(struct lamps_known *l, uint32_t i, struct mono due);
/* It is not due at all; nothing happens if it was not. */
void lamp_unplan(struct lamps_known *l, uint32_t i);

#endif
