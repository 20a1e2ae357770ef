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

/* Which doors there are, and who hears what comes through them. */
struct door_plan {
	const struct door_spec *spec; /* conf_doors(); lives as long as the doors */
	size_t n;
	struct addr inner;     /* where the workers send to */
	struct addr worker[2]; /* their SIP sockets, slot A and B */
	void *arg;
	door_message_fn *message;
	door_batch_fn *batch;
	/* whether a connection from this source is a trunk's; others get one request answered */
	bool (*known)(void *arg, const struct addr *source);
	/* whether it is to find this port closed now (trunk.outage = silence) */
	bool (*closed)(void *arg, const struct addr *source);
};

/* Binds every UDP door, and the inner address once for each worker, connected to it: the kernel
 * lets nobody else in.  0 and *ret, or -errno with one line for the operator in `why`. */
int doors_new(struct loop *l, const struct door_plan *plan, struct doors **ret, struct buf *why);
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
