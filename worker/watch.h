/* watch: Maildirs whose counts are wanted, and who says when they change: inotify on new/ and cur/;
 * for a Maildir that is not there yet on the folder that it will appear in; for what cannot be
 * watched a look now and then.
 * Owns: the inotify descriptor, which folder has which watch.
 * Must not know: whose a Maildir is, what is done with the counts.  Blocks on the disk: not for the
 * thread of media and calls. */
#ifndef EVERTRUNK_WATCH_H
#define EVERTRUNK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/clock.h"
#include "worker/tally.h"

struct watch;

/* The counts of Maildir `i`, whether they have changed or not.  A Maildir that was never there has
 * none. */
typedef void watch_fn(void *arg, uint32_t i, const struct tally *t);

struct watch *watch_new(watch_fn *fn, void *arg); /* NULL: out of memory */
/* One more, numbered from 0; `folder` must outlive the watch.  `counted`: it has been there before,
 * so that it counts as empty if it is missing now.  0 or -ENOMEM. */
int watch_add(struct watch *w, const char *folder, bool counted);
/* A folder whose new entries are to be told by watch_root_changed(). */
void watch_root(struct watch *w, const char *folder);
/* True once after something has appeared there. */
bool watch_root_changed(struct watch *w);
/* Readable when there is something to read; -1: nothing can be watched, it is all looked at. */
int watch_fd(const struct watch *w);
/* Takes what the kernel has noticed; does not block. */
void watch_read(struct watch *w, struct mono now);
/* Counts what has changed, some at a time.  How many ms until there is more to do. */
int64_t watch_work(struct watch *w, struct mono now);
void watch_free(struct watch *w); /* NULL is fine */

#endif
