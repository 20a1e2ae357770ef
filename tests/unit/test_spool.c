/* test_spool: one recording on a real disk: its names and lines, the order of its steps, a full
 * disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ipc/base/log.h"
#include "tests/unit/spool_dir.h"

static void
test_commit(void **state)
{
	struct spool_header h = header_of("2101");
	struct spool_recording *r = begin(&h);
	struct stat st;
	char want[1024], received[32];
	(void)state;
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	assert_int_equal(append(r, 2 * SECOND + SECOND / 2), 0);
	assert_int_equal(spool_ms(r), 2500);
	assert_true(is_there(&h, ".wav.part") && is_there(&h, ".txt.part"));
	assert_false(is_there(&h, ".wav") || is_there(&h, ".txt"));
	assert_int_equal(spool_commit(r, false), 0);
	assert_true(is_there(&h, ".wav") && is_there(&h, ".txt"));
	assert_int_equal(files(), 2);
	check_sound(&h, 2 * SECOND + SECOND / 2);
	const char *at = strstr(text_of(&h), "Received : ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Received : %31s", received), 1);
	assert_int_equal(strlen(received), strlen("2026-01-31T23:59:59Z"));
	snprintf(want, sizeof(want),
		 "MessageType : VoiceMail\nCallerId : 2101\nNDRRequired : False\n"
		 "RecipientName : 3500\nRecipientAddress : 3500@example.com\n"
		 "RecipientCulture : en-US\nCallId : b7c41d0-a0200c0-13c4\n"
		 "AttachmentName : %s/%s.wav\nDuration : 3\nImportant : False\n"
		 "CallAnswering : True\nCodec : G711\nReceived : %s\nGeneration : 7\n",
		 dir, h.guid, received);
	assert_string_equal(text_of(&h), want);
}

static void
test_interrupted_by_us(void **state)
{
	struct spool_header h = header_of("2101");
	struct spool_recording *r = begin(&h);
	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(spool_commit(r, true), 0);
	assert_non_null(strstr(text_of(&h), "\nInterrupted : True\n"));
}

static void
test_injection(void **state)
{
	struct spool_header h = header_of("1\r\nRecipientAddress : thief@example.com\x7f\n");
	struct spool_recording *r = begin(&h);
	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(spool_commit(r, false), 0);
	assert_non_null(strstr(text_of(&h), "\nRecipientAddress : 3500@example.com\n"));
	assert_null(strstr(text_of(&h), "\nRecipientAddress : thief"));
	assert_null(strchr(text_of(&h), '\r'));
}

static void
test_drop(void **state)
{
	struct spool_header h = header_of("2101");
	struct spool_recording *r = begin(&h);
	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	spool_drop(r);
	assert_int_equal(files(), 0);
}

static void
test_guids_differ(void **state)
{
	struct spool_header a = header_of("1"), b = header_of("1");
	(void)state;
	assert_int_equal(strlen(a.guid), 36);
	assert_string_not_equal(a.guid, b.guid);
	assert_int_equal(a.guid[14], '4');
}

/* Without the permission to write there is no recording and no litter. */
static void
test_no_folder(void **state)
{
	struct spool_header h = header_of("1");
	struct spool_recording *r;
	(void)state;
	assert_int_equal(spool_begin("/proc/nothing", &h, &r), -ENOENT);
	snprintf(dir, sizeof(dir), "%s/file", root);
	fclose(fopen(dir, "w"));
	assert_int_equal(spool_begin(dir, &h, &r), -ENOTDIR);
	assert_int_equal(spool_salvage(dir, 0), -ENOTDIR);
	snprintf(dir, sizeof(dir), "%s/none", root);
	assert_int_equal(spool_salvage(dir, 0), 0);
}

/* The header file's last step fails: the sound is safe, the header waits for a salvage, and the
 * message counts as whole. */
static void
test_order(void **state)
{
	struct spool_header h = header_of("2101");
	struct spool_recording *r = begin(&h);
	(void)state;
	assert_int_equal(append(r, SECOND), 0);
	assert_int_equal(mkdir(path_of(&h, ".txt"), 0700), 0);
	assert_int_equal(spool_commit(r, false), -EISDIR);
	assert_true(is_there(&h, ".wav") && is_there(&h, ".txt.part"));
	assert_int_equal(rmdir(path_of(&h, ".txt")), 0);
	assert_int_equal(spool_salvage(dir, 60000), 1); /* however short: it was kept already */
	check_sound(&h, SECOND);
	assert_null(strstr(text_of(&h), "Interrupted"));
	assert_int_equal(files(), 2);
}

/* The disk takes one and a half seconds and an odd byte. */
static void
test_full_disk(void **state)
{
	struct spool_header h = header_of("2101");
	struct rlimit old, low;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	struct spool_recording *r = begin(&h);
	low = old;
	low.rlim_cur = 44 + 24000 + 1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	int e = append(r, 3 * SECOND);
	int committed = spool_commit(r, false);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(e, -EFBIG);
	assert_int_equal(committed, 0);
	check_sound(&h, 12000);
	assert_non_null(strstr(text_of(&h), "\nDuration : 2\n"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_commit), TEST(test_interrupted_by_us), TEST(test_injection),
	    TEST(test_drop),   TEST(test_guids_differ),      TEST(test_no_folder),
	    TEST(test_order),  TEST(test_full_disk),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
