/* link: the worker's end of the channel: HELLO, READY, BEAT, the calls and NOTIFIED out; START,
 * LEVEL, DRAIN, CUT, NOTIFY and STOP in, by one table indexed by message type.
 * Owns: the channel, the heartbeat.  Must not know: what an order means for calls. */
#ifndef EVERTRUNK_LINK_H
#define EVERTRUNK_LINK_H

#include <stdbool.h>

#include "ipc/base/loop.h"
#include "ipc/messages.h"

struct link;

/* What the supervisor orders. */
struct link_orders {
	void (*start)(void *arg, const struct msg_start *start);
	void (*level)(void *arg);             /* the log filter has changed */
	void (*mailboxes)(void *arg, int fd); /* a new table; theirs to close */
	void (*drain)(void *arg, uint32_t deadline_ms);
	void (*cut)(void *arg);
	void (*notify)(void *arg, const struct msg_notify *order);
	void (*own)(void *arg, bool own);                        /* the queue of messages */
	void (*order)(void *arg, const struct msg_order *order); /* about that queue */
	void (*stop)(void *arg);
	void (*gone)(void *arg, int why); /* no supervisor any more: 0 closed, -errno broken */
	void (*beat)(void *arg, struct msg_beat *beat); /* fill in a heartbeat */
};

/* Takes over the descriptor and says HELLO.  NULL when out of memory. */
struct link *link_new(struct loop *loop, int fd, const struct link_orders *orders, void *arg);
/* Says READY and begins to send heartbeats, every `heartbeat` ms. */
void link_ready(struct link *l, uint32_t salvaged, int64_t heartbeat);
/* One more heartbeat, now: before exit, so that no count is lost. */
void link_beat(struct link *l);
/* One more in 0.2 s at the latest, with whatever has changed until then; the end of a call asks for
 * one by itself. */
void link_beat_soon(struct link *l);
void link_call_begin(struct link *l, const struct msg_call_begin *begin);
void link_call_end(struct link *l, const struct msg_call_end *end);
void link_notified(struct link *l, const struct msg_notified *said);
void link_said(struct link *l, const struct msg_said *said);
/* Sends what waits and closes; NULL is fine. */
void link_free(struct link *l);

#endif
