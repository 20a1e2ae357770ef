/* channel_pair: both ends of a channel on a real loop, and what each has been told. */
#ifndef EVERTRUNK_TESTS_CHANNEL_PAIR_H
#define EVERTRUNK_TESTS_CHANNEL_PAIR_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/message.h"

struct end {
	struct channel *c;
	struct end *answer_to; /* a READY here sends a STOP there */
	unsigned last_pid;
	unsigned messages, begins, gone;
	int why;
	bool free_at_message, free_at_gone, misaligned, disorder;
};

struct pair {
	struct loop *loop;
	struct end sup, wrk;
	int fd[2]; /* supervisor's, worker's; -1 when a channel owns it */
};

static inline void
on_message(void *arg, enum message_type type, const void *payload)
{
	struct end *e = arg;
	const struct msg_hello *hello = payload;
	const struct msg_call_begin *begin = payload;

	e->messages++;
	e->misaligned = e->misaligned || (uintptr_t)payload % 8 != 0;
	if (type == MSG_HELLO) {
		e->disorder = e->disorder || hello->pid != e->last_pid + 1;
		e->last_pid = hello->pid;
	}
	if (type == MSG_CALL_BEGIN) {
		e->disorder = e->disorder || begin->call_id_len != e->begins % 256;
		e->begins++;
	}
	if (type == MSG_READY && e->answer_to)
		channel_send(e->answer_to->c, MSG_STOP, &(struct msg_stop){{0, 0}});
	if (e->free_at_message) {
		channel_free(e->c);
		e->c = NULL;
	}
}

static inline void
on_gone(void *arg, int why)
{
	struct end *e = arg;

	e->gone++;
	e->why = why;
	if (e->free_at_gone) {
		channel_free(e->c);
		e->c = NULL;
	}
}

static inline int
setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	p->loop = loop_new();
	if (channel_pair(p->fd) < 0)
		return -1;
	p->sup.c = channel_new(p->loop, p->fd[0], TO_SUPERVISOR,
			       &(struct channel_hooks){on_message, on_gone, &p->sup});
	p->fd[0] = -1;
	*state = p;
	return 0;
}

static inline void
open_worker(struct pair *p)
{
	p->wrk.c = channel_new(p->loop, p->fd[1], TO_WORKER,
			       &(struct channel_hooks){on_message, on_gone, &p->wrk});
	p->fd[1] = -1;
}

static inline int
teardown(void **state)
{
	struct pair *p = *state;

	channel_free(p->sup.c);
	channel_free(p->wrk.c);
	loop_free(p->loop);
	if (p->fd[1] >= 0)
		close(p->fd[1]);
	free(p);
	return 0;
}

static inline void
turns(struct pair *p, int n)
{
	while (n-- > 0)
		loop_turn(p->loop);
}

static inline int
hello(struct pair *p, unsigned pid)
{
	return channel_send(p->wrk.c, MSG_HELLO, &(struct msg_hello){MESSAGE_VERSION, pid});
}

#endif
