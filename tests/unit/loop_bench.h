/* loop_bench: a real loop, what the callbacks of a test share, and an end to a test that hangs. */
#ifndef EVERTRUNK_TESTS_LOOP_BENCH_H
#define EVERTRUNK_TESTS_LOOP_BENCH_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/base/loop.h"

/* What a test's callbacks share; `patience` ends a test that hangs. */
struct bench {
	struct loop *loop;
	struct loop_timer *patience, *timer, *other;
	struct loop_io *io;
	struct loop_defer *defer, *defer2;
	int fd[2];
	int count;
	int status;
	unsigned events;
	char trace[16];
	bool late;
};

static inline void
on_patience(void *arg)
{
	struct bench *b = arg;

	b->late = true;
	loop_stop(b->loop);
}

static inline int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->loop = loop_new();
	b->patience = loop_timer_new(b->loop, "patience", on_patience, b);
	b->fd[0] = b->fd[1] = -1;
	*state = b;
	return 0;
}

static inline int
teardown(void **state)
{
	struct bench *b = *state;

	loop_timer_free(b->patience);
	loop_timer_free(b->timer);
	loop_timer_free(b->other);
	loop_io_free(b->io);
	loop_defer_free(b->defer);
	loop_defer_free(b->defer2);
	loop_free(b->loop);
	if (b->fd[0] >= 0)
		close(b->fd[0]);
	if (b->fd[1] >= 0)
		close(b->fd[1]);
	free(b);
	return 0;
}

static inline void
run(struct bench *b)
{
	struct mono began = clock_now();

	loop_timer_once(b->patience, 5000);
	loop_run(b->loop);
	assert_false(b->late);
	assert_in_range(mono_ms(began, clock_now()), 0, 4500);
	loop_timer_stop(b->patience);
}

#endif
