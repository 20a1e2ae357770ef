/* test_channel: a real pair through a real loop.  Messages arrive in order and in few packets; a
 * peer that does not read is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "tests/unit/channel_pair.h"

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

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_pair), T(test_batch),      T(test_order),
	    T(test_full), T(test_wrong_send), T(test_free_inside),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
