/* delivery: the worker's thread of calls and the courier's, brought together: what the supervisor
 * orders goes to the courier, what the courier answers to the supervisor.
 * Must not know: how the queue works. */
#ifndef EVERTRUNK_DELIVERY_H
#define EVERTRUNK_DELIVERY_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/link.h"

struct delivery;

/* Starts the courier's thread; with mail.delivery = off it is asleep, and only answers.  `conf` and
 * `link` must outlive it.  0 and *ret, or -errno. */
int delivery_new(struct loop *l, const struct conf *conf, struct link *link, struct delivery **ret);
/* The queue is ours to deliver, or to give up. */
void delivery_own(struct delivery *d, bool own);
void delivery_order(struct delivery *d, const struct msg_order *order);
void delivery_beat(const struct delivery *d, struct msg_beat *beat);
/* Ends the courier's thread after the item at hand.  False: that takes longer than `wait_ms`, and
 * only the end of the process is left. */
bool delivery_stop(struct delivery *d, int64_t wait_ms);
/* After delivery_stop() that was true; NULL is fine. */
void delivery_free(struct delivery *d);

#endif
