/* door: the trunk-facing UDP sockets and the inner ones, in batches.
 * Owns: their descriptors, from start to end of the supervisor.  A door never closes and never
 * refuses; what is said through it is flow.c's business.  (TCP doors: stream.c.) */
#ifndef EVERTRUNK_DOOR_H
#define EVERTRUNK_DOOR_H

#include "ipc/base/loop.h"
#include "supervisor/scan.h"
#include "supervisor/way.h"

struct doors;

/* A message as scanned; on anything but SCAN_OK `m` holds what was understood. */
typedef void door_message_fn(void *arg, const struct way *from, enum scan_result scanned,
			     struct sip_msg *m);
/* Everything of one read has been handed over: what was answered may leave. */
typedef void door_batch_fn(void *arg);

/* Binds every UDP door of `spec`, and `inner` once for each of the two worker sockets, connected to
 * it: the kernel lets nobody else in.  0 and *ret, or -errno with one line for
 * the operator in `why`. */
int doors_new(struct loop *l, const struct door_spec *spec, size_t n, const struct addr *inner,
	      const struct addr worker[2], door_message_fn *message, door_batch_fn *batch,
	      void *arg, struct doors **ret, struct buf *why);
/* Limits of one message, also after a reload. */
void doors_limits(struct doors *d, const struct scan_limits *limits);
/* Sends `n` datagrams out of one door (index, or WAY_INNER(slot)) with as few system calls as there
 * can be; what the kernel does not take is counted and dropped, as UDP may. */
struct door_out {
	const struct addr *to;
	const char *p;
	size_t n;
};
void doors_send(struct doors *d, uint16_t door, const struct door_out *out, unsigned n);
void doors_free(struct doors *d);

#endif
