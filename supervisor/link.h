/* link: one worker's channel, from the supervisor's side: what it says, checked and in order.
 * Owns: the table of handlers, one for each message that a worker may send.
 * Must not know: slots, states.  A worker that speaks nonsense is reported once and heard no more;
 * what becomes of it is decided elsewhere. */
#ifndef EVERTRUNK_SUPERVISOR_LINK_H
#define EVERTRUNK_SUPERVISOR_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ipc/base/log.h"
#include "ipc/base/loop.h"
#include "ipc/messages.h"

struct link;

struct link_events {
	void *arg;
	void (*ready)(void *arg, const struct msg_ready *m);
	void (*beat)(void *arg, const struct msg_beat *m);
	/* The supervisor's own self-test calls are left out. */
	void (*call_begin)(void *arg, const struct msg_call_begin *m);
	void (*call_end)(void *arg, const struct msg_call_end *m);
	void (*notified)(void *arg, const struct msg_notified *m);
	void (*said)(void *arg, const struct msg_said *m);
	/* Nothing more comes or is sent.  `closed`: the other end is shut, as when the process
	 * ends; otherwise it spoke nonsense, which `why` tells. */
	void (*gone)(void *arg, bool closed, const char *why);
};

struct link_worker {
	uint32_t generation;
	uint32_t slot; /* 0 = A, 1 = B */
	pid_t pid;
};

/* Takes ownership of `fd` and sends START.  `events` must outlive the link.  NULL: no memory. */
struct link *link_new(struct loop *l, int fd, const struct link_worker *w,
		      const struct link_events *events);
/* Orders.  Nothing is reported back: a worker that does not read them is found by its probes. */
void link_drain(struct link *k, int64_t deadline_ms);
void link_cut(struct link *k);
void link_notify(struct link *k, const struct msg_notify *m);
void link_own(struct link *k, bool own);
void link_order(struct link *k, const struct msg_order *m);
void link_stop(struct link *k);
void link_level(struct link *k, int room, enum log_level level);
/* New mailboxes; `fd` stays the caller's. */
void link_mailboxes(struct link *k, int fd, size_t bytes);
void link_free(struct link *k); /* NULL is fine; safe inside its own events */

/* Whether the table has a handler for this type (the test compares it with messages.h). */
bool link_handles(unsigned type);

#endif
