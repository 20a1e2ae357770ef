/* loop_uv: what the files of libuv's room (loop.c, loop_fd.c, loop_child.c) share.
 * Nobody else includes it: it is the one header that knows libuv's names. */
#ifndef EVERTRUNK_LOOP_UV_H
#define EVERTRUNK_LOOP_UV_H

#include <stddef.h>
#include <stdint.h>

struct loop;
struct uv_loop_s;
struct uv_handle_s;

struct uv_loop_s *loop_uv(struct loop *l);

/* Slow work: what is on the pool, and what waits for it. */
struct loop_slow {
	struct loop_work *first, *last;
	int running;
};
struct loop_slow *loop_slow(struct loop *l);

/* The close callback of everything that was malloced with its handle first. */
void loop_free_handle(struct uv_handle_s *h);
/* Zeroed memory, or the end of the process. */
void *loop_alloc(size_t n);
/* Ends the process when rc is an error: `what` says of what. */
void loop_must(int rc, const char *what);
/* Counts what loop_free() has to wait for. */
void loop_busy(struct loop *l, int by);

/* Around every callback: warns when it took longer than 100 ms.  `name` must outlive the callback,
 * which may free its own object. */
int64_t loop_guard_begin(void);
void loop_guard_end(const char *name, int64_t began);

#endif
