/* test_queue: items that come, wait, are due in order, go and are set aside; a hundred thousand of
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "worker/queue.h"

static char root[64];
static struct queue *q;

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_queue.XXXXXX");
	assert_non_null(mkdtemp(root));
	assert_int_equal(queue_new(root, &q), 0);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	queue_free(q);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static struct mono
at(int64_t ms)
{
	return mono_add((struct mono){1000}, ms);
}

static void
write_file(const char *name, const char *text)
{
	int fd = openat(queue_folder(q, QUEUE_HERE), name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static bool
is_there(enum queue_place where, const char *name)
{
	return faccessat(queue_folder(q, where), name, F_OK, 0) == 0;
}

static void
test_scan(void **state)
{
	(void)state;
	assert_int_equal(queue_scan(q, true, at(0)), 0);
	assert_null(queue_first(q));
	write_file("one.txt", "x");
	write_file("one.wav", "x");
	write_file("two.txt.part", "x");
	write_file(".hidden.txt", "x");
	write_file("a name.txt", "x");
	assert_int_equal(mkdirat(queue_folder(q, QUEUE_HERE), "dir.txt", 0700), 0);
	assert_int_equal(symlinkat("one.txt", queue_folder(q, QUEUE_HERE), "link.txt"), 0);
	assert_int_equal(queue_scan(q, true, at(0)), 1);
	assert_string_equal(queue_first(q)->id, "one");
	assert_true(queue_first(q)->found);
	assert_true(time(NULL) - queue_oldest(q) < 10);
	assert_null(queue_add(q, "three.txt", at(5)));
	write_file("three.txt", "x");
	struct queue_item *i = queue_add(q, "three.txt", at(5));
	assert_non_null(i);
	assert_false(i->found);
	assert_ptr_equal(queue_add(q, "three.txt", at(6)), i);
	assert_int_equal(queue_scan(q, true, at(7)), 0);
	assert_int_equal(queue_count(q), 2);
	unlinkat(queue_folder(q, QUEUE_HERE), "one.txt", 0);
	assert_int_equal(queue_scan(q, true, at(8)), 0);
	assert_int_equal(queue_count(q), 1);
	assert_null(queue_find(q, "one"));
	assert_ptr_equal(queue_find(q, "three"), i);
}

static void
test_due(void **state)
{
	char name[32];
	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "i%d.txt", i);
		write_file(name, "x");
		assert_non_null(queue_add(q, name, at(0)));
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "i%d", i);
		queue_later(q, queue_find(q, name), at(1 + i * 7 % 500),
			    i % 2 ? "450 later" : "421 no");
	}
	queue_forget(q, queue_find(q, "i250"));
	assert_null(queue_find(q, "i250"));
	int64_t last = 0;
	size_t n = 0;
	for (struct queue_item *i; (i = queue_first(q)) != NULL; n++) {
		assert_true(i->due.ns >= last);
		assert_string_equal(i->reason->text, atoi(i->id + 1) % 2 ? "450 later" : "421 no");
		last = i->due.ns;
		queue_forget(q, i);
	}
	assert_int_equal(n, 499);
}

/* Put off for the reason it has already, which nobody shares any more: "queue retry ID". */
static void
test_its_own_reason(void **state)
{
	(void)state;
	write_file("a.txt", "x");
	write_file("b.txt", "x");
	struct queue_item *a = queue_add(q, "a.txt", at(0)), *b = queue_add(q, "b.txt", at(0));
	queue_later(q, a, at(10), "450 greylisted");
	queue_later(q, b, at(10), "421 no");
	queue_later(q, a, at(5), a->reason->text);
	assert_string_equal(a->reason->text, "450 greylisted");
	queue_later(q, a, at(6), a->reason->text);
	assert_string_equal(a->reason->text, "450 greylisted");
	assert_int_equal(a->reason->users, 2); /* the item's, and kept for the next one */
}

static struct queue_item *
come(int n, int64_t ms)
{
	char name[32];
	snprintf(name, sizeof(name), "i%d.txt", n);
	write_file(name, "x");
	return queue_add(q, name, at(ms));
}

static void
goes_next(const char *id)
{
	struct queue_item *i = queue_next(q);
	assert_non_null(i);
	assert_string_equal(i->id, id);
	queue_forget(q, i);
}

/* Behind a backlog: the newest and the one that has waited longest, by turns; none twice, none
 * forgotten. */
static void
test_turns(void **state)
{
	(void)state;
	assert_null(queue_next(q));
	for (int n = 0; n < 100; n++)
		come(n, n);
	for (int n = 0; n < 10; n++) {
		char id[32];
		snprintf(id, sizeof(id), "i%d", n);
		struct queue_item *one = queue_next(q), *two = queue_next(q);
		struct queue_item *newest = strcmp(one->id, id) == 0 ? two : one;
		struct queue_item *first = newest == one ? two : one;
		assert_string_equal(first->id, id);
		snprintf(id, sizeof(id), "i%d", 99 - n);
		assert_string_equal(newest->id, id);
		queue_forget(q, first);
		queue_forget(q, newest);
	}
	come(500, 200);
	struct queue_item *a = queue_next(q), *b = queue_next(q);
	assert_true(strcmp(a->id, "i500") == 0 || strcmp(b->id, "i500") == 0);
	assert_true(strcmp(a->id, "i10") == 0 || strcmp(b->id, "i10") == 0);
}

/* What has been tried waits as any other, however new it is. */
static void
test_tried_has_no_turn(void **state)
{
	(void)state;
	for (int n = 0; n < 4; n++)
		come(n, n);
	queue_later(q, queue_find(q, "i3"), at(50), "450 later");
	queue_later(q, queue_find(q, "i2"), at(60), "450 later");
	struct queue_item *a = queue_next(q), *b = queue_next(q);
	assert_true((!strcmp(a->id, "i0") && !strcmp(b->id, "i1")) ||
		    (!strcmp(a->id, "i1") && !strcmp(b->id, "i0")));
	queue_forget(q, a);
	queue_forget(q, b);
	assert_int_equal(queue_wake(q, true, at(70)), 2);
	for (int n = 0; n < 4; n++)
		assert_ptr_equal(queue_next(q), queue_first(q));
	goes_next(queue_first(q)->id);
	goes_next(queue_first(q)->id);
	assert_null(queue_next(q));
}

static void
test_wake(void **state)
{
	(void)state;
	write_file("a.txt", "x");
	write_file("b.txt", "x");
	struct queue_item *a = queue_add(q, "a.txt", at(0)), *b = queue_add(q, "b.txt", at(0));
	queue_later(q, a, at(30000), "full");
	queue_later(q, b, at(60000), "no connection");
	b->outage = true;
	assert_int_equal(queue_wake(q, false, at(10)), 1);
	assert_ptr_equal(queue_first(q), b);
	assert_int_equal(b->due.ns, at(10).ns);
	assert_int_equal(a->due.ns, at(30000).ns);
	assert_int_equal(queue_wake(q, true, at(5)), 2);
	assert_int_equal(a->due.ns, at(5).ns);
}

static void
test_aside(void **state)
{
	char *text;
	size_t n;
	(void)state;
	write_file("a.txt", "hello");
	write_file("s.wav", "sound");
	assert_int_equal(queue_read(q, QUEUE_HERE, "a", &text, &n), 0);
	assert_int_equal(n, 5);
	free(text);
	assert_int_equal(queue_read(q, QUEUE_HERE, "b", &text, &n), -ENOENT);
	assert_int_equal(queue_move_bad(q, "a", "s.wav", QUEUE_HERE, "550 no such user"), 0);
	assert_true(is_there(QUEUE_BAD, "a.txt") && is_there(QUEUE_BAD, "s.wav"));
	assert_true(is_there(QUEUE_BAD, "a.reason"));
	assert_false(is_there(QUEUE_HERE, "a.txt") || is_there(QUEUE_HERE, "s.wav"));
	assert_int_equal(queue_aside(q, QUEUE_BAD), 1);
	assert_int_equal(queue_move(q, "a", "s.wav", QUEUE_BAD, QUEUE_HERE), 0);
	assert_false(is_there(QUEUE_BAD, "a.reason"));
	assert_int_equal(queue_aside(q, QUEUE_BAD), 0);
	assert_int_equal(queue_move(q, "a", "none.wav", QUEUE_HERE, QUEUE_SHADOW), 0);
	assert_int_equal(queue_move(q, "a", "", QUEUE_HERE, QUEUE_SHADOW), -ENOENT);
	assert_int_equal(queue_scan(q, false, at(0)), 0);
	assert_int_equal(queue_aside(q, QUEUE_SHADOW), 1);
	assert_int_equal(queue_remove(q, "a", "s.wav", QUEUE_SHADOW), 0);
	assert_int_equal(queue_aside(q, QUEUE_SHADOW), 0);
	assert_true(is_there(QUEUE_HERE, "s.wav"));
}

static void
test_huge_header(void **state)
{
	char *text, *big = calloc(1, LETTER_TEXT_MAX + 2);
	size_t n;
	(void)state;
	memset(big, 'x', LETTER_TEXT_MAX + 1);
	write_file("a.txt", big);
	free(big);
	assert_int_equal(queue_read(q, QUEUE_HERE, "a", &text, &n), -EFBIG);
}

static double
seconds(void)
{
	return (double)clock_now().ns / 1e9;
}

/* A hundred thousand: read in a few seconds, in memory in some 20 MB. */
static void
test_many(void **state)
{
	enum { MANY = 100000 };
	char name[32];
	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "m%d.txt", i);
		int fd = openat(queue_folder(q, QUEUE_HERE), name, O_WRONLY | O_CREAT, 0644);
		assert_true(fd >= 0);
		close(fd);
	}
	double begin = seconds();
	assert_int_equal(queue_scan(q, true, at(0)), MANY);
	double scanned = seconds();
	for (int i = 0; i < MANY; i++) {
		struct queue_item *first = queue_first(q);
		queue_later(q, first, at(1000 + i % 977), "no connection");
		first->outage = true;
	}
	assert_int_equal(queue_wake(q, false, at(1)), MANY);
	double tried = seconds();
	assert_int_equal(queue_scan(q, true, at(0)), 0);
	assert_int_equal(queue_count(q), MANY);
	while (queue_first(q) != NULL)
		queue_forget(q, queue_first(q));
	double end = seconds();
	print_message("scan %.2f s, put off %.2f s, again and emptied %.2f s\n", scanned - begin,
		      tried - scanned, end - tried);
	assert_true(scanned - begin < 5 && end - scanned < 10);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_scan),
	    TEST(test_due),
	    TEST(test_its_own_reason),
	    TEST(test_turns),
	    TEST(test_tried_has_no_turn),
	    TEST(test_wake),
	    TEST(test_aside),
	    TEST(test_huge_header),
	    TEST(test_many),
	};
	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
