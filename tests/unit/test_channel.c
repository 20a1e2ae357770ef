/* test_channel: a real pair through a real loop.  Messages arrive in order and in few packets; a
 * peer that does not read, speaks nonsense or goes is told once, after all that it has said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static void
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

static void
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

static int
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

static void
open_worker(struct pair *p)
{
	p->wrk.c = channel_new(p->loop, p->fd[1], TO_WORKER,
			       &(struct channel_hooks){on_message, on_gone, &p->wrk});
	p->fd[1] = -1;
}

static int
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

static void
turns(struct pair *p, int n)
{
	while (n-- > 0)
		loop_turn(p->loop);
}

static int
hello(struct pair *p, unsigned pid)
{
	return channel_send(p->wrk.c, MSG_HELLO, &(struct msg_hello){MESSAGE_VERSION, pid});
}

static void
test_pair(void **state)
{
	struct pair *p = *state;

	assert_true(fcntl(p->fd[1], F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(p->fd[1], F_GETFL) & O_NONBLOCK);
	open_worker(p);
	p->sup.answer_to = &p->sup;
	assert_int_equal(hello(p, 1), 0);
	assert_int_equal(channel_send(p->wrk.c, MSG_READY, &(struct msg_ready){0, 0}), 0);
	turns(p, 3);
	assert_int_equal(p->sup.messages, 2);
	assert_int_equal(p->wrk.messages, 1); /* STOP, sent from inside the callback */
	assert_false(p->sup.misaligned || p->wrk.misaligned);
	assert_int_equal(p->sup.gone + p->wrk.gone, 0);
	/* nothing left to do: the loop sleeps */
	assert_int_equal(loop_timeout(p->loop), -1);
}

/* What is sent in one turn is one packet, at its end. */
static void
test_batch(void **state)
{
	struct pair *p = *state;
	struct msg_level level = {-1, 3};
	char packet[4096];

	for (int i = 0; i < 5; i++)
		assert_int_equal(channel_send(p->sup.c, MSG_LEVEL, &level), 0);
	assert_int_equal(recv(p->fd[1], packet, sizeof(packet), 0), -1);
	turns(p, 1);
	assert_int_equal(recv(p->fd[1], packet, sizeof(packet), 0),
			 5 * message_record_size(MSG_LEVEL));
	assert_int_equal(channel_send(p->sup.c, MSG_LEVEL, &level), 0);
	assert_int_equal(channel_flush(p->sup.c), 0); /* or when asked */
	assert_int_equal(recv(p->fd[1], packet, sizeof(packet), 0), message_record_size(MSG_LEVEL));
}

/* More than a packet and more than the socket holds: packets of 64 KiB at most, all in order. */
static void
test_order(void **state)
{
	struct pair *p = *state;
	unsigned n = 100u * 1024 / (unsigned)message_record_size(MSG_HELLO);
	int small = 4608;
	char packet[1 << 17];
	ssize_t got;

	for (unsigned i = 0; i < 8192; i++) /* 128 KiB */
		assert_int_equal(channel_send(p->sup.c, MSG_CUT, &(struct msg_cut){{0, 0}}), 0);
	turns(p, 1);
	got = recv(p->fd[1], packet, sizeof(packet), 0);
	assert_int_equal(got, 64 * 1024);
	while (recv(p->fd[1], packet, sizeof(packet), 0) > 0)
		turns(p, 2);
	assert_int_equal(setsockopt(p->fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	open_worker(p);
	for (unsigned sent = 0; sent < n;) {
		if (hello(p, sent + 1) == 0)
			sent++;
		if (sent % 100 == 0) /* many small packets against a small socket */
			turns(p, 1);
	}
	turns(p, 100);
	assert_int_equal(p->sup.messages, n);
	assert_int_equal(p->sup.last_pid, n);
	assert_false(p->sup.disorder || p->sup.misaligned);
	assert_int_equal(loop_timeout(p->loop), -1);
}

/* A peer that does not read: 256 KiB wait, then the sender is told; nothing is lost before that. */
static void
test_full(void **state)
{
	struct pair *p = *state;
	struct msg_call_begin begin = {.call_id_len = 0};
	unsigned sent = 0;
	int rc;

	open_worker(p);
	channel_free(p->sup.c); /* its place is taken by the test: it reads when it likes */
	p->sup.c = NULL;
	turns(p, 1);
	assert_int_equal(p->wrk.gone, 1);
	channel_free(p->wrk.c);
	assert_int_equal(channel_pair(p->fd), 0);
	open_worker(p);
	while ((rc = channel_send(p->wrk.c, MSG_CALL_BEGIN, &begin)) == 0) {
		sent++;
		begin.call_id_len = (uint16_t)(sent % 256);
		turns(p, sent % 8 == 0);
		assert_in_range(sent, 1, 10000);
	}
	assert_int_equal(rc, -ENOBUFS);
	assert_in_range(sent * message_record_size(MSG_CALL_BEGIN), 256 * 1024, 1024 * 1024);
	assert_int_equal(p->wrk.gone, 1);
	p->sup.c = channel_new(p->loop, p->fd[0], TO_SUPERVISOR,
			       &(struct channel_hooks){on_message, on_gone, &p->sup});
	p->fd[0] = -1;
	for (int i = 0; i < 100; i++) { /* the queue empties while it is still added to */
		turns(p, 1);
		begin.call_id_len = (uint16_t)(sent % 256);
		sent += channel_send(p->wrk.c, MSG_CALL_BEGIN, &begin) == 0;
	}
	turns(p, 30);
	assert_int_equal(p->sup.begins, sent);
	assert_false(p->sup.disorder);
}

static void
test_wrong_send(void **state)
{
	struct pair *p = *state;

	assert_int_equal(channel_send(p->sup.c, MSG_HELLO, &(struct msg_hello){0, 0}), -EPERM);
	assert_int_equal(channel_send(p->sup.c, MSG_COUNT, ""), -ENOMSG);
}

/* What the peer said before it went is heard, then the end, once. */
static void
test_last_words(void **state)
{
	struct pair *p = *state;

	open_worker(p);
	hello(p, 1);
	hello(p, 2);
	assert_int_equal(channel_flush(p->wrk.c), 0);
	channel_free(p->wrk.c);
	p->wrk.c = NULL;
	turns(p, 5);
	assert_int_equal(p->sup.messages, 2);
	assert_int_equal(p->sup.gone, 1);
	assert_int_equal(p->sup.why, 0);
	assert_int_equal(channel_send(p->sup.c, MSG_STOP, &(struct msg_stop){{0, 0}}), -EPIPE);
	assert_int_equal(channel_flush(p->sup.c), -EPIPE);
	assert_int_equal(loop_timeout(p->loop), -1);
}

/* The worker says HELLO and dies with our STOP unread: to us that is a reset, before its HELLO. */
static void
die_after_hello(struct pair *p)
{
	char record[64];
	size_t n = message_record_size(MSG_HELLO);

	channel_send(p->sup.c, MSG_STOP, &(struct msg_stop){{0, 0}});
	turns(p, 1);
	message_write(record, MSG_HELLO, &(struct msg_hello){MESSAGE_VERSION, 1});
	assert_int_equal(send(p->fd[1], record, n, 0), n);
	close(p->fd[1]);
	p->fd[1] = -1;
}

static void
test_killed(void **state)
{
	struct pair *p = *state;

	die_after_hello(p);
	turns(p, 5);
	assert_int_equal(p->sup.messages, 1);
	assert_int_equal(p->sup.gone, 1);
	assert_int_equal(p->sup.why, 0);
}

/* The same when it is our write that finds out. */
static void
test_killed_writing(void **state)
{
	struct pair *p = *state;

	die_after_hello(p);
	assert_int_equal(channel_send(p->sup.c, MSG_STOP, &(struct msg_stop){{0, 0}}), 0);
	assert_int_equal(channel_flush(p->sup.c), -EPIPE);
	assert_int_equal(p->sup.gone, 0); /* never from inside a send */
	turns(p, 5);
	assert_int_equal(p->sup.messages, 1);
	assert_int_equal(p->sup.gone, 1);
	assert_int_equal(p->sup.why, 0);
}

static void
send_raw(struct pair *p, unsigned type, unsigned length, size_t n)
{
	_Alignas(8) char record[1024] = {0};
	uint16_t head[2] = {(uint16_t)type, (uint16_t)length};

	memcpy(record, head, sizeof(head));
	assert_int_equal(send(p->fd[1], record, n, 0), n);
}

struct nonsense {
	unsigned type, length;
	size_t n;
};

static void
test_nonsense(void **state)
{
	static const struct nonsense cases[] = {
	    {MSG_COUNT, 8, 16},  /* no such type */
	    {MSG_STOP, 8, 16},   /* the wrong way */
	    {MSG_HELLO, 16, 24}, /* the wrong size */
	    {MSG_HELLO, 8, 12},  /* cut short */
	    {MSG_HELLO, 8, 3},   /* not even a head */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair *p;

		assert_int_equal(setup(state), 0);
		p = *state;
		send_raw(p, MSG_HELLO, 8, 16);
		send_raw(p, cases[i].type, cases[i].length, cases[i].n);
		send_raw(p, MSG_HELLO, 8, 16); /* not believed any more */
		turns(p, 3);
		assert_int_equal(p->sup.messages, 1);
		assert_int_equal(p->sup.gone, 1);
		assert_int_equal(p->sup.why, -EPROTO);
		teardown(state);
	}
}

static void
test_too_long(void **state)
{
	static _Alignas(8) char big[72 * 1024];
	struct pair *p = *state;
	size_t n = message_record_size(MSG_HELLO);

	for (size_t at = 0; at < sizeof(big); at += n)
		message_write(big + at, MSG_HELLO, &(struct msg_hello){MESSAGE_VERSION, 1});
	assert_int_equal(send(p->fd[1], big, sizeof(big), 0), sizeof(big));
	turns(p, 3);
	assert_int_equal(p->sup.messages, 0);
	assert_int_equal(p->sup.why, -EPROTO);
}

static void
test_free_inside(void **state)
{
	struct pair *p = *state;

	open_worker(p);
	p->sup.free_at_message = true;
	hello(p, 1);
	hello(p, 2);
	p->wrk.free_at_gone = true;
	turns(p, 5);
	assert_int_equal(p->sup.messages, 1); /* nothing after the free */
	assert_int_equal(p->sup.gone, 0);
	assert_int_equal(p->wrk.gone, 1);
	assert_null(p->wrk.c);
}

/* A flood from one worker leaves the others their turn. */
static void
test_fair(void **state)
{
	struct pair *p = *state;
	int big = 1 << 20;

	setsockopt(p->fd[1], SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	for (int i = 0; i < 100; i++)
		send_raw(p, MSG_HELLO, 8, 16);
	turns(p, 1);
	assert_in_range(p->sup.messages, 1, 99);
	turns(p, 100);
	assert_int_equal(p->sup.messages, 100);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_pair),     T(test_batch),          T(test_order),
	    T(test_full),     T(test_wrong_send),     T(test_last_words),
	    T(test_killed),   T(test_killed_writing), cmocka_unit_test(test_nonsense),
	    T(test_too_long), T(test_free_inside),    T(test_fair),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
