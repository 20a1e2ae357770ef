/* remote: a thread that goes round the mailboxes which another server keeps (imap.h, rounds.h) and
 * says what they hold, for the lamps.  A server that does not answer delays nobody but this thread.
 * Owns: the thread, the connection, when who is looked at, the lines that say how the server is.
 * Must not know: lamps, SIP, whether it is this worker that tells anything: it gets a list or none.
 */
#ifndef EVERTRUNK_REMOTE_H
#define EVERTRUNK_REMOTE_H

#include "conf/conf.h"
#include "worker/rounds.h"
#include "worker/tally.h"

struct remote;
struct remote_list;

/* A list of mailboxes; `round` is whose it is, for remote_take().  NULL: out of memory. */
struct remote_list *remote_list_new(uint32_t round);
/* One more, which is `tag` for who asks.  Without an address nothing can have been sent to it: it
 * is not looked at.  Copied.  0 or -ENOMEM. */
int remote_list_add(struct remote_list *l, uint32_t tag, const char *address,
		    const char *extension);
void remote_list_free(struct remote_list *l); /* NULL is fine */

/* Starts the thread, which has no list yet.  `conf` must outlive it; `tell`: an eventfd that is
 * poked when there is something to take.  0 and *ret, or -errno. */
int remote_new(const struct conf *conf, int tell, struct remote **ret);
/* From now on these, NULL: none; the list is the room's.  What is known of mailboxes that were in
 * the last list, too, is kept, and told again. */
void remote_give(struct remote *r, struct remote_list *list);

/* What mailbox `tag` holds.  The lamps' thread; short: the other one waits. */
typedef void remote_fn(void *arg, uint32_t tag, const struct tally *t);
/* All that has been counted since the last time, of the list `round`. */
void remote_take(struct remote *r, uint32_t round, remote_fn *fn, void *arg);
/* A message has been sent to `address`: it is soon looked at.  From any thread. */
void remote_hurry(struct remote *r, const char *address);

struct remote_report {
	enum rounds_state state; /* ROUNDS_UNKNOWN too when there is no list */
	uint32_t unreadable;     /* mailboxes that cannot be looked into */
	/* looks since the start: */
	uint64_t seen, refused, failed;
};
void remote_report(const struct remote *r, struct remote_report *ret);

/* Ends the thread.  False: that takes longer than `wait_ms`, and only the end of the process is
 * left. */
bool remote_stop(struct remote *r, int64_t wait_ms);
/* After remote_stop() that was true; NULL is fine. */
void remote_free(struct remote *r);

#endif
