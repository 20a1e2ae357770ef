/* test_watch: real Maildirs that come, change and go, and whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/accounts.h"
#include "worker/maildir.h"
#include "worker/watch.h"
#include "worker/watch_rows.h"

enum { BOXES = 400 };

static char root[64];
static struct watch *w;
static struct tally seen[BOXES];
static unsigned told[BOXES];
static char folders[BOXES][128];

static void
on_count(void *arg, uint32_t i, const struct tally *t)
{
	(void)arg;
	seen[i] = *t;
	told[i]++;
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_watch.XXXXXX");
	memset(seen, 0, sizeof(seen));
	memset(told, 0, sizeof(told));
	w = watch_new(on_count, NULL);
	return mkdtemp(root) && w ? 0 : -1;
}

static void
run(const char *what, ...)
{
	char command[1024];
	va_list ap;
	va_start(ap, what);
	vsnprintf(command, sizeof(command), what, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static int
tear_down(void **state)
{
	(void)state;
	watch_free(w);
	run("rm -rf '%s'", root);
	return 0;
}

static void
add(uint32_t i, const char *under)
{
	snprintf(folders[i], sizeof(folders[i]), "%s/%s", root, under);
	assert_int_equal(watch_add(w, folders[i], false), 0);
}

/* Works until nothing has happened for a while, 5 s at most. */
static void
settle(void)
{
	for (int n = 0, quiet = 0; n < 500 && quiet < 15; n++) {
		struct pollfd p = {.fd = watch_fd(w), .events = POLLIN};
		int r = poll(&p, 1, 10);
		if (r > 0)
			watch_read(w, clock_now());
		const int64_t wait = watch_work(w, clock_now());
		quiet = r > 0 || wait == 0 ? 0 : quiet + 1;
	}
}

static void
deliver(uint32_t i, const char *id, const char *mark)
{
	struct maildir_mail m = {
	    .folder = folders[i], .id = id, .received = 7, .mark = mark, .text = SLICE("x\n")};
	assert_int_equal(maildir_deliver(&m), 0);
}

static void
is(uint32_t i, int fresh, int old)
{
	settle();
	assert_int_equal(seen[i].fresh, fresh);
	assert_int_equal(seen[i].old, old);
}

/* From nothing at all to a Maildir, through its life, to nothing again, and back. */
static void
test_life(void **state)
{
	(void)state;
	add(0, "d/e/2101/Maildir");
	settle();
	assert_int_equal(told[0], 0);
	deliver(0, "a", MAILDIR_VOICE);
	is(0, 1, 0);
	deliver(0, "b", MAILDIR_URGENT);
	deliver(0, "c", NULL);
	is(0, 2, 0);
	assert_int_equal(seen[0].fresh_urgent, 1);
	run("cd %s/new && for f in *; do mv $f ../cur/$f:2,S; done", folders[0]);
	is(0, 0, 2);
	assert_int_equal(seen[0].old_urgent, 1);
	run("cd %s/cur && for f in *+V.*; do mv $f ${f%%S}; done", folders[0]);
	is(0, 1, 1);
	run("cd %s/cur && for f in *+V.*; do mv $f ${f}T; done", folders[0]);
	is(0, 0, 1);
	run("rm %s/cur/*", folders[0]);
	is(0, 0, 0);
	deliver(0, "d", MAILDIR_VOICE);
	is(0, 1, 0);
	run("rm -r %s/d", root);
	is(0, 0, 0);
	deliver(0, "e", MAILDIR_VOICE);
	is(0, 1, 0);
	/* taken away as a whole, and another put in its place */
	run("mkdir -p %s/x/new %s/x/cur && touch %s/x/new/1.a+V.h %s/x/new/2.b+V.h", root, root,
	    root, root);
	run("rm -r %s && mv %s/x %s", folders[0], root, folders[0]);
	is(0, 2, 0);
}

static void
test_two_share_one(void **state)
{
	(void)state;
	add(0, "anna");
	add(1, "anna");
	deliver(0, "a", MAILDIR_VOICE);
	is(0, 1, 0);
	is(1, 1, 0);
}

static void
test_many(void **state)
{
	char name[32];
	(void)state;
	for (uint32_t i = 0; i < BOXES; i++) {
		snprintf(name, sizeof(name), "%u", 2000 + i);
		add(i, name);
	}
	settle();
	for (uint32_t i = 0; i < BOXES; i += 3)
		deliver(i, "a", MAILDIR_VOICE);
	settle();
	for (uint32_t i = 0; i < BOXES; i++)
		assert_int_equal(seen[i].fresh, i % 3 == 0);
	/* one file is one count of one box */
	memset(told, 0, sizeof(told));
	deliver(3, "b", MAILDIR_VOICE);
	is(3, 2, 0);
	assert_in_range(told[3], 1, 2);
	assert_int_equal(told[6], 0);
}

static void
test_unreadable(void **state)
{
	(void)state;
	run("touch %s/file", root);
	add(0, "file");
	add(1, "file/below");
	settle();
	assert_int_equal(told[0] + told[1], 0);
	run("rm %s/file", root);
	deliver(0, "a", MAILDIR_VOICE);
	is(0, 1, 0);
}

static void
test_accounts_by_folder(void **state)
{
	char pattern[128];
	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/mail/%%n/Maildir", root);
	struct accounts *a = accounts_new(pattern);
	assert_int_equal(accounts_look(a), -ENOENT);
	run("mkdir -p %s/mail/2101 %s/mail/+49301 %s/mail/%%2A98 %s/mail/'a b' %s/mail/.x "
	    "%s/mail/%%2",
	    root, root, root, root, root, root);
	assert_int_equal(accounts_look(a), 0);
	assert_int_equal(accounts_look(a), 0);
	assert_int_equal(accounts_count(a), 3);
	unsigned found = 0;
	for (uint32_t i = 0; i < 3; i++) {
		struct account one = accounts_get(a, i);
		assert_string_equal(one.plan, "");
		assert_non_null(strstr(one.folder, "/Maildir"));
		found |= !strcmp(one.number, "2101")     ? 1
			 : !strcmp(one.number, "+49301") ? 2
			 : !strcmp(one.number, "*98")    ? 4
							 : 8;
	}
	assert_int_equal(found, 7);
	snprintf(pattern, sizeof(pattern), "%s/mail", root);
	assert_string_equal(accounts_root(a), pattern);
	accounts_free(a);
	a = accounts_new("/m/%d/%n");
	assert_null(accounts_root(a));
	assert_int_equal(accounts_look(a), -ENOTSUP);
	accounts_free(a);
}

static void
test_accounts_by_name(void **state)
{
	struct accounts *a = accounts_new("/m/%n");
	char number[16];
	(void)state;
	assert_non_null(a);
	assert_true(accounts_find(a, "", "2101") == ACCOUNTS_NONE);
	for (uint32_t i = 0; i < 200; i++) {
		struct account one = {number, i % 2 ? "main" : "other", "not taken", ""};
		snprintf(number, sizeof(number), "%u", 2200 - i / 2);
		assert_int_equal(accounts_leave(a, &one), 0);
	}
	assert_int_equal(accounts_find(a, "main", "2200"), 1);
	assert_int_equal(accounts_find(a, "other", "2200"), 0);
	assert_int_equal(accounts_find(a, "main", "2101"), 199);
	assert_true(accounts_find(a, "main", "2100") == ACCOUNTS_NONE);
	assert_true(accounts_find(a, "third", "2200") == ACCOUNTS_NONE);
	assert_true(accounts_find(a, "", "2200") == ACCOUNTS_NONE);
	assert_string_equal(accounts_get(a, 7).folder, "");
	accounts_leave(a, &(struct account){"2100", "main", "", ""});
	assert_int_equal(accounts_find(a, "main", "2100"), 200);
	accounts_free(a);
}

/* One that was counted in an earlier list and is missing now holds none; another holds nothing. */
static void
test_missing_since(void **state)
{
	(void)state;
	snprintf(folders[0], sizeof(folders[0]), "%s/gone", root);
	assert_int_equal(watch_add(w, folders[0], true), 0);
	add(1, "never");
	settle();
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 0);
	is(0, 0, 0);
}

static void
test_root(void **state)
{
	char path[128];
	(void)state;
	snprintf(path, sizeof(path), "%s/mail", root);
	watch_root(w, path);
	assert_true(watch_root_changed(w));
	settle();
	assert_false(watch_root_changed(w));
	run("mkdir %s", path);
	settle();
	assert_true(watch_root_changed(w));
	run("mkdir %s/2101", path);
	settle();
	assert_true(watch_root_changed(w));
	settle();
	assert_false(watch_root_changed(w));
}

static void
test_rows(void **state)
{
	struct watch_rows r = {0};
	(void)state;
	assert_int_equal(watch_rows_first(&r, 1), WATCH_ROWS_END);
	assert_true(watch_rows_room(&r, 64));
	for (uint32_t i = 0; i < 64; i++) {
		watch_rows_add(&r, 1, i, 3);
		watch_rows_add(&r, 129 + (int)i, i, 0);
	}
	assert_true(watch_rows_room(&r, 1000));
	unsigned n = 0;
	for (uint32_t x = watch_rows_first(&r, 1); x != WATCH_ROWS_END; x = watch_rows_next(&r, x))
		n++;
	assert_int_equal(n, 64);
	assert_int_equal(watch_rows_box(watch_rows_first(&r, 140)), 11);
	for (uint32_t i = 0; i < 64; i++) {
		assert_int_equal(watch_rows_drop(&r, i), i == 63 ? 1 : 0);
		assert_int_equal(watch_rows_drop(&r, i), 129 + (int)i);
		assert_int_equal(watch_rows_drop(&r, i), -1);
	}
	watch_rows_free(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	log_open("test");
	log_set_level(LOG_ERR_, -1);
	const struct CMUnitTest tests[] = {
	    TEST(test_life),
	    TEST(test_two_share_one),
	    TEST(test_many),
	    TEST(test_unreadable),
	    TEST(test_accounts_by_folder),
	    cmocka_unit_test(test_accounts_by_name),
	    TEST(test_missing_since),
	    TEST(test_root),
	    cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
