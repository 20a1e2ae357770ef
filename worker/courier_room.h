/* courier_room: what the files of the room "courier" share.  Nobody else includes it. */
#ifndef EVERTRUNK_COURIER_ROOM_H
#define EVERTRUNK_COURIER_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "worker/courier.h"
#include "worker/queue.h"

struct courier_order {
	struct courier_order *next;
	uint32_t id;
	char text[];
};

enum { COURIER_EVENTS_MAX = 64 * 1024 };

struct courier {
	struct courier_parts with;
	pthread_t thread;
	int wake;    /* eventfd: look at `want` and `orders` */
	int answers; /* eventfd: there is an answer */
	atomic_bool want, stop;
	bool stopped; /* the thread has been joined, or never was */

	/* Between the threads; the mutex is held for a pointer's time only. */
	pthread_mutex_t mutex;
	struct courier_order *orders, **last_order;
	struct courier_answer *said, **last_said;

	/* What the heartbeat says. */
	struct {
		atomic_bool owner;
		atomic_uint queued, bad, shadow;
		atomic_llong oldest; /* wall seconds; 0: none */
		atomic_ullong delivered, failed;
	} report;

	/* The thread's own. */
	struct queue *queue;                         /* NULL: not the owner */
	int lock;                                    /* descriptor of SPOOL/.queue; -1 */
	int notify;                                  /* inotify; -1 */
	bool lock_trouble;                           /* said once */
	_Alignas(8) char events[COURIER_EVENTS_MAX]; /* read from inotify */
	struct retry_gate gate;
	struct mono scanned, swept, reported;
	struct mono notice_due, noticed; /* the operator is to be told; was told last */
};

/* courier_lock.c: tries to become the owner; gives the queue up, if it is ours. */
void courier_reach(struct courier *c, struct mono now);
void courier_give_up(struct courier *c);
/* Reads the folder; `found`: somebody else may have begun to deliver what is new. */
void courier_scan(struct courier *c, bool found, struct mono now);
/* Reads the letter `id` of `where`.  0; -ENOENT: it has gone; -EBADMSG or -errno with why, in
 * words, in *ret_why. */
int courier_letter(struct courier *c, enum queue_place where, const char *id, struct letter *ret,
		   const char **ret_why);
/* One try of an item that is due. */
void courier_try(struct courier *c, struct queue_item *i, struct mono now);
/* Removes shadow copies that are older than mail.shadow. */
void courier_sweep(struct courier *c);
/* courier_notice.c: tells the operator by mail of a message that was not delivered as it should be:
 * whom mail.operator names, else the letter's own.  On the courier's thread, which owns the queue;
 * many of them make one mail.  Of a notice none is made.  `reason` is one line, in full. */
void courier_notice(struct courier *c, const struct letter *l, enum notice_kind kind,
		    const char *reason);
/* The queue has become ours: somebody may have left something to tell. */
void courier_notice_look(struct courier *c, struct mono now);
/* There is something to tell from now on. */
void courier_notice_found(struct courier *c, struct mono now);
/* Makes the mails that are due.  How many ms until others are; -1: none. */
int64_t courier_notice_send(struct courier *c, struct mono now);
/* Publishes the numbers. */
void courier_publish(struct courier *c);
/* Does one order and answers it; frees it. */
void courier_obey(struct courier *c, struct courier_order *o);

#endif
