/* test_channel_fd: descriptors that go along with a message: with that one and no other, whatever
 * waits before it; closed when nobody takes them; never from a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "ipc/message.h"

static struct loop *loop;
static struct channel *sup, *wrk;
static unsigned messages, tables;
static char got[8]; /* what the descriptors taken hold, one letter each */
static bool leave;  /* them untaken */

static void
on_message(void *arg, enum message_type type, const void *payload)
{
	int fd;

	(void)payload;
	messages++;
	if (leave || arg != &wrk)
		return;
	fd = channel_take_fd(wrk);
	assert_true((fd >= 0) == (type == MSG_MAILBOXES));
	if (fd < 0)
		return;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pread(fd, &got[tables++], 1, 0), 1);
	assert_int_equal(channel_take_fd(wrk), -1);
	close(fd);
}

static void
on_gone(void *arg, int why)
{
	(void)arg;
	fail_msg("gone: %d", why);
}

static int
setup(void **state)
{
	int fd[2];

	(void)state;
	loop = loop_new();
	if (channel_pair(fd) < 0)
		return -1;
	sup = channel_new(loop, fd[0], TO_SUPERVISOR,
			  &(struct channel_hooks){on_message, on_gone, &sup});
	wrk =
	    channel_new(loop, fd[1], TO_WORKER, &(struct channel_hooks){on_message, on_gone, &wrk});
	messages = tables = 0;
	leave = false;
	memset(got, 0, sizeof(got));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_free(sup);
	channel_free(wrk);
	loop_free(loop);
	return 0;
}

static int
table_with(char letter)
{
	const int fd = memfd_create("table", MFD_CLOEXEC);

	assert_int_equal(write(fd, &letter, 1), 1);
	return fd;
}

static int
pass(char letter)
{
	const int fd = table_with(letter);
	const int rc = channel_send_fd(sup, MSG_MAILBOXES, &(struct msg_mailboxes){1}, fd);

	close(fd); /* the sender's is its own */
	return rc;
}

static void
turns(int n)
{
	while (n-- > 0)
		loop_turn(loop);
}

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
test_passed(void **state)
{
	const int before = open_fds();

	(void)state;
	assert_int_equal(channel_send(sup, MSG_CUT, &(struct msg_cut){{0, 0}}), 0);
	assert_int_equal(pass('a'), 0);
	assert_int_equal(channel_send(sup, MSG_CUT, &(struct msg_cut){{0, 0}}), 0);
	turns(4);
	assert_int_equal(messages, 3);
	assert_string_equal(got, "a");
	assert_int_equal(pass('b'), 0);
	turns(2);
	assert_string_equal(got, "ab");
	assert_int_equal(open_fds(), before);
}

/* Behind so much that packets have to be cut and the socket is full. */
static void
test_behind_many(void **state)
{
	const unsigned n = 128u * 1024 / (unsigned)message_record_size(MSG_CUT);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(channel_send(sup, MSG_CUT, &(struct msg_cut){{0, 0}}), 0);
		if (i == n / 3)
			assert_int_equal(pass('a'), 0);
		if (i == n / 2) /* the first has not left */
			assert_int_equal(pass('b'), -ENOBUFS);
	}
	turns(20);
	assert_int_equal(messages, n + 1);
	assert_string_equal(got, "a");
	assert_int_equal(pass('c'), 0);
	turns(2);
	assert_string_equal(got, "ac");
}

static void
test_not_taken(void **state)
{
	const int before = open_fds();

	(void)state;
	leave = true;
	assert_int_equal(pass('a'), 0);
	turns(3);
	assert_int_equal(messages, 1);
	assert_int_equal(open_fds(), before);
	assert_int_equal(pass('b'), 0); /* and one that never leaves */
}

/* What a worker sends along is not let in. */
static void
test_not_from_a_worker(void **state)
{
	const int before = open_fds();
	const int fd = table_with('a');

	(void)state;
	leave = true;
	assert_int_equal(channel_send_fd(wrk, MSG_HELLO, &(struct msg_hello){0}, fd), 0);
	turns(3);
	assert_int_equal(messages, 1);
	close(fd);
	assert_int_equal(open_fds(), before);
	assert_int_equal(channel_take_fd(sup), -1);
}

static void
test_no_such_fd(void **state)
{
	(void)state;
	assert_int_equal(channel_send_fd(sup, MSG_MAILBOXES, &(struct msg_mailboxes){1}, -1),
			 -EBADF);
	turns(2);
	assert_int_equal(messages, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_passed),     T(test_behind_many), T(test_not_taken), T(test_not_from_a_worker),
	    T(test_no_such_fd),
	};

	return cmocka_run_group_tests_name("channel_fd", tests, NULL, NULL);
}
