/* imap: looks into mailboxes on another server (IMAP4rev1, RFC 3501): how many voice messages of
 * ours are there, and whether one message is.  Changes nothing there (EXAMINE).
 * Owns: which commands are said, whose connection it is, which error is one mailbox's and which is
 * everybody's.  Must not know: when it is looked, lamps, queues.  One thread a struct, all but
 * imap_stop(). */
#ifndef EVERTRUNK_IMAP_H
#define EVERTRUNK_IMAP_H

#include "conf/conf.h"
#include "worker/imap_name.h"
#include "worker/imap_reply.h"
#include "worker/tally.h"

struct imap;

enum imap_result {
	IMAP_OK,
	IMAP_MAILBOX, /* this mailbox cannot be looked into: no such login or folder */
	IMAP_OUTAGE   /* the server cannot be reached or makes no sense: nobody's can */
};

/* NULL: out of memory.  `conf` must outlive it; nothing is connected yet. */
struct imap *imap_new(const struct conf *conf);
void imap_free(struct imap *m); /* never blocks longer than 2 s; NULL is fine */
void imap_stop(struct imap *m); /* from any thread: what is waited for ends soon */

/* Counts voice messages, if STATUS differs from *known (which it then replaces); *ret_changed says
 * so.  `why`: one line, not for IMAP_OK.  Blocks up to imap.connect_timeout, and
 * imap.reply_timeout for each of a few commands. */
enum imap_result imap_count(struct imap *m, const struct imap_who *who, struct imap_status *known,
			    struct tally *ret, bool *ret_changed, struct buf *why);
/* Whether a message with this Message-ID (without <>) is in the mailbox: 1, 0; -errno with why:
 * cannot tell.  Blocks likewise, and so that imap.rate is kept. */
int imap_seen(struct imap *m, const struct imap_who *who, const char *message_id, struct buf *why);

#endif
