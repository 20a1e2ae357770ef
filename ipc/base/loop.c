/* loop: libuv's room; see loop.h.
 * libuv gives a closed handle back only in a later turn, so every *_free() here stops the handle,
 * makes its callback unreachable at once, and leaves the memory to the close callback.
 * Out of memory while making anything but a loop_io (the only object that strangers can cause) ends
 * the process: a daemon that has lost a timer is worse than one that is started again. */
#include "ipc/base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "ipc/base/log.h"

#define SLOW_MS 100

struct loop {
	uv_loop_t uv; /* first: uv_loop_t * and struct loop * convert */
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	struct loop_defer *first, *last; /* waiting for the end of the turn */
	unsigned works;                  /* given to the pool, not yet done */
	bool running;                    /* inside uv_run */
};

struct loop_timer {
	uv_timer_t uv;
	struct loop *loop;
	const char *name;
	loop_fn *fn;
	void *arg;
};

struct loop_io {
	uv_poll_t uv;
	const char *name;
	loop_io_fn *fn;
	void *arg;
	unsigned want;
};

struct loop_signal {
	uv_signal_t uv;
	loop_signal_fn *fn;
	void *arg;
};

struct loop_child {
	uv_process_t uv;
	loop_exit_fn *fn;
	void *arg;
};

struct loop_work {
	uv_work_t uv;
	struct loop *loop;
	loop_fn *work;
	loop_fn *done;
	void *arg;
};

struct loop_defer {
	struct loop_defer *next, *prev;
	struct loop *loop;
	const char *name;
	loop_fn *fn;
	void *arg;
	bool queued;
};

static void *
alloc(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		log_fatal(LOG_LOOP, "out of memory");
	return p;
}

static void
must(int rc, const char *what)
{
	if (rc < 0)
		log_fatal(LOG_LOOP, "%s: %s", what, uv_strerror(rc));
}

/* The slow-callback guard: the coarse clock (4 ms) costs a quarter of the exact one. */
static int64_t
coarse_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
guard(const char *name, int64_t began)
{
	int64_t ms = coarse_ms() - began;

	if (ms > SLOW_MS)
		log_warn(LOG_LOOP, "callback %s held the loop for %lld ms", name, (long long)ms);
}

static void
free_handle(uv_handle_t *h)
{
	free(h);
}

/* ---- the loop ---- */

static void
run_deferred(struct loop *l)
{
	while (l->first) {
		struct loop_defer *d = l->first;
		const char *name = d->name;
		int64_t began = coarse_ms();

		loop_defer_cancel(d);
		d->fn(d->arg); /* may free d */
		guard(name, began);
	}
}

/* Before the loop sleeps: what timers and calls from outside the loop have left. */
static void
on_before_poll(uv_prepare_t *h)
{
	run_deferred(h->data);
}

/* After it has served the descriptors: the end of the turn proper. */
static void
on_after_poll(uv_check_t *h)
{
	run_deferred(h->data);
}

struct loop *
loop_new(void)
{
	struct loop *l = alloc(sizeof(*l));

	must(uv_loop_init(&l->uv), "event loop");
	uv_prepare_init(&l->uv, &l->before_poll);
	uv_check_init(&l->uv, &l->after_poll);
	l->before_poll.data = l;
	l->after_poll.data = l;
	uv_prepare_start(&l->before_poll, on_before_poll);
	uv_check_start(&l->after_poll, on_after_poll);
	return l;
}

static void
forget_child(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (h->type == UV_PROCESS && !uv_is_closing(h))
		uv_close(h, free_handle);
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->works > 0)
		uv_run(&l->uv, UV_RUN_ONCE);
	uv_walk(&l->uv, forget_child, NULL); /* children that outlive us are not waited for */
	uv_close((uv_handle_t *)&l->before_poll, NULL);
	uv_close((uv_handle_t *)&l->after_poll, NULL);
	uv_run(&l->uv, UV_RUN_NOWAIT); /* the close callbacks */
	must(uv_loop_close(&l->uv), "an object was not freed before its loop");
	free(l);
}

void
loop_run(struct loop *l)
{
	l->running = true;
	uv_run(&l->uv, UV_RUN_DEFAULT);
	l->running = false;
}

void
loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

void
loop_turn(struct loop *l)
{
	l->running = true;
	uv_run(&l->uv, UV_RUN_NOWAIT);
	l->running = false;
}

int
loop_fd(struct loop *l)
{
	return uv_backend_fd(&l->uv);
}

/* Outside of uv_run libuv's idea of the time is as old as the last turn; timers are counted from
 * it and would fire too early. */
static void
refresh(struct loop *l)
{
	if (!l->running)
		uv_update_time(&l->uv);
}

int
loop_timeout(struct loop *l)
{
	refresh(l);
	return l->first ? 0 : uv_backend_timeout(&l->uv);
}

struct mono
loop_now(struct loop *l)
{
	refresh(l);
	return (struct mono){(int64_t)uv_now(&l->uv) * 1000000};
}

/* ---- the end of the turn ---- */

struct loop_defer *
loop_defer_new(struct loop *l, const char *name, loop_fn *fn, void *arg)
{
	struct loop_defer *d = alloc(sizeof(*d));

	d->loop = l;
	d->name = name;
	d->fn = fn;
	d->arg = arg;
	return d;
}

void
loop_defer(struct loop_defer *d)
{
	struct loop *l = d->loop;

	if (d->queued)
		return;
	d->queued = true;
	d->prev = l->last;
	d->next = NULL;
	if (l->last)
		l->last->next = d;
	else
		l->first = d;
	l->last = d;
}

void
loop_defer_cancel(struct loop_defer *d)
{
	struct loop *l = d->loop;

	if (!d->queued)
		return;
	d->queued = false;
	if (d->prev)
		d->prev->next = d->next;
	else
		l->first = d->next;
	if (d->next)
		d->next->prev = d->prev;
	else
		l->last = d->prev;
}

void
loop_defer_free(struct loop_defer *d)
{
	if (!d)
		return;
	loop_defer_cancel(d);
	free(d);
}

/* ---- timers ---- */

static void
on_timer(uv_timer_t *h)
{
	struct loop_timer *t = (struct loop_timer *)h;
	const char *name = t->name;
	int64_t began = coarse_ms();

	t->fn(t->arg);
	guard(name, began);
}

struct loop_timer *
loop_timer_new(struct loop *l, const char *name, loop_fn *fn, void *arg)
{
	struct loop_timer *t = alloc(sizeof(*t));

	t->loop = l;
	t->name = name;
	t->fn = fn;
	t->arg = arg;
	uv_timer_init(&l->uv, &t->uv);
	return t;
}

static void
start_timer(struct loop_timer *t, int64_t ms, int64_t repeat)
{
	refresh(t->loop);
	uv_timer_start(&t->uv, on_timer, ms > 0 ? (uint64_t)ms : 0, (uint64_t)repeat);
}

void
loop_timer_once(struct loop_timer *t, int64_t ms)
{
	start_timer(t, ms, 0);
}

void
loop_timer_every(struct loop_timer *t, int64_t ms)
{
	start_timer(t, ms, ms > 0 ? ms : 1);
}

void
loop_timer_stop(struct loop_timer *t)
{
	uv_timer_stop(&t->uv);
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t)
		uv_close((uv_handle_t *)t, free_handle);
}

/* ---- descriptors ---- */

static void
on_io(uv_poll_t *h, int status, int events)
{
	struct loop_io *io = (struct loop_io *)h;
	const char *name = io->name;
	int64_t began = coarse_ms();
	unsigned seen =
	    (events & UV_READABLE ? LOOP_READ : 0u) | (events & UV_WRITABLE ? LOOP_WRITE : 0u);

	/* libuv stops watching a descriptor that has an error waiting.  The owner learns the error
	 * from its own read or write, so tell it that what it waits for is possible. */
	if (status < 0) {
		seen = io->want;
		io->want = 0;
		loop_io_want(io, seen);
	}
	if (seen)
		io->fn(io->arg, seen);
	guard(name, began);
}

struct loop_io *
loop_io_new(struct loop *l, const char *name, int fd, loop_io_fn *fn, void *arg)
{
	struct loop_io *io = calloc(1, sizeof(*io));
	int rc;

	if (!io)
		return NULL;
	rc = uv_poll_init(&l->uv, &io->uv, fd);
	if (rc < 0) { /* libuv has not yet seen the handle */
		free(io);
		errno = -rc;
		return NULL;
	}
	io->name = name;
	io->fn = fn;
	io->arg = arg;
	return io;
}

void
loop_io_want(struct loop_io *io, unsigned events)
{
	int uv = (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);

	if (events == io->want)
		return;
	io->want = events;
	must(uv ? uv_poll_start(&io->uv, uv, on_io) : uv_poll_stop(&io->uv), io->name);
}

void
loop_io_free(struct loop_io *io)
{
	if (io)
		uv_close((uv_handle_t *)io, free_handle); /* leaves epoll before it returns */
}

/* ---- signals ---- */

static void
on_signal(uv_signal_t *h, int signo)
{
	struct loop_signal *s = (struct loop_signal *)h;
	int64_t began = coarse_ms();

	s->fn(s->arg, signo);
	guard(strsignal(signo), began);
}

struct loop_signal *
loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
	struct loop_signal *s = alloc(sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	must(uv_signal_init(&l->uv, &s->uv), "signal");
	must(uv_signal_start(&s->uv, on_signal, signo), strsignal(signo));
	return s;
}

void
loop_signal_free(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)s, free_handle);
}

/* ---- children ---- */

static void
on_exit_child(uv_process_t *h, int64_t code, int signo)
{
	struct loop_child *c = (struct loop_child *)h;
	int64_t began = coarse_ms();

	c->fn(c->arg, h->pid, W_EXITCODE((int)code, signo));
	guard("child exit", began);
	uv_close((uv_handle_t *)h, free_handle);
}

int
loop_spawn(struct loop *l, char *const argv[], const int *fds, int nfds, loop_exit_fn *fn,
	   void *arg, struct loop_child **ret)
{
	uv_stdio_container_t stdio[3 + LOOP_SPAWN_FDS] = {
	    {.flags = UV_IGNORE},
	    {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
	    {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
	};
	uv_process_options_t options = {
	    .exit_cb = on_exit_child,
	    .file = argv[0],
	    .args = (char **)(uintptr_t)argv, /* libuv forgot the const; it only reads */
	    .flags = UV_PROCESS_DETACHED,
	    .stdio = stdio,
	    .stdio_count = 3 + nfds,
	};
	struct loop_child *c;
	int rc;

	if (nfds < 0 || nfds > LOOP_SPAWN_FDS)
		return -EINVAL;
	for (int i = 0; i < nfds; i++) {
		stdio[3 + i].flags = UV_INHERIT_FD;
		stdio[3 + i].data.fd = fds[i];
	}
	/* What we were born with (a shell's descriptors, systemd's) may lack the mark. */
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	c = alloc(sizeof(*c));
	c->fn = fn;
	c->arg = arg;
	rc = uv_spawn(&l->uv, &c->uv, &options);
	if (rc < 0) {
		uv_close((uv_handle_t *)&c->uv, free_handle);
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

static void
on_work_done(uv_work_t *req, int status)
{
	struct loop_work *w = (struct loop_work *)req;
	int64_t began = coarse_ms();

	(void)status; /* only ever cancelled by us, and we never do */
	w->loop->works--;
	w->done(w->arg);
	guard("work done", began);
	free(w);
}

int
loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *arg)
{
	struct loop_work *w = alloc(sizeof(*w));
	int rc;

	w->loop = l;
	w->work = work;
	w->done = done;
	w->arg = arg;
	rc = uv_queue_work(&l->uv, &w->uv, on_pool_thread, on_work_done);
	if (rc < 0)
		free(w);
	else
		l->works++;
	return rc;
}
