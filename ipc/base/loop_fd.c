/* loop_fd: the part of libuv's room that watches descriptors and signals; see loop.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "ipc/base/loop.h"
#include "ipc/base/loop_uv.h"

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

static void
on_io(uv_poll_t *h, int status, int events)
{
	struct loop_io *io = (struct loop_io *)h;
	const char *name = io->name;
	int64_t began = loop_guard_begin();
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
	loop_guard_end(name, began);
}

struct loop_io *
loop_io_new(struct loop *l, const char *name, int fd, loop_io_fn *fn, void *arg)
{
	struct loop_io *io = calloc(1, sizeof(*io));
	int rc;

	if (!io)
		return NULL;
	rc = uv_poll_init(loop_uv(l), &io->uv, fd);
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
	loop_must(uv ? uv_poll_start(&io->uv, uv, on_io) : uv_poll_stop(&io->uv), io->name);
}

void
loop_io_free(struct loop_io *io)
{
	if (io)
		uv_close((uv_handle_t *)io, loop_free_handle); /* leaves epoll before it returns */
}

/* ---- signals ---- */

static void
on_signal(uv_signal_t *h, int signo)
{
	struct loop_signal *s = (struct loop_signal *)h;
	int64_t began = loop_guard_begin();

	s->fn(s->arg, signo);
	loop_guard_end(strsignal(signo), began);
}

struct loop_signal *
loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
	struct loop_signal *s = loop_alloc(sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	loop_must(uv_signal_init(loop_uv(l), &s->uv), "signal");
	loop_must(uv_signal_start(&s->uv, on_signal, signo), strsignal(signo));
	return s;
}

void
loop_signal_free(struct loop_signal *s)
{
	if (s)
		uv_close((uv_handle_t *)s, loop_free_handle);
}
