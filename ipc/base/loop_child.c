/* loop_child: the part of libuv's room that starts processes and uses the thread pool; see
 * loop.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "ipc/base/loop.h"
#include "ipc/base/loop_uv.h"

struct loop_child {
	uv_process_t uv;
	loop_exit_fn *fn;
	void *arg;
};

/* libuv's pool has four threads: one stays free for what is quick. */
enum { SLOW_MAX = 3 };

struct loop_work {
	uv_work_t uv;
	struct loop *loop;
	struct loop_work *next; /* of the slow ones that wait */
	bool slow;
	loop_fn *work;
	loop_fn *done;
	void *arg;
};

static void
on_exit_child(uv_process_t *h, int64_t code, int signo)
{
	struct loop_child *c = (struct loop_child *)h;
	int64_t began = loop_guard_begin();

	c->fn(c->arg, h->pid, W_EXITCODE((int)code, signo));
	loop_guard_end("child exit", began);
	uv_close((uv_handle_t *)h, loop_free_handle);
}

int
loop_spawn(struct loop *l, const struct loop_program *p, struct loop_child **ret)
{
	uv_stdio_container_t stdio[3 + LOOP_SPAWN_FDS] = {
	    {.flags = UV_IGNORE},
	    {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
	    {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
	};
	uv_process_options_t options = {
	    .exit_cb = on_exit_child,
	    .file = p->argv[0],
	    .args = (char **)(uintptr_t)p->argv, /* libuv forgot the const; it only reads */
	    .flags = UV_PROCESS_DETACHED,
	    .stdio = stdio,
	    .stdio_count = 3 + p->nfds,
	};
	struct loop_child *c;
	int rc;

	if (p->nfds < 0 || p->nfds > LOOP_SPAWN_FDS)
		return -EINVAL;
	for (int i = 0; i < p->nfds; i++) {
		stdio[3 + i].flags = UV_INHERIT_FD;
		stdio[3 + i].data.fd = p->fds[i];
	}
	/* What we were born with (a shell's descriptors, systemd's) may lack the mark. */
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	c = loop_alloc(sizeof(*c));
	c->fn = p->fn;
	c->arg = p->arg;
	rc = uv_spawn(loop_uv(l), &c->uv, &options);
	if (rc < 0) {
		uv_close((uv_handle_t *)&c->uv, loop_free_handle);
		return rc;
	}
	*ret = c;
	return 0;
}

pid_t
loop_child_pid(const struct loop_child *c)
{
	return c->uv.pid;
}

/* ---- the thread pool ---- */

static void
on_pool_thread(uv_work_t *req)
{
	struct loop_work *w = (struct loop_work *)req;

	w->work(w->arg);
}

static void slow_next(struct loop *l);

static void
on_work_done(uv_work_t *req, int status)
{
	struct loop_work *w = (struct loop_work *)req;
	int64_t began = loop_guard_begin();

	(void)status; /* only ever cancelled by us, and we never do */
	loop_busy(w->loop, -1);
	if (w->slow) {
		loop_slow(w->loop)->running--;
		slow_next(w->loop);
	}
	w->done(w->arg);
	loop_guard_end("work done", began);
	free(w);
}

static void
slow_next(struct loop *l)
{
	struct loop_slow *s = loop_slow(l);

	while (s->first && s->running < SLOW_MAX) {
		struct loop_work *w = s->first;
		s->first = w->next;
		s->running++;
		loop_must(uv_queue_work(loop_uv(l), &w->uv, on_pool_thread, on_work_done), "work");
	}
}

static struct loop_work *
work_new(struct loop *l, loop_fn *work, loop_fn *done, void *arg)
{
	struct loop_work *w = loop_alloc(sizeof(*w));

	w->loop = l;
	w->work = work;
	w->done = done;
	w->arg = arg;
	return w;
}

void
loop_work_slow(struct loop *l, loop_fn *work, loop_fn *done, void *arg)
{
	struct loop_work *w = work_new(l, work, done, arg);
	struct loop_slow *s = loop_slow(l);

	w->slow = true;
	if (s->first)
		s->last->next = w;
	else
		s->first = w;
	s->last = w;
	loop_busy(l, 1);
	slow_next(l);
}

int
loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *arg)
{
	struct loop_work *w = work_new(l, work, done, arg);
	const int rc = uv_queue_work(loop_uv(l), &w->uv, on_pool_thread, on_work_done);
	if (rc < 0)
		free(w);
	else
		loop_busy(l, 1);
	return rc;
}
