/* test_attempts: wrong PINs in a row: what locks, what unlocks, what processes count together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker/attempts.h"

static const struct attempts_rule rule = {.max = 15, .again = 3, .lock_s = 3600};
static char root[64], folder[96];

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_attempts.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(folder, sizeof(folder), "%s/logons", root);
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

static void
write_file(const char *name, const char *text)
{
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_lock(void **state)
{
	struct attempts a = {0};

	(void)state;
	for (uint32_t i = 1; i <= 15; i++) {
		assert_true(attempts_allow(&a, &rule, 1000 + i));
		assert_int_equal(a.wrong, i);
	}
	assert_false(attempts_allow(&a, &rule, 1016));
	assert_false(attempts_allow(&a, &rule, 1015 + 3599));
	assert_int_equal(a.wrong, 15);  /* what was refused is not counted, */
	assert_int_equal(a.last, 1015); /* and makes it no longer */
	for (uint32_t i = 13; i <= 15; i++) {
		assert_true(attempts_allow(&a, &rule, 1015 + 3600));
		assert_int_equal(a.wrong, i);
	}
	assert_false(attempts_allow(&a, &rule, 1015 + 3600));
}

static void
test_clock_set_back(void **state)
{
	struct attempts a = {.wrong = 15, .last = 2000000000};

	(void)state;
	assert_true(attempts_allow(&a, &rule, 1000));
	assert_int_equal(a.wrong, 13);
}

static void
test_one_is_enough(void **state)
{
	const struct attempts_rule strict = {.max = 1, .again = 3, .lock_s = 10};
	struct attempts a = {0};

	(void)state;
	assert_true(attempts_allow(&a, &strict, 100));
	assert_false(attempts_allow(&a, &strict, 109));
	assert_true(attempts_allow(&a, &strict, 110));
	assert_int_equal(a.wrong, 1);
}

static void
test_on_disk(void **state)
{
	struct attempts a;
	struct stat st;

	(void)state;
	for (uint32_t i = 1; i <= 15; i++) {
		assert_int_equal(attempts_begin(folder, "main-2101", &rule, &a), 0);
		assert_int_equal(a.wrong, i);
	}
	assert_int_equal(attempts_begin(folder, "main-2101", &rule, &a), -EPERM);
	assert_int_equal(a.wrong, 15);
	assert_int_equal(attempts_begin(folder, "main-2102", &rule, &a), 0);
	assert_int_equal(a.wrong, 1);
	assert_int_equal(attempts_forget(folder, "main-2101"), 0);
	assert_int_equal(attempts_begin(folder, "main-2101", &rule, &a), 0);
	assert_int_equal(a.wrong, 1);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0007, 0);
}

/* Whatever stands in the file. */
static void
test_spoilt(void **state)
{
	static const char *const texts[] = {"",         "x", "-1", "15", "99999999999999999999 1\n",
					    "3 three\n"};
	struct attempts a;
	char text[64];

	(void)state;
	assert_int_equal(attempts_begin(folder, "a", &rule, &a), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_file("a", texts[i]);
		assert_int_equal(attempts_begin(folder, "a", &rule, &a), 0);
		assert_true(a.wrong >= 1 && a.wrong <= 15);
	}
	snprintf(text, sizeof(text), "400 %lld\n", (long long)time(NULL));
	write_file("a", text);
	assert_int_equal(attempts_begin(folder, "a", &rule, &a), -EPERM);
}

/* What cannot be counted is an error, and no try. */
static void
test_no_disk(void **state)
{
	struct attempts a;

	(void)state;
	assert_int_equal(attempts_begin("/nowhere/logons", "a", &rule, &a), -ENOENT);
	assert_int_equal(attempts_forget("/dev/null", "a"), -ENOTDIR);
}

static void
try_often(void)
{
	struct attempts a;

	for (int i = 0; i < 200; i++)
		if (attempts_begin(folder, "many", &(struct attempts_rule){9999, 3, 60}, &a) < 0)
			_exit(1);
	_exit(0);
}

static void
test_together(void **state)
{
	struct attempts a;
	int status;

	(void)state;
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			try_often();
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(attempts_begin(folder, "many", &(struct attempts_rule){9999, 3, 60}, &a),
			 0);
	assert_int_equal(a.wrong, 801);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lock),
	    cmocka_unit_test(test_clock_set_back),
	    cmocka_unit_test(test_one_is_enough),
	    cmocka_unit_test_setup_teardown(test_on_disk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_spoilt, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_disk, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_together, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
