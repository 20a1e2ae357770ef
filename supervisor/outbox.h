/* outbox: what leaves in this turn: messages are written straight into one arena and go out
 * together, neighbours with the same way in one system call.
 * Owns: the arena.  Must not know: what is sent, or why. */
#ifndef EVERTRUNK_OUTBOX_H
#define EVERTRUNK_OUTBOX_H

#include "supervisor/stream.h"

struct outbox;

struct outbox *outbox_new(void); /* NULL when out of memory */
/* Where to send; set once both are open. */
void outbox_connect(struct outbox *o, struct doors *doors, struct streams *streams);
/* A place for one message of at most 72 KiB; write it, then outbox_commit() or forget it. */
struct buf outbox_begin(struct outbox *o);
/* Sends what was written.  A message that did not fit is dropped and counted. */
void outbox_commit(struct outbox *o, const struct buf *b, const struct way *to);
void outbox_flush(struct outbox *o);
void outbox_free(struct outbox *o);

#endif
