/* test_spool_salvage: what killed workers leave behind, and a salvage that must not touch what is
 * alive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "ipc/base/log.h"
#include "tests/unit/spool_dir.h"

/* Another process that records `n` samples and lives until it is killed. */
static pid_t
worker(const struct spool_header *h, size_t n)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct spool_recording *r;
		if (spool_begin(dir, h, &r) != 0 || append(r, n) != 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

/* Another one, whose caller marks what he has said, and takes one of the two back. */
static pid_t
marker(const struct spool_header *h)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct spool_recording *r;
		if (spool_begin(dir, h, &r) != 0 || append(r, 3 * SECOND) != 0 ||
		    spool_mark(r, true, true) != 0 || spool_mark(r, true, false) != 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
murder(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_marks_outlive_it(void **state)
{
	struct spool_header h = header_of("2101");
	(void)state;
	murder(marker(&h));
	assert_int_equal(spool_salvage(dir, 1000), 1);
	check_sound(&h, 3 * SECOND);
	assert_non_null(strstr(text_of(&h), "\nImportant : True\nCallAnswering"));
	assert_null(strstr(text_of(&h), "Private"));
	assert_null(strstr(text_of(&h), "\n\n"));
	assert_non_null(strstr(text_of(&h), "\nGeneration : 7\nInterrupted : True\n"));
}

static void
test_killed(void **state)
{
	struct spool_header h = header_of("2101"), living = header_of("2102");
	(void)state;
	pid_t dead = worker(&h, 3 * SECOND), alive = worker(&living, 3 * SECOND);
	assert_int_equal(spool_salvage(dir, 1000), 0); /* both are alive */
	murder(dead);
	assert_int_equal(spool_salvage(dir, 1000), 1);
	check_sound(&h, 3 * SECOND);
	assert_non_null(strstr(text_of(&h), "CallerId : 2101\n"));
	assert_non_null(strstr(text_of(&h), "\nDuration : 3\n"));
	assert_non_null(strstr(text_of(&h), "\nGeneration : 7\nInterrupted : True\n"));
	assert_true(is_there(&living, ".wav.part") && is_there(&living, ".txt.part"));
	assert_int_equal(files(), 4);
	assert_int_equal(spool_salvage(dir, 1000), 0);
	murder(alive);
	assert_int_equal(spool_salvage(dir, 3001), 0); /* too short */
	assert_int_equal(files(), 2);
}

/* The worker died in the middle of a write, and its header file is gone or damaged. */
static void
test_damaged(void **state)
{
	struct spool_header h = header_of("2101"), bare = header_of("2102");
	(void)state;
	murder(worker(&h, 2 * SECOND));
	assert_int_equal(truncate(path_of(&h, ".wav.part"), 44 + 20001), 0);
	assert_int_equal(truncate(path_of(&h, ".txt.part"), 0), 0);
	murder(worker(&bare, SECOND));
	assert_int_equal(unlink(path_of(&bare, ".wav.part")), 0);
	assert_int_equal(spool_salvage(dir, 1000), 1);
	check_sound(&h, 10000);
	assert_non_null(strstr(text_of(&h), "\nDuration : 1\n"));
	assert_non_null(strstr(text_of(&h), h.guid));
	assert_non_null(strstr(text_of(&h), "\nInterrupted : True\n"));
	assert_int_equal(files(), 2); /* a header without sound is nothing */
}

/* Sound without a header has never been spoken into. */
static void
test_orphan(void **state)
{
	struct spool_header h = header_of("2101");
	(void)state;
	murder(worker(&h, SECOND));
	assert_int_equal(unlink(path_of(&h, ".txt.part")), 0);
	assert_int_equal(spool_salvage(dir, 0), 0);
	assert_int_equal(files(), 0);
}

static void
test_strange_files(void **state)
{
	struct spool_header h = header_of("2101");
	char path[256];
	(void)state;
	spool_drop(begin(&h)); /* makes the folder */
	snprintf(path, sizeof(path), "%s/notes.txt.part", dir);
	fclose(fopen(path, "w"));
	assert_int_equal(spool_salvage(dir, 0), 0);
	assert_int_equal(files(), 1);
}

/* A salvage that runs all the time never finishes or removes what a living worker makes. */
static void
test_salvage_beside_the_living(void **state)
{
	(void)state;
	struct spool_header first = header_of("1");
	spool_drop(begin(&first));
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			if (spool_salvage(dir, 1000) != 0)
				_exit(1);
	for (int i = 0; i < 150; i++) {
		struct spool_header h = header_of("2101");
		struct spool_recording *r = begin(&h);
		assert_int_equal(append(r, 800), 0);
		assert_int_equal(spool_commit(r, false), 0);
		check_sound(&h, 800);
		assert_null(strstr(text_of(&h), "Interrupted"));
		assert_non_null(strstr(text_of(&h), "CallerId : 2101\n"));
	}
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	murder(pid);
	assert_int_equal(files(), 300);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_killed), TEST(test_marks_outlive_it), TEST(test_damaged),
	    TEST(test_orphan), TEST(test_strange_files),    TEST(test_salvage_beside_the_living),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("spool_salvage", tests, NULL, NULL);
}
