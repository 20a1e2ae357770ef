/* test_courier: the thread with a delivery of the test's own: what comes, what goes, what waits,
 * who owns the queue, and the operator's orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier.h"

/* What the delivery has been asked, and what it answers; under a mutex, the courier is a thread. */
static struct {
	pthread_mutex_t mutex;
	struct courier_result answer;
	int tries, again, slow_ms;
	char last[LETTER_ID_MAX];
} post = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static char root[64], spool[80];
static struct courier *c;

static void
deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	(void)arg;
	pthread_mutex_lock(&post.mutex);
	post.tries++;
	post.again += again;
	snprintf(post.last, sizeof(post.last), "%s", l->id);
	*ret = post.answer;
	int ms = post.slow_ms;
	pthread_mutex_unlock(&post.mutex);
	if (ms > 0)
		usleep((useconds_t)ms * 1000);
}

static void
answer(enum outcome o, bool confirmed, const char *text)
{
	pthread_mutex_lock(&post.mutex);
	post.answer = (struct courier_result){.outcome = o, .confirmed = confirmed};
	snprintf(post.answer.text, sizeof(post.answer.text), "%s", text);
	pthread_mutex_unlock(&post.mutex);
}

static int
tries(void)
{
	pthread_mutex_lock(&post.mutex);
	int n = post.tries;
	pthread_mutex_unlock(&post.mutex);
	return n;
}

static struct courier_parts
parts(void)
{
	return (struct courier_parts){
	    .spool = spool, .expire = 1000000, .shadow = 1000000, .deliver = deliver};
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_courier.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(spool, sizeof(spool), "%s/spool", root);
	assert_int_equal(mkdir(spool, 0755), 0);
	post.tries = post.again = post.slow_ms = 0;
	answer(OUTCOME_DELIVERED, true, "there");
	struct courier_parts p = parts();
	assert_int_equal(courier_new(&p, &c), 0);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	if (!courier_stop(c, 5000))
		return -1;
	courier_free(c);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static void
put(const char *name, const char *text)
{
	char part[192], path[192];
	snprintf(part, sizeof(part), "%s/%s.part", spool, name);
	snprintf(path, sizeof(path), "%s/%s", spool, name);
	FILE *f = fopen(part, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(part, path), 0);
}

static void
put_message(const char *id)
{
	char name[96], text[256];
	snprintf(name, sizeof(name), "%s.wav", id);
	put(name, "sound");
	snprintf(text, sizeof(text),
		 "MessageType : VoiceMail\nRecipientAddress : a@b.example\nAttachmentName : %s\n",
		 name);
	snprintf(name, sizeof(name), "%s.txt", id);
	put(name, text);
}

static bool
is_there(const char *name)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", spool, name);
	return access(path, F_OK) == 0;
}

/* Waits until `what` holds, for 5 s. */
#define until(what)                                                   \
	do {                                                          \
		int left = 5000;                                      \
		while (!(what) && left-- > 0)                         \
			usleep(1000);                                 \
		if (left <= 0)                                        \
			fail_msg("line %d: not %s", __LINE__, #what); \
	} while (0)

static struct courier_report
report(void)
{
	struct courier_report r;
	courier_report(c, &r);
	return r;
}

static void
own(void)
{
	courier_own(c, true);
	until(report().owner);
}

static int
ask(const char *order, char *text, size_t size)
{
	static uint32_t id;
	struct pollfd p = {.fd = courier_answer_fd(c), .events = POLLIN};
	assert_int_equal(courier_order(c, ++id, order), 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	struct courier_answer *a = courier_answer(c);
	assert_non_null(a);
	assert_int_equal(a->id, id);
	snprintf(text, size, "%s", a->text);
	int status = a->status;
	free(a);
	assert_null(courier_answer(c));
	return status;
}

static void
test_delivers(void **state)
{
	(void)state;
	put_message("before");
	usleep(50000);
	assert_int_equal(tries(), 0); /* not ours yet */
	own();
	until(tries() == 1 && !is_there("before.txt"));
	assert_int_equal(post.again, 1); /* nobody knows what its worker did */
	put_message("after");
	until(tries() == 2 && !is_there("after.txt"));
	until(!is_there("after.wav"));
	assert_false(is_there("shadow/after.txt"));
	assert_int_equal(post.again, 1);
	until(report().delivered == 2 && report().queued == 0);
}

/* From the rename to the delivery: nothing is polled for. */
static void
test_at_once(void **state)
{
	(void)state;
	own();
	int64_t worst = 0;
	for (int n = 1; n <= 20; n++) {
		char id[16];
		snprintf(id, sizeof(id), "m%d", n);
		struct mono begin = clock_now();
		put_message(id);
		while (tries() < n && mono_ms(begin, clock_now()) < 5000)
			usleep(50);
		int64_t us = (clock_now().ns - begin.ns) / 1000;
		worst = us > worst ? us : worst;
	}
	print_message("slowest of 20: %lld us\n", (long long)worst);
	assert_true(worst < 500000);
}

static void
test_shadow(void **state)
{
	(void)state;
	own();
	answer(OUTCOME_DELIVERED, false, "250 ok");
	put_message("m");
	until(is_there("shadow/m.txt") && is_there("shadow/m.wav"));
	until(report().shadow == 1);
	char text[4096];
	assert_int_equal(ask("queue release m", text, sizeof(text)), 0);
	until(tries() == 2);
	until(is_there("shadow/m.txt"));
	assert_int_equal(ask("queue drop m", text, sizeof(text)), 0);
	assert_false(is_there("shadow/m.txt") || is_there("shadow/m.wav"));
}

static void
test_bad(void **state)
{
	char text[4096];
	(void)state;
	own();
	answer(OUTCOME_NEVER, false, "550 5.1.1 no such user");
	put_message("m");
	until(is_there("bad/m.reason") && is_there("bad/m.wav") && !is_there("m.wav"));
	until(report().bad == 1 && report().failed == 1);
	assert_int_equal(ask("queue show m", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "because: 550 5.1.1 no such user\n"));
	assert_non_null(strstr(text, "RecipientAddress : a@b.example\n"));
	assert_int_equal(ask("queue retry m", text, sizeof(text)), -ENOENT);
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue release m", text, sizeof(text)), 0);
	until(report().delivered == 1 && report().bad == 0);
	until(!is_there("m.wav"));
	assert_false(is_there("bad/m.reason") || is_there("bad/m.wav"));
}

static void
test_later(void **state)
{
	char text[4096];
	(void)state;
	own();
	answer(OUTCOME_LATER, false, "452 4.2.2 mailbox full");
	put_message("m");
	until(tries() == 1);
	until(report().queued == 1);
	assert_int_equal(ask("queue list", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "1 wait, 0 in bad, 0 in shadow\n"));
	assert_non_null(strstr(text, "1 tries"));
	assert_non_null(strstr(text, "452 4.2.2 mailbox full"));
	assert_int_equal(tries(), 1);
	assert_int_equal(ask("queue retry m", text, sizeof(text)), 0);
	until(tries() == 2);
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue retry", text, sizeof(text)), 0);
	until(report().delivered == 1);
	assert_true(post.again == 2);
	assert_int_equal(ask("queue drop m", text, sizeof(text)), -ENOENT);
	assert_int_equal(ask("queue show ../x", text, sizeof(text)), -EINVAL);
	assert_int_equal(ask("queue dance", text, sizeof(text)), -EINVAL);
}

/* A dead host is knocked at once, not once for each message; when it lives, all go. */
static void
test_outage(void **state)
{
	char id[16], text[4096];
	(void)state;
	own();
	answer(OUTCOME_OUTAGE, false, "no connection");
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "m%d", i);
		put_message(id);
	}
	until(report().queued == 50);
	usleep(100000);
	assert_int_equal(tries(), 1);
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue retry m7", text, sizeof(text)), 0);
	until(report().delivered == 50);
}

static void
test_expired(void **state)
{
	(void)state;
	assert_true(courier_stop(c, 5000));
	courier_free(c);
	struct courier_parts p = parts();
	p.expire = 0;
	assert_int_equal(courier_new(&p, &c), 0);
	put_message("a");
	put_message("b");
	usleep(1100000);
	answer(OUTCOME_OUTAGE, false, "no connection");
	own();
	until(is_there("bad/a.txt") && is_there("bad/b.txt") && is_there("bad/b.wav"));
	assert_int_equal(tries(), 1);
}

/* Files that a person drops in, the header before the sound and in pieces; and one that never makes
 * sense. */
static void
test_by_hand(void **state)
{
	char path[192];
	(void)state;
	own();
	put("x.txt", "MessageType : VoiceMail\nRecipientName : a\nAttachmentName : late.wav\n");
	snprintf(path, sizeof(path), "%s/y.txt", spool);
	FILE *f = fopen(path, "w"); /* not renamed, written where it is */
	fputs("MessageType : MissedCall\n", f);
	fflush(f);
	usleep(20000);
	fputs("RecipientName : a\n", f);
	fclose(f);
	until(!is_there("y.txt"));
	assert_int_equal(tries(), 1);
	put("z.txt", "what is this\n");
	put("late.wav", "sound");
	until(!is_there("x.txt"));
	until(!is_there("late.wav"));
	int left = 100;
	while (!is_there("bad/z.txt") && left-- > 0)
		usleep(100000);
	assert_true(is_there("bad/z.txt") && is_there("bad/z.reason"));
	assert_int_equal(tries(), 2);
}

/* A header file copied by hand, for a second mailbox: the sound goes with the last, in whatever
 * order they are delivered. */
static void
test_two_headers(void **state)
{
	char text[4096];
	(void)state;
	answer(OUTCOME_LATER, false, "452 4.2.2 mailbox full");
	put_message("m");
	put("copy.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m.wav\n");
	put("third.txt", "MessageType : VoiceMail\nRecipientName : c\nAttachmentName : m.wav\n");
	own();
	until(tries() == 3);
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue retry m", text, sizeof(text)), 0);
	until(!is_there("m.txt"));
	assert_true(is_there("m.wav"));
	answer(OUTCOME_NEVER, false, "550 5.1.1 no such user");
	assert_int_equal(ask("queue retry third", text, sizeof(text)), 0);
	until(is_there("bad/third.txt"));
	assert_true(is_there("m.wav") && is_there("bad/m.wav"));
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue retry copy", text, sizeof(text)), 0);
	until(!is_there("copy.txt") && !is_there("m.wav"));
	assert_int_equal(ask("queue release third", text, sizeof(text)), 0);
	until(!is_there("third.txt"));
	until(!is_there("m.wav"));
	assert_false(is_there("bad/m.wav"));
	assert_int_equal(report().delivered, 3);
}

enum { MANY = 300 };

/* A mail server has refused our sender: all come back, also two that share a sound; what is refused
 * again is not taken twice. */
static void
test_release_all(void **state)
{
	char text[4096], id[16];
	(void)state;
	own();
	assert_int_equal(ask("queue release all", text, sizeof(text)), 0);
	assert_string_equal(text, "nothing lies in bad/\n");
	answer(OUTCOME_NEVER, false, "550 5.1.8 sender rejected");
	for (int n = 0; n < MANY; n++) {
		snprintf(id, sizeof(id), "m%d", n);
		put_message(id);
	}
	put("a.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m7.wav\n");
	put("z.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m7.wav\n");
	put("sense.txt", "there is none\n");
	until(report().bad == MANY + 2);
	assert_int_equal(ask("queue release all", text, sizeof(text)), 0);
	assert_string_equal(text, "302 messages of bad/ are in the queue again\n");
	until(report().bad == MANY + 2 && report().queued == 1); /* sense: in its 5 s */
	assert_int_equal(tries(), 2 * (MANY + 2));
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue release all", text, sizeof(text)), 0);
	until(report().delivered == MANY + 2);
	assert_false(is_there("m7.wav") || is_there("bad/m7.wav") || is_there("bad/m0.wav"));
}

/* One by one they share it as well. */
static void
test_release_two(void **state)
{
	char text[4096];
	(void)state;
	answer(OUTCOME_NEVER, false, "550 5.1.8 sender rejected");
	put_message("m");
	put("a.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m.wav\n");
	own();
	until(report().bad == 2);
	answer(OUTCOME_DELIVERED, true, "there");
	assert_int_equal(ask("queue release m", text, sizeof(text)), 0);
	until(!is_there("m.txt") && !is_there("m.wav"));
	assert_true(is_there("bad/m.wav"));
	assert_int_equal(ask("queue release a", text, sizeof(text)), 0);
	until(report().delivered == 2 && !is_there("m.wav") && !is_there("bad/m.wav"));
}

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
	    TEST(test_delivers),
	    TEST(test_at_once),
	    TEST(test_shadow),
	    TEST(test_bad),
	    TEST(test_later),
	    TEST(test_outage),
	    TEST(test_expired),
	    TEST(test_by_hand),
	    TEST(test_two_headers),
	    TEST(test_lock),
	    TEST(test_two),
	    TEST(test_given_up),
	    TEST(test_order_in_a_recycle),
	    TEST(test_release_all),
	    TEST(test_release_two),
	};
	log_set_level(LOG_ERR_, LOG_LOOP);
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("courier", tests, NULL, NULL);
}
