/* post: delivers one message the way that is configured: makes its mail and puts it into the
 * mailbox's Maildir, or hands it to a mail server.
 * Owns: which error means later, which never.  Must not know: queues, threads.  Blocks: the
 * courier's thread only. */
#ifndef EVERTRUNK_POST_H
#define EVERTRUNK_POST_H

#include "conf/conf.h"
#include "worker/courier.h"

struct post;

/* `conf` must outlive it.  NULL: out of memory. */
struct post *post_new(const struct conf *conf);
/* A courier_deliver_fn; `arg` is the post. */
void post_deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret);
/* A courier_test_fn: sends a message of no other content to `address` and says how that went. */
int post_test(void *arg, struct slice address, struct buf *out);
/* From another thread: what is on its way to a mail server is given up. */
void post_stop(struct post *p);
/* A courier_rest_fn: closes what is not needed any more; ms until there is something to close. */
int64_t post_rest(void *arg);
void post_free(struct post *p); /* NULL is fine */

#endif
