/* ua_root: sofia-sip's event loop beside ours, in one thread: our loop turns without waiting, and
 * sofia-sip's root waits for both (by the public interface of both libraries).
 * Part of sofia-sip's room. */
#ifndef EVERTRUNK_UA_ROOT_H
#define EVERTRUNK_UA_ROOT_H

#include <stdbool.h>

#include "ipc/base/loop.h"
#include "ipc/base/text.h"

struct ua_root;

/* NULL with a line in `why` when out of memory or descriptors. */
struct ua_root *ua_root_new(struct loop *loop, struct buf *why);
/* The su_root_t, for the other files of this room. */
void *ua_root_su(const struct ua_root *r);
/* Sleeps until SIP comes, one of sofia-sip's timers is due or `loop` has something to do; handles
 * the SIP, with what callbacks asked for: an answer is on its way before our loop sends reports.
 * True when `loop` has something to do: give it a turn. */
bool ua_root_wait(struct ua_root *r);
void ua_root_free(struct ua_root *r); /* NULL is fine */

#endif
