/* test_loop_child: what the loop starts beside itself: a child gets its descriptors and nothing
 * else, work is done on another thread and told on ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/loop_bench.h"

static void
on_exit_child(void *arg, pid_t pid, int status)
{
	struct bench *b = arg;

	b->count++;
	b->events = (unsigned)pid;
	b->status = status;
	loop_stop(b->loop);
}

static pid_t
spawn(struct bench *b, const char *script, const int *fds, int nfds)
{
	char *argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, strdup(script), NULL};
	const struct loop_program p = {argv, fds, nfds, on_exit_child, b};
	struct loop_child *c;

	assert_int_equal(loop_spawn(b->loop, &p, &c), 0);
	free(argv[2]);
	return loop_child_pid(c);
}

static void
test_spawn_status(void **state)
{
	struct bench *b = *state;
	pid_t pid = spawn(b, "exit 3", NULL, 0);

	run(b);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->events, pid);
	assert_true(WIFEXITED(b->status));
	assert_int_equal(WEXITSTATUS(b->status), 3);
	pid = spawn(b, "sleep 30 & wait", NULL, 0);
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(getsid(pid), pid);
	assert_int_equal(kill(-pid, SIGKILL), 0);
	run(b);
	assert_true(WIFSIGNALED(b->status));
	assert_int_equal(WTERMSIG(b->status), SIGKILL);
}

/* The child sees 0 to 4 and nothing of what we hold, marked close-on-exec or not. */
static void
test_spawn_fds(void **state)
{
	struct bench *b = *state;
	int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
	int high = fcntl(leak, F_DUPFD, 200);
	int out[2], pass[2];
	char text[64] = "";

	assert_int_equal(pipe(out), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pass), 0);
	spawn(b,
	      "cat <&3 >&4; for f in 0 1 2 3 4 5 6 7 8 9 200; do"
	      " [ -e /proc/$$/fd/$f ] && echo -n $f >&4; done; readlink /proc/$$/fd/0 >&4",
	      (int[]){pass[0], out[1]}, 2);
	assert_int_equal(write(pass[1], "hi ", 3), 3);
	close(pass[1]);
	run(b);
	close(out[1]);
	assert_true(read(out[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "hi 01234/dev/null\n");
	assert_true(fcntl(leak, F_GETFD) & FD_CLOEXEC);
	close(leak);
	close(high);
	close(out[0]);
	close(pass[0]);
}

static void
test_spawn_failure(void **state)
{
	struct bench *b = *state;
	char *argv[] = {(char[]){"/nonexistent/um-worker"}, NULL};
	struct loop_program p = {.argv = argv, .fn = on_exit_child, .arg = b};
	struct loop_child *c = NULL;

	assert_int_equal(loop_spawn(b->loop, &p, &c), -ENOENT);
	assert_null(c);
	p.nfds = LOOP_SPAWN_FDS + 1;
	assert_int_equal(loop_spawn(b->loop, &p, &c), -EINVAL);
	loop_turn(b->loop);
	assert_int_equal(b->count, 0);
}

static void
work(void *arg)
{
	struct bench *b = arg;

	b->events = (unsigned)gettid();
}

static void
work_slowly(void *arg)
{
	struct timespec nap = {0, 50000000};

	nanosleep(&nap, NULL);
	work(arg);
}

static void
work_done(void *arg)
{
	struct bench *b = arg;

	b->status = (int)gettid();
	loop_stop(b->loop);
}

static void
test_work(void **state)
{
	struct bench *b = *state;

	assert_int_equal(loop_work(b->loop, work, work_done, b), 0);
	run(b);
	assert_int_equal(b->status, gettid());
	assert_int_not_equal(b->events, gettid());
	/* one that nobody waits for: loop_free does */
	assert_int_equal(loop_work(b->loop, work_slowly, work_done, b), 0);
}

/* A job of the pool, and when it was begun and done among others. */
struct job {
	struct bench *b;
	_Atomic int *begun;
	int at, end;
};

static void
job_slow(void *arg)
{
	struct job *j = arg;
	struct timespec nap = {0, 100000000};

	j->at = (*j->begun)++;
	nanosleep(&nap, NULL);
}

static void
job_quick(void *arg)
{
	struct job *j = arg;

	j->at = *j->begun;
}

static void
job_done(void *arg)
{
	struct job *j = arg;

	j->end = j->b->count++;
	if (j->b->count == 9)
		loop_stop(j->b->loop);
}

/* What is quick waits for nothing slow, however much of that there is; which is done in order. */
static void
test_slow_work(void **state)
{
	struct bench *b = *state;
	static _Atomic int begun;
	static struct job all[9];

	for (int i = 0; i < 9; i++)
		all[i] = (struct job){b, &begun, -1, -1};
	for (int i = 0; i < 8; i++)
		loop_work_slow(b->loop, job_slow, job_done, &all[i]);
	assert_int_equal(loop_work(b->loop, job_quick, job_done, &all[8]), 0);
	run(b);
	assert_int_equal(begun, 8);
	assert_int_equal(all[8].end, 0);
	assert_in_range(all[8].at, 0, 3);
	for (int i = 0; i < 8; i++)
		assert_in_range(all[i].at, i < 2 ? 0 : i - 2, i + 2);
	/* those that nobody waits for: loop_free does */
	b->count = 0;
	for (int i = 0; i < 8; i++)
		loop_work_slow(b->loop, job_slow, job_done, &all[i]);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_spawn_status), T(test_spawn_fds), T(test_spawn_failure),
	    T(test_work),         T(test_slow_work),
	};

	return cmocka_run_group_tests_name("loop_child", tests, NULL, NULL);
}
