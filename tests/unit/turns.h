/* turns: a loop that works for a while beside a test that talks to it. */
#ifndef EVERTRUNK_TESTS_TURNS_H
#define EVERTRUNK_TESTS_TURNS_H

#include <poll.h>

#include "ipc/base/loop.h"

static inline void
turns(struct loop *loop, int64_t ms)
{
	struct mono end = mono_add(clock_now(), ms);

	do {
		struct pollfd p = {.fd = loop_fd(loop), .events = POLLIN};
		int wait = loop_timeout(loop);

		poll(&p, 1, wait < 0 || wait > 5 ? 5 : wait);
		loop_turn(loop);
	} while (!mono_due(end, clock_now()));
}

#endif
