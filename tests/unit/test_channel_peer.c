/* test_channel_peer: a peer that goes, is killed or speaks nonsense is told once, after all that it
 * has said; one that floods leaves the others their turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/channel_pair.h"

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
	    T(test_last_words),     T(test_killed),
	    T(test_killed_writing), cmocka_unit_test(test_nonsense),
	    T(test_too_long),       T(test_fair),
	};

	return cmocka_run_group_tests_name("channel_peer", tests, NULL, NULL);
}
