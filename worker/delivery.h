/* delivery: the worker's thread of calls and those of the courier and the lamps, brought together:
 * what the supervisor orders goes to them, what they answer to the supervisor.
 * Must not know: how the queue works, when a lamp is told. */
#ifndef EVERTRUNK_DELIVERY_H
#define EVERTRUNK_DELIVERY_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/link.h"
#include "worker/notices.h"

struct delivery;

/* What it works with; none of it is owned, all must outlive it but `notices`. */
struct delivery_parts {
	struct loop *loop;
	const struct conf *conf;
	struct link *link;
	struct notices *notices;
	int table; /* descriptor of the mailboxes, -1: none; copied */
};

/* Starts the threads; with mail.delivery = off the courier is asleep, and only answers.  0 and
 * *ret, or -errno. */
int delivery_new(const struct delivery_parts *parts, struct delivery **ret);
/* New mailboxes; the descriptor is copied. */
void delivery_mailboxes(struct delivery *d, int table);
/* `notices` goes away: nothing is sent any more. */
void delivery_quiet(struct delivery *d);
/* Queue and lamps are ours, or to be given up. */
void delivery_own(struct delivery *d, bool own);
void delivery_order(struct delivery *d, const struct msg_order *order);
void delivery_beat(const struct delivery *d, struct msg_beat *beat);
/* Ends the threads, the courier's after the item at hand.  False: that takes longer than `wait_ms`,
 * and only the end of the process is left. */
bool delivery_stop(struct delivery *d, int64_t wait_ms);
/* After delivery_stop() that was true; NULL is fine. */
void delivery_free(struct delivery *d);

#endif
