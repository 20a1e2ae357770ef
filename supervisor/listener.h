/* listener: the listening sockets of the TCP and TLS doors.
 * Owns: their descriptors, accepting, and the pause when descriptors have run out.
 * Must not know: who may enter (stream.c). */
#ifndef EVERTRUNK_LISTENER_H
#define EVERTRUNK_LISTENER_H

#include "supervisor/door.h"

struct listeners;

/* A connection has been accepted; `fd` (non-blocking, close-on-exec) is the callee's. */
typedef void listener_fn(void *arg, uint16_t door, int fd, const struct addr *peer);

struct listener_hooks {
	void *arg;
	listener_fn *accepted;
};

/* Listens on every TCP and TLS door of the plan.  0 and *ret, or -errno with one line for the
 * operator in `why`. */
int listeners_new(struct loop *l, const struct door_plan *plan, const struct listener_hooks *hooks,
		  struct listeners **ret, struct buf *why);
void listeners_free(struct listeners *s); /* NULL is fine */

#endif
