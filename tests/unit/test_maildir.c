/* test_maildir: names that stay where they belong, and messages that are there once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/mailbox_folder.h"
#include "worker/maildir.h"

#define ID "0f8fad5b-d9cb-469f-a165-70867728950e"

static char root[64], folder[PATH_MAX], name[NAME_MAX + 1];

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_maildir.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(folder, sizeof(folder), "%s/a/b/3500", root);
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

/* How many files lie there; the last one's name in `name`. */
static int
files(const char *sub)
{
	char path[PATH_MAX + 8];
	int n = 0;
	snprintf(path, sizeof(path), "%s/%s", folder, sub);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		snprintf(name, sizeof(name), "%s", e->d_name);
	}
	closedir(d);
	return n;
}

static struct maildir_mail
mail_of(const char *text)
{
	return (struct maildir_mail){
	    .folder = folder, .id = ID, .received = 1769903999, .text = slice_str(text)};
}

static void
is_path(const char *pattern, struct slice local, const char *want)
{
	char path[PATH_MAX];
	assert_int_equal(mailbox_folder_of(pattern, local, SLICE("Example.com"), path), 0);
	assert_string_equal(path, want);
}

static void
test_path(void **state)
{
	char every[256], path[PATH_MAX], other[PATH_MAX];
	(void)state;
	is_path("/m", SLICE("3500"), "/m/3500");
	is_path("/m/%d/%n/Maildir", SLICE("Tony.Smith+x"), "/m/example.com/tony.smith+x/Maildir");
	is_path("/m", SLICE(".."), "/m/%2E.");
	is_path("/m", SLICE("../../x"), "/m/%2E.%2F..%2Fx");
	is_path("/m", SLICE("a b\n\0c~%"), "/m/a%20b%0A%00c%7E%25");
	is_path("/m", SLICE(""), "/m/%00");
	for (int i = 0; i < 256; i++)
		every[i] = (char)i;
	assert_int_equal(mailbox_folder_of("/m", (struct slice){every, 256}, SLICE(""), path), 0);
	assert_int_equal(strlen(path), strlen("/m/") + 200);
	assert_int_equal(mailbox_folder_of("/m", (struct slice){every, 255}, SLICE(""), other), 0);
	assert_string_not_equal(path, other);
	assert_null(strchr(path + 3, '/'));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(mailbox_folder_of(path, SLICE("x"), SLICE("y"), other), -ENAMETOOLONG);
}

static void
test_deliver(void **state)
{
	struct maildir_mail m = mail_of("Subject: x\r\n\r\na\rb\n\r\n");
	char path[2 * PATH_MAX], text[64] = "", want[PATH_MAX];
	struct stat st;
	(void)state;
	assert_int_equal(maildir_has(folder, ID), 0);
	assert_int_equal(maildir_deliver(&m), 0);
	assert_int_equal(files("new"), 1);
	snprintf(path, sizeof(path), "%s/new/%s", folder, name);
	snprintf(want, sizeof(want), "1769903999.%s.", ID);
	assert_int_equal(strncmp(name, want, strlen(want)), 0);
	assert_string_equal(strchr(name, ','), ",S=17");
	FILE *f = fopen(path, "r");
	assert_int_equal(fread(text, 1, sizeof(text), f), 17);
	fclose(f);
	assert_string_equal(text, "Subject: x\n\na\rb\n\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(files("tmp"), 0);
	assert_int_equal(files("cur"), 0);
}

/* Whoever delivered it and did not live to say so; read since. */
static void
test_once(void **state)
{
	struct maildir_mail m = mail_of("x\n");
	char from[2 * PATH_MAX], to[2 * PATH_MAX + 8];
	(void)state;
	assert_int_equal(maildir_deliver(&m), 0);
	m.again = true;
	m.text = SLICE("y, built a little differently\n");
	m.received = 0;
	assert_int_equal(maildir_deliver(&m), 1);
	assert_int_equal(files("new"), 1);
	snprintf(from, sizeof(from), "%s/new/%s", folder, name);
	snprintf(to, sizeof(to), "%s/cur/%s:2,S", folder, name);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(maildir_has(folder, ID), 1);
	assert_int_equal(maildir_deliver(&m), 1);
	m.id = "0f8fad5b-d9cb-469f-a165-70867728950f";
	assert_int_equal(maildir_deliver(&m), 0);
	assert_int_equal(files("new"), 1);
	m.mark = MAILDIR_URGENT;
	assert_int_equal(maildir_deliver(&m), 1);
	m.again = false;
	m.id = "0f8fad5b-d9cb-469f-a165-708677289510";
	assert_int_equal(maildir_deliver(&m), 0);
	assert_int_equal(maildir_has(folder, m.id), 1);
	assert_int_equal(files("new"), 2);
}

/* A disk that takes only some of it: nothing is left, and the next try goes. */
static void
test_full(void **state)
{
	char big[100000];
	struct maildir_mail m = mail_of("");
	struct rlimit old, low;
	(void)state;
	memset(big, 'a', sizeof(big));
	m.text = (struct slice){big, sizeof(big)};
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	low = old;
	low.rlim_cur = 70000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int e = maildir_deliver(&m);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(e, -EFBIG);
	assert_int_equal(files("new"), 0);
	assert_int_equal(files("tmp"), 0);
	m.again = true;
	assert_int_equal(maildir_deliver(&m), 0);
	assert_int_equal(files("new"), 1);
	assert_string_equal(strchr(name, ','), ",S=100000");
}

static void
test_no_folder(void **state)
{
	struct maildir_mail m = mail_of("x\n");
	(void)state;
	m.folder = "/proc/nothing/3500";
	assert_int_equal(maildir_deliver(&m), -ENOENT);
	snprintf(folder, sizeof(folder), "%s/file", root);
	fclose(fopen(folder, "w"));
	m.folder = folder;
	assert_int_equal(maildir_deliver(&m), -ENOTDIR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_path), TEST(test_deliver),   TEST(test_once),
	    TEST(test_full), TEST(test_no_folder),
	};
	return cmocka_run_group_tests_name("maildir", tests, NULL, NULL);
}
