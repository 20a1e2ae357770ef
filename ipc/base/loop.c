/* loop: the first file of libuv's room: the loop, the end of its turns, timers; see loop.h.
 * libuv gives a closed handle back only in a later turn, so every *_free() here stops the handle,
 * makes its callback unreachable at once, and leaves the memory to the close callback.
 * Out of memory while making anything but a loop_io (the only object that strangers can cause) ends
 * the process: a daemon that has lost a timer is worse than one that is started again. */
#include "ipc/base/loop.h"

#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "ipc/base/log.h"
#include "ipc/base/loop_uv.h"

#define SLOW_MS 100

struct loop {
	uv_loop_t uv; /* first: uv_loop_t * and struct loop * convert */
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	struct loop_defer *first, *last; /* waiting for the end of the turn */
	int works;                       /* given to the pool, not yet done */
	struct loop_slow slow;
	bool running; /* inside uv_run */
};

struct loop_timer {
	uv_timer_t uv;
	struct loop *loop;
	const char *name;
	loop_fn *fn;
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

void *
loop_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		log_fatal(LOG_LOOP, "out of memory");
	return p;
}

void
loop_must(int rc, const char *what)
{
	if (rc < 0)
		log_fatal(LOG_LOOP, "%s: %s", what, uv_strerror(rc));
}

/* The coarse clock (4 ms) costs a quarter of the exact one. */
int64_t
loop_guard_begin(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
loop_guard_end(const char *name, int64_t began)
{
	int64_t ms = loop_guard_begin() - began;

	if (ms > SLOW_MS)
		log_warn(LOG_LOOP, "callback %s held the loop for %lld ms", name, (long long)ms);
}

void
loop_free_handle(uv_handle_t *h)
{
	free(h);
}

uv_loop_t *
loop_uv(struct loop *l)
{
	return &l->uv;
}

struct loop_slow *
loop_slow(struct loop *l)
{
	return &l->slow;
}

void
loop_busy(struct loop *l, int by)
{
	l->works += by;
}

/* ---- the loop ---- */

static void
run_deferred(struct loop *l)
{
	while (l->first) {
		struct loop_defer *d = l->first;
		const char *name = d->name;
		int64_t began = loop_guard_begin();

		loop_defer_cancel(d);
		d->fn(d->arg); /* may free d */
		loop_guard_end(name, began);
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
	struct loop *l = loop_alloc(sizeof(*l));

	loop_must(uv_loop_init(&l->uv), "event loop");
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
		uv_close(h, loop_free_handle);
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
	loop_must(uv_loop_close(&l->uv), "an object was not freed before its loop");
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
	struct loop_defer *d = loop_alloc(sizeof(*d));

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
	int64_t began = loop_guard_begin();

	t->fn(t->arg);
	loop_guard_end(name, began);
}

struct loop_timer *
loop_timer_new(struct loop *l, const char *name, loop_fn *fn, void *arg)
{
	struct loop_timer *t = loop_alloc(sizeof(*t));

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
		uv_close((uv_handle_t *)t, loop_free_handle);
}
