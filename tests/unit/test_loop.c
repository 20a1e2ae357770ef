/* test_loop: the promises of loop.h, on a real loop: what is freed is not called, a descriptor may
 * be closed at once, an idle loop sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "tests/unit/loop_bench.h"

static void
add(struct bench *b, const char *c)
{
	strncat(b->trace, c, sizeof(b->trace) - strlen(b->trace) - 1);
}

static void
count_to_three(void *arg)
{
	struct bench *b = arg;

	if (++b->count < 3)
		return;
	loop_timer_free(b->timer); /* in its own callback */
	b->timer = NULL;
	loop_stop(b->loop);
}

static void
test_timer(void **state)
{
	struct bench *b = *state;
	struct mono began = clock_now();
	int64_t took;

	b->timer = loop_timer_new(b->loop, "every", count_to_three, b);
	b->other = loop_timer_new(b->loop, "stopped", on_patience, b);
	loop_timer_once(b->other, 10);
	loop_timer_stop(b->other);
	loop_timer_every(b->timer, 20);
	run(b);
	took = mono_ms(began, clock_now());
	assert_int_equal(b->count, 3);
	assert_in_range(took, 58, 1000);
}

/* A timer that is set between two turns counts from now, not from the last turn. */
static void
test_timer_outside(void **state)
{
	struct bench *b = *state;
	struct timespec nap = {0, 200000000};
	struct mono before;

	b->timer = loop_timer_new(b->loop, "late", count_to_three, b);
	loop_turn(b->loop);
	nanosleep(&nap, NULL);
	before = loop_now(b->loop);
	assert_in_range(mono_ms(before, clock_now()), 0, 150);
	loop_timer_once(b->timer, 100);
	assert_in_range(loop_timeout(b->loop), 1, 100);
	loop_turn(b->loop);
	assert_int_equal(b->count, 0);
	while (b->count == 0 && mono_ms(before, clock_now()) < 2000)
		loop_turn(b->loop);
	assert_int_equal(b->count, 1);
	assert_true(mono_ms(before, clock_now()) >= 100);
}

static void
on_io(void *arg, unsigned events)
{
	struct bench *b = arg;

	b->count++;
	b->events = events;
	loop_stop(b->loop);
}

static void
test_io(void **state)
{
	struct bench *b = *state;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b->fd), 0);
	b->io = loop_io_new(b->loop, "pair", b->fd[0], on_io, b);
	assert_non_null(b->io);
	assert_null(loop_io_new(b->loop, "closed", 999, on_io, b));
	assert_int_equal(errno, EBADF);
	loop_io_want(b->io, LOOP_READ | LOOP_WRITE);
	run(b);
	assert_int_equal(b->events, LOOP_WRITE);
	assert_int_equal(write(b->fd[1], "x", 1), 1);
	loop_io_want(b->io, LOOP_READ);
	run(b);
	assert_int_equal(b->events, LOOP_READ);
	run(b); /* level-triggered: the byte is still there */
	assert_int_equal(b->count, 3);
	loop_io_want(b->io, 0);
	loop_turn(b->loop);
	loop_turn(b->loop);
	assert_int_equal(b->count, 3);
}

static void
free_and_close(void *arg, unsigned events)
{
	struct bench *b = arg;

	(void)events;
	b->count++;
	loop_io_free(b->io);
	b->io = NULL;
	close(b->fd[0]);
	/* The number is taken again at once by something that the loop must not touch. */
	b->fd[0] = dup(b->fd[1]);
	loop_stop(b->loop);
}

static void
test_io_free_inside(void **state)
{
	struct bench *b = *state;
	int number;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b->fd), 0);
	number = b->fd[0];
	b->io = loop_io_new(b->loop, "pair", b->fd[0], free_and_close, b);
	loop_io_want(b->io, LOOP_READ | LOOP_WRITE);
	assert_int_equal(write(b->fd[1], "x", 1), 1);
	run(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->fd[0], number);
	b->io = loop_io_new(b->loop, "again", b->fd[0], on_io, b);
	assert_non_null(b->io);
	loop_io_want(b->io, LOOP_WRITE);
	run(b);
	assert_int_equal(b->count, 2);
}

static int
udp_socket(struct sockaddr_in *ret)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(any);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&any, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &n), 0);
	*ret = any;
	return fd;
}

/* A port that is closed: the error is found by the owner's own read, and watching goes on. */
static void
test_io_error(void **state)
{
	struct bench *b = *state;
	struct sockaddr_in here, gone;
	char byte;
	int fd = udp_socket(&gone);

	close(fd);
	b->fd[0] = udp_socket(&here);
	assert_int_equal(connect(b->fd[0], (struct sockaddr *)&gone, sizeof(gone)), 0);
	b->io = loop_io_new(b->loop, "udp", b->fd[0], on_io, b);
	loop_io_want(b->io, LOOP_READ);
	assert_int_equal(send(b->fd[0], "x", 1, 0), 1);
	run(b);
	assert_int_equal(b->events, LOOP_READ);
	assert_int_equal(recv(b->fd[0], &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(send(b->fd[0], "x", 1, 0), 1);
	run(b);
	assert_int_equal(b->count, 2);
}

static void
on_signal(void *arg, int signo)
{
	struct bench *b = arg;

	b->status = signo;
	loop_stop(b->loop);
}

static void
test_signal(void **state)
{
	struct bench *b = *state;
	struct loop_signal *s = loop_signal_new(b->loop, SIGUSR1, on_signal, b);

	raise(SIGUSR1);
	run(b);
	assert_int_equal(b->status, SIGUSR1);
	loop_signal_free(s);
}

static void
say_d(void *arg)
{
	struct bench *b = arg;

	add(b, "d");
	if (b->defer2)
		loop_defer(b->defer2);
}

static void
say_e_and_free(void *arg)
{
	struct bench *b = arg;

	add(b, "e");
	loop_defer_free(b->defer2);
	b->defer2 = NULL;
}

static void
defer_from_timer(void *arg)
{
	struct bench *b = arg;

	add(b, "t");
	loop_defer(b->defer);
	loop_defer(b->defer);
}

static void
test_defer(void **state)
{
	struct bench *b = *state;

	b->defer = loop_defer_new(b->loop, "d", say_d, b);
	b->defer2 = loop_defer_new(b->loop, "e", say_e_and_free, b);
	b->timer = loop_timer_new(b->loop, "t", defer_from_timer, b);
	b->other = loop_timer_new(b->loop, "u", defer_from_timer, b);
	loop_timer_once(b->timer, 0);
	loop_timer_once(b->other, 0);
	loop_turn(b->loop);
	assert_string_equal(b->trace, "ttde"); /* once each, after all timers, chain included */
	assert_int_equal(loop_timeout(b->loop), -1);
	loop_defer(b->defer);
	assert_int_equal(loop_timeout(b->loop), 0);
	loop_turn(b->loop);
	assert_string_equal(b->trace, "ttded");
	loop_defer(b->defer);
	loop_defer_cancel(b->defer);
	assert_int_equal(loop_timeout(b->loop), -1);
	loop_turn(b->loop);
	assert_string_equal(b->trace, "ttded");
}

static void
stop_deferred(void *arg)
{
	struct bench *b = arg;

	add(b, "s");
	loop_stop(b->loop);
}

static void
defer_and_stop(void *arg, unsigned events)
{
	struct bench *b = arg;

	(void)events;
	loop_defer(b->defer);
	loop_stop(b->loop);
}

/* What a timer defers does not wait for the next event, and a turn that is stopped ends whole. */
static void
test_defer_when(void **state)
{
	struct bench *b = *state;

	b->defer = loop_defer_new(b->loop, "s", stop_deferred, b);
	b->timer = loop_timer_new(b->loop, "t", defer_from_timer, b);
	loop_timer_once(b->timer, 1);
	run(b);
	assert_string_equal(b->trace, "ts");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b->fd), 0);
	b->io = loop_io_new(b->loop, "pair", b->fd[0], defer_and_stop, b);
	loop_io_want(b->io, LOOP_WRITE);
	run(b);
	assert_string_equal(b->trace, "tss");
}

/* What a second event loop relies on: loop_fd() is readable exactly when there is work. */
static void
test_idle(void **state)
{
	struct bench *b = *state;
	struct loop_signal *s = loop_signal_new(b->loop, SIGUSR2, on_signal, b);
	struct pollfd p = {.fd = loop_fd(b->loop), .events = POLLIN};

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b->fd), 0);
	b->io = loop_io_new(b->loop, "pair", b->fd[0], on_io, b);
	loop_turn(b->loop);
	loop_io_want(b->io, LOOP_READ); /* libuv tells the kernel in its next turn */
	assert_int_equal(loop_timeout(b->loop), 0);
	loop_turn(b->loop);
	assert_int_equal(loop_timeout(b->loop), -1);
	assert_int_equal(poll(&p, 1, 50), 0);
	assert_int_equal(write(b->fd[1], "x", 1), 1);
	assert_int_equal(poll(&p, 1, 1000), 1);
	loop_turn(b->loop);
	assert_int_equal(b->count, 1);
	loop_signal_free(s);
}

static void
dawdle(void *arg)
{
	struct timespec nap = {0, 150000000};

	nanosleep(&nap, NULL);
	loop_stop(((struct bench *)arg)->loop);
}

static void
test_slow_callback(void **state)
{
	struct bench *b = *state;
	int saved = dup(STDERR_FILENO);
	char text[256] = "";

	assert_int_equal(pipe(b->fd), 0);
	b->timer = loop_timer_new(b->loop, "dawdler", dawdle, b);
	loop_timer_once(b->timer, 1);
	dup2(b->fd[1], STDERR_FILENO);
	loop_timer_once(b->patience, 5000);
	loop_run(b->loop);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_true(read(b->fd[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "loop: callback dawdler held the loop for 1"));
	assert_non_null(strstr(text, " warn "));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_timer),    T(test_timer_outside), T(test_io),    T(test_io_free_inside),
	    T(test_io_error), T(test_signal),        T(test_defer), T(test_defer_when),
	    T(test_idle),     T(test_slow_callback),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
