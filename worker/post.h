/* post: delivers one message the way that is configured: makes its mail and puts it into the
 * mailbox's Maildir.
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
void post_free(struct post *p); /* NULL is fine */

#endif
