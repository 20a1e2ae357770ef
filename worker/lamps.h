/* lamps: the message waiting lamps of all mailboxes, kept right by the one worker that is told to
 * (courier's queue and this go together): a thread follows the mailboxes, Maildirs (watch.h) or
 * those of an IMAP server (remote.h), and decides (lamp.h); what is to be sent comes to the thread
 * of calls and goes out with notices.h.
 * Owns: the thread, and the lock (flock on SPOOL/.lamps) that makes it the only one.
 * Must not know: SIP, IMAP.
 */
#ifndef EVERTRUNK_LAMPS_H
#define EVERTRUNK_LAMPS_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "worker/link.h"
#include "worker/notices.h"

struct lamps;

/* What they work with; none of it is owned. */
struct lamps_parts {
	struct loop *loop;
	const struct conf *conf;
	struct link *link;
	struct notices *notices;
};

/* Starts the thread, which owns nothing yet; where no lamp can be lit (no Maildirs and no
 * imap.host, no trunk with an address) there is none.  `table`: a descriptor of the mailbox table,
 * -1: none; it is copied.  0 and *ret, or -errno. */
int lamps_new(const struct lamps_parts *parts, int table, struct lamps **ret);
/* To look after them as soon as nobody else does; or no longer. */
void lamps_own(struct lamps *l, bool own);
/* New mailboxes; the descriptor is copied. */
void lamps_mailboxes(struct lamps *l, int table);
/* A message has been delivered to `address`.  From any thread; one that is in a Maildir is seen by
 * itself, one elsewhere is looked for soon. */
void lamps_hurry(struct lamps *l, const char *address);
/* "mwi resync". */
void lamps_order(struct lamps *l, const struct msg_order *order);
void lamps_beat(const struct lamps *l, struct msg_beat *beat);
/* Ends the thread.  False: that takes longer than `wait_ms`, and only the end of the process is
 * left. */
bool lamps_stop(struct lamps *l, int64_t wait_ms);
/* After lamps_stop() that was true; NULL is fine. */
void lamps_free(struct lamps *l);

#endif
