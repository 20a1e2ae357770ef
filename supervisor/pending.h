/* pending: copies of requests that the supervisor itself must see answered.
 * Owns: INVITEs held while no worker is ready, INVITEs given to a worker that has not answered
 * yet (a trunk on TCP would not send them again), and our own BYEs towards a trunk.
 * Pure and bounded: memory is taken once, time is an argument.  Must not know: who sends. */
#ifndef EVERTRUNK_PENDING_H
#define EVERTRUNK_PENDING_H

#include "ipc/base/clock.h"
#include "supervisor/way.h"

enum pending_kind {
	PENDING_FREE,
	PENDING_HELD,   /* an INVITE; nobody to give it to yet */
	PENDING_SENT,   /* an INVITE; its worker has said nothing yet: sent again until it does */
	PENDING_TRYING, /* an INVITE; its worker said 100: kept in case the worker dies */
	PENDING_BYE,    /* ours towards a trunk: sent again until answered */
};

enum {
	PENDING_BYTES = 65535, /* one message */
	PENDING_T1_MS = 500,   /* RFC 3261 17.1.1.1 */
	PENDING_T2_MS = 4000,
	PENDING_END_MS = 32000, /* 64 x T1 */
};

struct pending_item {
	enum pending_kind kind;
	struct way way;       /* INVITE: where it came from; BYE: where it goes */
	struct mono resend;   /* unset: not again */
	struct mono deadline; /* then it is given up */
	int64_t interval;     /* to the resend after next, ms */
	char *bytes;          /* the message, n bytes */
	size_t n;
	uint32_t serial; /* names this use of the item: number in the Via of a BYE */
	uint16_t next;
};

struct pending;

/* Room for `items` requests.  NULL when out of memory. */
struct pending *pending_new(uint16_t items);
void pending_free(struct pending *p);
/* A copy of a message, kept until `deadline`; NULL when there is no room. */
struct pending_item *pending_add(struct pending *p, enum pending_kind kind, const struct way *way,
				 struct slice bytes, struct mono deadline);
/* Gives an item its message later (a BYE needs its own serial in it); n at most PENDING_BYTES. */
void pending_fill(struct pending_item *i, const struct way *way, struct slice bytes);
/* By index + 1 as kept in the call table; NULL for 0. */
struct pending_item *pending_at(struct pending *p, uint16_t index);
uint16_t pending_index(const struct pending *p, const struct pending_item *i);
/* Our own request `serial`; NULL when it is over. */
struct pending_item *pending_own(struct pending *p, uint32_t serial);
/* Begins to resend: first after T1. */
void pending_arm(struct pending_item *i, struct mono now);
void pending_drop(struct pending *p, struct pending_item *i);
/* The next item whose resend or deadline has come, from index *cursor on (begin with 0). */
struct pending_item *pending_due(struct pending *p, struct mono now, uint16_t *cursor);
/* The resend has been done: sets the next one (doubling, at most T2). */
void pending_resent(struct pending_item *i, struct mono now);
unsigned pending_count(const struct pending *p);

#endif
