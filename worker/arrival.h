/* arrival: whether a message that a mail server has taken is in its mailbox, seen by imap: a
 * courier_seen_fn.
 * Owns: how long a server that is out is left alone, what the log says of it.  Must not know: what
 * becomes of the message, IMAP.  One thread, all but arrival_stop(). */
#ifndef EVERTRUNK_ARRIVAL_H
#define EVERTRUNK_ARRIVAL_H

#include "conf/conf.h"
#include "worker/letter.h"

struct arrival;

/* `conf` must outlive it.  NULL: out of memory. */
struct arrival *arrival_new(const struct conf *conf);
/* Whether the message of `l` is there; `arg` is the arrival. */
int arrival_seen(void *arg, const struct letter *l);
/* From any thread: what it waits for ends soon, and nothing is seen any more. */
void arrival_stop(struct arrival *a);
void arrival_free(struct arrival *a); /* NULL is fine */

#endif
