/* courier: the thread that delivers what lies in the spool.
 * Owns: the lock that makes it the only one (flock on SPOOL/.queue), the queue, when what is
 * tried.  A lock ends with its process, however that ends: killed, stopped and killed, or gone.
 * Must not know: how a message is delivered, loops, calls; it shares no lock with the thread of
 * media and calls but a short one for an operator's order.
 * Told of a new message by the folder itself (inotify): also of one that a draining worker or a
 * person puts there. */
#ifndef EVERTRUNK_COURIER_H
#define EVERTRUNK_COURIER_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/letter.h"
#include "worker/retry.h"

struct courier;

/* What became of a try. */
struct courier_result {
	enum outcome outcome;
	bool confirmed; /* DELIVERED: it is in the mailbox, not only with the next host */
	bool reported;  /* not confirmed: the next host has promised a report (RFC 3461) */
	char text[512]; /* where to, or why not; one line */
};

/* Delivers `l`, whose sound lies in folder `spool`; `again`: it may have been delivered already by
 * somebody who did not live to say so.  On the courier's thread; may block, though not for ever. */
typedef void courier_deliver_fn(void *arg, const struct letter *l, bool again,
				struct courier_result *ret);

/* Sends a message to see whether that works, for "test-mail ADDRESS"; says how in lines.  On a
 * thread of its own, while things are delivered.  0, or -errno. */
typedef int courier_test_fn(void *arg, struct slice address, struct buf *out);
/* When nothing is to be delivered: lets go of what was kept for the next item.  How many ms until
 * it is to be asked again; -1: not before the next delivery. */
typedef int64_t courier_rest_fn(void *arg);

/* Whether the message of `l`, which another server took, is in its mailbox: 1; 0; -ENOENT: that
 * mailbox cannot be looked into; -errno: nobody can tell now.  On the courier's thread, a few times
 * for each copy; may block for seconds. */
typedef int courier_seen_fn(void *arg, const struct letter *l);

struct courier_parts {
	const char *spool;
	int64_t expire;  /* mail.expire */
	int64_t shadow;  /* mail.shadow; 0: no copies */
	int64_t rescan;  /* ms; 0: the usual minute */
	int64_t gather;  /* ms that is waited for more to tell the operator; 0: the usual 5 s */
	uint32_t min_ms; /* recording.min_duration, for what was left unfinished */
	const char *operator_; /* mail.operator; NULL or "": the letter's */
	courier_deliver_fn *deliver;
	courier_test_fn *test; /* NULL: there is no such order */
	courier_rest_fn *rest; /* NULL: nothing is kept */
	void *arg;
	const char *reports;   /* mail.reports, a Maildir; NULL or "": no reports are read */
	courier_seen_fn *seen; /* NULL: no mailbox can be looked into */
	void *seen_arg;
	int64_t look; /* ms after a message was sent: the first look; 0: the usual minute */
};

/* Starts the thread, which owns nothing yet; `parts` is copied, its texts must outlive the courier.
 * 0 and *ret, or -errno. */
int courier_new(const struct courier_parts *parts, struct courier **ret);
/* To own the queue as soon as nobody else does, or to give it up after the item at hand. */
void courier_own(struct courier *c, bool own);
/* Ends the thread after the item at hand.  False: that takes longer than `wait_ms`; the thread
 * lives on, and only the end of the process is left. */
bool courier_stop(struct courier *c, int64_t wait_ms);
/* After courier_stop() that was true; NULL is fine. */
void courier_free(struct courier *c);

/* Readable when the report has changed since it was read last, its oldest_s aside; courier_news()
 * takes notice of that.  It comes once, however much changes before courier_report(). */
int courier_news_fd(const struct courier *c);
void courier_news(struct courier *c);
/* For the heartbeat; takes no lock. */
struct courier_report {
	uint64_t delivered; /* since the start of this worker */
	uint64_t failed;    /* tries that failed */
	/* of what another server took: */
	uint64_t confirmed;   /* it arrived, a report or the mailbox says */
	uint64_t again;       /* sent again, because nobody had confirmed it in time */
	uint64_t unconfirmed; /* nobody did at all, though somebody could have */
	uint64_t bounced;     /* did not arrive, a report says */
	uint32_t queued, bad, shadow;
	uint32_t oldest_s; /* the age of what waits longest */
	bool owner;        /* the others are 0 when it is not */
	bool deaf;         /* mail.reports cannot be read */
};
void courier_report(struct courier *c, struct courier_report *ret);

/* An operator's order: "queue list", "queue show ID", "queue retry [ID]", "queue drop ID", "queue
 * release ID", "queue release all". */
int courier_order(struct courier *c, uint32_t id, const char *text);
struct courier_answer {
	struct courier_answer *next;
	uint32_t id;
	int status; /* 0 or -errno */
	char text[];
};
/* Readable when there is an answer. */
int courier_answer_fd(const struct courier *c);
/* The next answer, to be freed with free(); NULL: there is none. */
struct courier_answer *courier_answer(struct courier *c);

#endif
