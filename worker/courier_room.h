/* courier_room: what the files of the room "courier" share.  Nobody else includes it. */
#ifndef EVERTRUNK_COURIER_ROOM_H
#define EVERTRUNK_COURIER_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "worker/courier.h"
#include "worker/mail_report.h"
#include "worker/queue.h"
#include "worker/shadow.h"

struct courier_order {
	struct courier_order *next;
	uint32_t id;
	struct mono since;
	char text[];
};

enum { COURIER_EVENTS_MAX = 64 * 1024, COURIER_FIGURES = 11 };

struct courier {
	struct courier_parts with;
	pthread_t thread;
	int wake;    /* eventfd: look at `want` and `orders` */
	int answers; /* eventfd: there is an answer */
	int news;    /* eventfd: the report has changed */
	atomic_bool want, stop;
	bool stopped; /* the thread has been joined, or never was */

	/* Between the threads; the mutex is held for a pointer's time only. */
	pthread_mutex_t mutex;
	struct courier_order *orders, **last_order;
	struct courier_answer *said, **last_said;
	struct { /* of um-ctl test-mail */
		pthread_t thread;
		bool running;
		pthread_cond_t wake;
		struct courier_order *first;
	} trial;

	/* What the heartbeat says. */
	struct {
		atomic_bool owner;
		atomic_uint queued, bad, shadow;
		atomic_llong oldest; /* wall seconds; 0: none */
		atomic_ullong delivered, failed;
		atomic_ullong confirmed, again, unconfirmed, bounced;
		atomic_bool deaf;
		atomic_bool news; /* it has been said that there are some */
	} report;

	/* The thread's own. */
	uint64_t told[COURIER_FIGURES]; /* the figures when it was said that they have changed */
	uint32_t order;                 /* that is being done */
	struct courier_order *held;     /* orders that wait for the queue to be ours */
	struct queue *queue;            /* NULL: not the owner */
	int lock;                       /* descriptor of SPOOL/.queue; -1 */
	int notify;                     /* inotify; -1 */
	bool lock_trouble;              /* said once */
	_Alignas(8) char events[COURIER_EVENTS_MAX]; /* read from inotify */
	struct retry_gate gate;
	struct mono scanned, swept, reported;
	struct {                /* courier_sound.c */
		uint64_t known; /* queue_added() when all were looked at */
		size_t strange; /* whose sound is another's, or not known */
	} sounds;
	struct courier_release { /* all of bad/ */
		struct courier_released {
			uint64_t sound; /* of its name; 0: it has none */
			char id[LETTER_ID_MAX];
		} * item;
		size_t n, cap; /* n = 0: nobody has asked for it */
		size_t known;  /* whose sound is known; then they are sorted by it */
		size_t at, done, failed;
		uint32_t order;
		bool waits; /* for an answer */
		struct mono began;
	} release;
	struct mono notice_due, noticed; /* the operator is to be told; was told last */
	int64_t swept_s;                 /* wall seconds of the last sweep; 0: none */
	bool no_reports_said;            /* a server promises none: said once */
	struct {                         /* the Maildir of reports */
		int notify;              /* inotify; -1 */
		bool due;                /* something has come */
		bool said;               /* that it cannot be read */
		bool stuck;              /* that a report cannot be removed */
		struct mono looked;
		int64_t newest[2]; /* ctime, seconds: what has been read in new/, cur/ */
	} ear;
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

/* ---- courier_copy.c: the copies of what another server took, in shadow/ ---- */

struct courier_copy {
	const char *id;
	char *text; /* of the header file, malloced */
	size_t n;
	struct letter l; /* all zero when it makes no sense */
	bool sound;      /* it makes sense */
	struct shadow s;
	int64_t age_s; /* since it was sent; when that is not known, since the file came here */
};

/* 0 and *ret, whose text is to be freed; -errno. */
int courier_copy_read(struct courier *c, enum queue_place where, const char *id,
		      struct courier_copy *ret);
/* Writes its header with the lines of `s`; NULL: without any. */
int courier_copy_write(struct courier *c, enum queue_place where, const struct courier_copy *copy,
		       const struct shadow *s);
/* Calls `what` for each header file of a folder, sorted by nothing. */
void courier_each(const struct courier *c, enum queue_place where,
		  void (*what)(void *arg, const char *id), void *arg);
/* Moves an item to shadow/; `r`: how it was taken.  0 or -errno. */
int courier_keep(struct courier *c, const struct letter *l, const struct courier_result *r);
/* An operator brings a message back into the queue, as if it had just come; `shared`: another that
 * stays in `from` names its sound.  0 or -errno. */
int courier_release(struct courier *c, const char *id, enum queue_place from, bool shared);
/* mail.reports is set. */
bool courier_is_listening(const struct courier *c);
/* For an operator: one copy, or a message that waits to be sent again; all copies, in a line. */
void courier_shadow_show(struct courier *c, enum queue_place where, const char *id,
			 struct buf *out);
void courier_shadow_list(struct courier *c, struct buf *out);

/* ---- courier_bad.c: what is set aside ---- */

/* Why `id` of bad/ was set aside, in a line that can be shown. */
void courier_reason(const struct courier *c, const char *id, char *out, size_t size);
/* For an operator: the newest of them, a line each. */
void courier_bad_list(const struct courier *c, struct buf *out);

/* ---- courier_shadow.c: what becomes of them ---- */

/* Looks after each copy: confirmed, sent again, or dropped. */
void courier_sweep(struct courier *c);
/* How often, ms. */
int64_t courier_sweep_ms(const struct courier *c);
/* A report has come; `when` (wall seconds).  False: it is about no message of ours. */
bool courier_told(struct courier *c, const struct mail_report *r, int64_t when);

/* ---- courier_ear.c: the Maildir that reports come to ---- */

/* Reads what has come.  How many ms until it is to be looked at anew; -1: there is none. */
int64_t courier_hear(struct courier *c, struct mono now);
/* The queue is not ours any more. */
void courier_deafen(struct courier *c);

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
/* courier_report.c: publishes the numbers. */
void courier_publish(struct courier *c);
/* "90s", "15m", "3h". */
void courier_span(struct buf *out, int64_t s);
/* ---- courier_release.c ---- */

/* What an order returns that is answered later. */
enum { COURIER_LATER = 1 };
/* Begins to bring all of bad/ back; answers `order` when that is done, or has taken a while.
 * COURIER_LATER; 0 or -errno with the answer in `out`. */
int courier_release_all(struct courier *c, uint32_t order, struct buf *out);
/* Goes on with it, for some ms.  How many ms until it is to go on; -1: there is nothing to do. */
int64_t courier_release_go(struct courier *c, struct mono now);
/* The queue is not ours any more. */
void courier_release_stop(struct courier *c);
/* Whether another header file of `where` (bad/, shadow/) names this sound of `id`; reads all. */
bool courier_sound_wanted(struct courier *c, enum queue_place where, const char *id,
			  const char *attachment);

/* courier_trial.c: starts the thread of um-ctl test-mail.  0 or -errno. */
int courier_trial_start(struct courier *c);
/* Whether an order is that thread's. */
bool courier_trial_takes(const struct courier *c, struct slice text);
/* Gives it one; the mutex is held. */
void courier_trial_put(struct courier *c, struct courier_order *o);
/* Ends it, c->stop being set.  False: it is still at work then. */
bool courier_trial_stop(struct courier *c, const struct timespec *until);
/* courier_sound.c: the sound that goes along when `id`, which waits, is removed (`to`: QUEUE_HERE)
 * or moved to another place: its `attachment`, or "" when another that waits names it too; the
 * other place then gets a link to it. */
const char *courier_sound_going(struct courier *c, const char *id, const char *attachment,
				enum queue_place to);
/* The item's header file has been written anew. */
void courier_sound_edited(struct courier *c, struct queue_item *i);
/* Answers an order. */
void courier_answer_text(struct courier *c, uint32_t order, int status, const char *text);
/* Does one order and answers it; frees it. */
void courier_obey(struct courier *c, struct courier_order *o);
/* How long, ms, an order is still to be held back because the queue will be ours in a moment; -1:
 * it is not. */
int64_t courier_order_held(const struct courier *c, const struct courier_order *o, struct mono now);

#endif
