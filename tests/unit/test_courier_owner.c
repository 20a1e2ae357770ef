/* test_courier_owner: who owns the queue: the lock, two couriers in one spool, a recycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "tests/unit/courier_bench.h"

/* Another process has the lock; it is killed. */
static void
test_lock(void **state)
{
	char path[192];
	int ready[2];
	(void)state;
	assert_int_equal(pipe(ready), 0);
	snprintf(path, sizeof(path), "%s/.queue", spool);
	pid_t other = fork();
	if (other == 0) {
		int fd = open(path, O_RDWR | O_CREAT, 0640);
		_exit(flock(fd, LOCK_EX) == 0 && write(ready[1], "x", 1) == 1 && pause() ? 1 : 0);
	}
	assert_int_equal(read(ready[0], path, 1), 1);
	put_message("m");
	courier_own(c, true);
	usleep(100000);
	assert_false(report().owner);
	assert_int_equal(tries(), 0);
	struct mono begin = clock_now();
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	until(tries() == 1);
	print_message("took over after %lld ms\n", (long long)mono_ms(begin, clock_now()));
	close(ready[0]);
	close(ready[1]);
}

/* Two in one spool, the queue going from one to the other and back: everything once. */
static void
test_two(void **state)
{
	struct courier_parts p = parts();
	struct courier *two = NULL;
	char id[16];
	(void)state;
	assert_int_equal(courier_new(&p, &two), 0);
	own();
	for (int i = 0; i < 200; i++) {
		if (i % 10 == 0) {
			courier_own(i % 20 ? two : c, false);
			courier_own(i % 20 ? c : two, true);
		}
		snprintf(id, sizeof(id), "m%d", i);
		put_message(id);
	}
	until(tries() >= 200);
	usleep(20000);
	assert_int_equal(tries(), 200);
	assert_true(courier_stop(two, 5000));
	courier_free(two);
}

/* Right after a recycle: an order waits for the queue, though not for ever. */
static void
test_order_in_a_recycle(void **state)
{
	char text[4096];
	(void)state;
	struct courier_parts p = parts();
	struct courier *first = c, *two;
	assert_int_equal(ask("queue", text, sizeof(text)),
			 -EAGAIN); /* nobody wants us to have it */
	post.slow_ms = 700;
	own();
	put_message("a");
	until(tries() == 1);
	assert_int_equal(courier_new(&p, &two), 0);
	courier_own(first, false);
	courier_own(two, true);
	c = two;
	struct mono begin = clock_now();
	assert_int_equal(ask("queue", text, sizeof(text)), 0);
	assert_true(mono_ms(begin, clock_now()) > 300 && mono_ms(begin, clock_now()) < 2000);
	post.slow_ms = 4500;
	put_message("b");
	until(tries() == 2);
	courier_own(two, false);
	courier_own(first, true);
	c = first;
	begin = clock_now();
	assert_int_equal(ask("queue", text, sizeof(text)), -EAGAIN);
	assert_non_null(strstr(text, "has not given up the queue yet"));
	assert_true(mono_ms(begin, clock_now()) >= 2900);
	assert_true(courier_stop(two, 5000));
	courier_free(two);
}

/* Slow delivery: ownership ends with the item at hand, the end of the process does not wait. */
static void
test_given_up(void **state)
{
	(void)state;
	post.slow_ms = 300;
	own();
	put_message("a");
	put_message("b");
	until(tries() == 1);
	courier_own(c, false);
	until(!report().owner);
	usleep(400000);
	assert_int_equal(tries(), 1);
	assert_true(is_there("a.txt") != is_there("b.txt"));
	courier_own(c, true);
	until(tries() == 2);
	assert_false(courier_stop(c, 10));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_lock),
	    TEST(test_two),
	    TEST(test_given_up),
	    TEST(test_order_in_a_recycle),
	};
	log_set_level(LOG_ERR_, LOG_LOOP);
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("courier owner", tests, NULL, NULL);
}
