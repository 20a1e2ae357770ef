/* test_log: the form of a line, and that neither a stranger's bytes nor a long text break it. */
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
#include <unistd.h>

#include "ipc/base/log.h"

static int out[2];
static int saved;
static char text[4096];

/* From here on stderr is a pipe; in the journal's way when asked. */
static void
capture(bool journal)
{
	char stream[64];
	struct stat st;

	assert_int_equal(pipe(out), 0);
	saved = dup(STDERR_FILENO);
	dup2(out[1], STDERR_FILENO);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("worker 7");
}

static const char *
captured(void)
{
	ssize_t n;

	dup2(saved, STDERR_FILENO);
	close(saved);
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
test_journal(void **state)
{
	(void)state;
	capture(true);
	log_err(LOG_DOOR, "a %d", 1);
	log_info(LOG_CALL, "b");
	assert_string_equal(captured(), "<3>worker 7 door: a 1\n<6>worker 7 call: b\n");
}

/* JOURNAL_STREAM of somebody else's stderr does not count. */
static void
test_plain(void **state)
{
	(void)state;
	capture(false);
	log_notice(LOG_RECYCLE, "slot A: serving -> draining (operator)");
	captured();
	assert_string_equal(text + strlen("2025-01-31 03:00:00.123"),
			    " notice worker 7 recycle: slot A: serving -> draining (operator)\n");
	assert_int_equal(text[4], '-');
	assert_int_equal(text[19], '.');
}

static void
test_strangers_bytes(void **state)
{
	(void)state;
	capture(true);
	log_warn(LOG_TRUNK, "from %s", "x\r\n<3>root door: \x1b[2Jgot in\x7f \xc3\xa4");
	assert_string_equal(captured(),
			    "<4>worker 7 trunk: from x?\?<3>root door: ?[2Jgot in? \xc3\xa4\n");
}

static void
test_long(void **state)
{
	static char much[5000];

	(void)state;
	memset(much, 'x', sizeof(much) - 1);
	capture(true);
	log_err(LOG_MAIN, "%s", much);
	log_err(LOG_MAIN, "next");
	captured();
	assert_non_null(strstr(text, "x...\n<3>worker 7 main: next\n"));
	assert_int_equal(strchr(text, '\n') - text, 2047);
}

static int
evaluated(int *count)
{
	return ++*count;
}

static void
test_filter(void **state)
{
	int count = 0;

	(void)state;
	log_set_level(LOG_WARN_, -1);
	log_set_level(LOG_DEBUG_, LOG_UA);
	assert_true(log_wants(LOG_CALL, LOG_WARN_));
	assert_true(log_wants(LOG_UA, LOG_DEBUG_));
	assert_false(log_wants(LOG_CALL, LOG_INFO_));
	capture(true);
	log_info(LOG_CALL, "%d", evaluated(&count));
	log_debug(LOG_UA, "%d", evaluated(&count));
	assert_string_equal(captured(), "<7>worker 7 ua: 1\n");
	log_set_level(LOG_INFO_, -1);
}

static void
test_words(void **state)
{
	enum log_level level;
	enum log_room room;

	(void)state;
	for (int i = 0; i < LOG_LEVELS; i++) {
		assert_int_equal(
		    log_level_parse(slice_str(log_level_name((enum log_level)i)), &level), 0);
		assert_int_equal(level, i);
	}
	for (int i = 0; i < LOG_ROOM_COUNT; i++) {
		assert_int_equal(log_room_parse(slice_str(log_room_name((enum log_room)i)), &room),
				 0);
		assert_int_equal(room, i);
	}
	assert_int_equal(log_level_parse(SLICE("loud"), &level), -EINVAL);
	assert_int_equal(log_room_parse(SLICE("kitchen"), &room), -EINVAL);
}

static void
test_fatal(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	capture(true);
	pid = fork();
	if (pid == 0)
		log_fatal(LOG_CONF, "evertrunk.conf:7: no such key");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_string_equal(captured(), "<3>worker 7 conf: evertrunk.conf:7: no such key\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_journal),         cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_strangers_bytes), cmocka_unit_test(test_long),
	    cmocka_unit_test(test_filter),          cmocka_unit_test(test_words),
	    cmocka_unit_test(test_fatal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
