/* test_courier: the thread with a delivery of the test's own: what comes, what goes, what waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <time.h>

#include "tests/unit/courier_bench.h"

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

/* What will never go is listed too, the newest first, and not without end. */
static void
test_bad_list(void **state)
{
	static char text[32 * 1024];
	char id[16], path[4096];
	(void)state;
	own();
	answer(OUTCOME_NEVER, false, "550 5.1.1 no such\x1b[2J user");
	for (int n = 0; n < 52; n++) {
		snprintf(id, sizeof(id), "m%d", n);
		put_message(id);
		if (n == 0)
			usleep(20000);
	}
	until(report().bad == 52);
	assert_int_equal(ask("queue", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "0 wait, 52 in bad, 0 in shadow\n"));
	assert_non_null(strstr(text, "s  bad  550 5.1.1 no such [2J user\n"));
	assert_non_null(strstr(text, "\nand 2 more in bad/\n"));
	assert_null(strstr(text, "m0 "));
	assert_int_equal(ask("queue release m0", text, sizeof(text)), 0);
	until(report().bad == 52 && tries() == 53);
	assert_int_equal(ask("queue", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "in shadow\nm0 "));
	snprintf(path, sizeof(path), "%s/bad/m0.reason", spool);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ask("queue show m0", text, sizeof(text)), 0);
	assert_non_null(strstr(text, "because: nobody has noted why\n"));
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
	assert_non_null(strstr(text, "1 try "));
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

enum { MANY = 60 }; /* a busy disk needs 10 ms for each */

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
	courier_own(c, false); /* all are there before the first goes to bad/ with its sound */
	until(!report().owner);
	answer(OUTCOME_NEVER, false, "550 5.1.8 sender rejected");
	for (int n = 0; n < MANY; n++) {
		snprintf(id, sizeof(id), "m%d", n);
		put_message(id);
	}
	put("a.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m7.wav\n");
	put("z.txt", "MessageType : VoiceMail\nRecipientName : b\nAttachmentName : m7.wav\n");
	put("sense.txt", "there is none\n");
	own();
	until(report().bad == MANY + 2);
	assert_int_equal(ask("queue release all", text, sizeof(text)), 0);
	assert_string_equal(text, "62 messages of bad/ are in the queue again\n");
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_delivers),    TEST(test_at_once),     TEST(test_shadow),
	    TEST(test_bad),         TEST(test_bad_list),    TEST(test_later),
	    TEST(test_outage),      TEST(test_expired),     TEST(test_by_hand),
	    TEST(test_two_headers), TEST(test_release_all), TEST(test_release_two),
	};
	log_set_level(LOG_ERR_, LOG_LOOP);
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("courier", tests, NULL, NULL);
}
