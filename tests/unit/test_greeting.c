/* test_greeting: sound that is no message but a mailbox's greeting: kept whole or not at all, never
 * finished by a salvage; its names; its removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "ipc/base/log.h"
#include "tests/unit/spool_dir.h"
#include "worker/greeting.h"

static struct spool_header
sound_only(void)
{
	struct spool_header h = {.sound_only = true};

	spool_guid(&h);
	return h;
}

static void
check_kept(const char *name, size_t n)
{
	char path[256], line[256];
	struct buf why = BUF(line);
	struct prompt p;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (prompt_load(path, &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p.samples[i], (int16_t)i);
	prompt_free(&p);
}

static void
test_kept(void **state)
{
	struct spool_header h = sound_only(), again = sound_only();
	struct spool_recording *r = begin(&h);

	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(files(), 1); /* no header file */
	assert_true(is_there(&h, ".wav.part"));
	assert_int_equal(spool_keep(r, "main-2101.wav"), 0);
	assert_int_equal(files(), 1);
	check_kept("main-2101.wav", SECOND);
	r = begin(&again);
	assert_int_equal(append(r, 2 * SECOND), 0);
	check_kept("main-2101.wav", SECOND); /* the old one until then */
	assert_int_equal(spool_keep(r, "main-2101.wav"), 0);
	assert_int_equal(files(), 1);
	check_kept("main-2101.wav", 2 * SECOND);
	assert_int_equal(spool_salvage(dir, 100), 0);
	check_kept("main-2101.wav", 2 * SECOND);
}

static void
test_dropped(void **state)
{
	struct spool_header h = sound_only();
	struct spool_recording *r = begin(&h);

	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	spool_drop(r);
	assert_int_equal(files(), 0);
}

/* The name is a folder's: what was there stays, and nothing else does. */
static void
test_not_kept(void **state)
{
	struct spool_header h = sound_only();
	struct spool_recording *r = begin(&h);
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/main-2101.wav", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(spool_keep(r, "main-2101.wav"), -EISDIR);
	assert_int_equal(files(), 1);
}

/* What a killed worker leaves is no greeting, and no message either, however long it is. */
static void
test_killed(void **state)
{
	struct spool_header h = sound_only();
	struct spool_recording *r;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		_exit(spool_begin(dir, &h, &r) != 0 || append(r, 5 * SECOND) != 0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(files(), 1);
	assert_int_equal(spool_salvage(dir, 100), 0);
	assert_int_equal(files(), 0);
	r = begin(&h); /* one that is being recorded is left alone */
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(spool_salvage(dir, 100), 0);
	assert_int_equal(files(), 1);
	spool_drop(r);
}

static void
test_names(void **state)
{
	static struct conf conf;
	char folder[GREETING_FOLDER_MAX], path[GREETING_PATH_MAX];

	(void)state;
	strcpy(conf.state.directory, "/var/lib/evertrunk");
	greeting_folder(&conf, folder);
	assert_string_equal(folder, "/var/lib/evertrunk/greetings");
	greeting_path(folder, "north-1", "2101", path);
	assert_string_equal(path, "/var/lib/evertrunk/greetings/north-1-2101.wav");
	memset(conf.state.directory, 'd', sizeof(conf.state.directory) - 1);
	greeting_folder(&conf, folder);
	assert_string_equal(folder + sizeof(conf.state.directory) - 1, "/greetings");
	greeting_path(folder, "north", "2101", path);
	assert_string_equal(path + strlen(path) - 14, "north-2101.wav");
}

static void
test_removal(void **state)
{
	struct spool_header h = sound_only();
	struct spool_recording *r = begin(&h);

	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(spool_keep(r, "main-2101.wav"), 0);
	assert_int_equal(greeting_remove(dir, "main", "2102"), 0);
	assert_int_equal(files(), 1);
	assert_int_equal(greeting_remove(dir, "main", "2101"), 0);
	assert_int_equal(files(), 0);
	assert_int_equal(greeting_remove(dir, "main", "2101"), 0);
	assert_int_equal(greeting_remove("/nowhere", "main", "2101"), 0);
	assert_int_equal(greeting_remove("/dev/null", "main", "2101"), -ENOTDIR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_kept),   TEST(test_dropped),           TEST(test_not_kept),
	    TEST(test_killed), cmocka_unit_test(test_names), TEST(test_removal),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("greeting", tests, NULL, NULL);
}
