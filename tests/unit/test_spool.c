/* test_spool: recordings on a real disk: names and lines, what a killed worker leaves behind, a
 * full disk, and a salvage that must not touch what is alive. */
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
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/prompt.h"
#include "worker/spool.h"

enum { SECOND = 8000 };

static char root[64], dir[96];

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_spool.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/a/spool", root);
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

static struct spool_header
header_of(const char *caller)
{
	struct spool_header h = {.culture = "en-US", .generation = 7, .call_answering = true};
	snprintf(h.caller_id, sizeof(h.caller_id), "%s", caller);
	strcpy(h.recipient_name, "3500");
	strcpy(h.recipient_address, "3500@example.com");
	strcpy(h.call_id, "b7c41d0-a0200c0-13c4");
	spool_guid(&h);
	return h;
}

static char *
path_of(const struct spool_header *h, const char *suffix)
{
	static char path[2][256];
	static int turn;
	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), "%s/%s%s", dir, h->guid, suffix);
	return path[turn];
}

static bool
is_there(const struct spool_header *h, const char *suffix)
{
	return access(path_of(h, suffix), F_OK) == 0;
}

static unsigned
files(void)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static const char *
text_of(const struct spool_header *h)
{
	static char text[8192];
	FILE *f = fopen(path_of(h, ".txt"), "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* The committed sound is `n` samples that count up from 0. */
static void
check_sound(const struct spool_header *h, size_t n)
{
	char line[256];
	struct buf why = BUF(line);
	struct prompt p;
	if (prompt_load(path_of(h, ".wav"), &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++)
		if (p.samples[i] != (int16_t)i)
			fail_msg("sample %zu is %d", i, p.samples[i]);
	prompt_free(&p);
}

static struct spool_recording *
begin(const struct spool_header *h)
{
	struct spool_recording *r;
	int e = spool_begin(dir, h, &r);
	if (e != 0)
		fail_msg("spool_begin: %s", strerror(-e));
	return r;
}

/* Appends samples that count up, in pieces of half a second. */
static int
append(struct spool_recording *r, size_t n)
{
	int16_t piece[SECOND / 2];
	int e = 0;
	for (size_t at = 0; at < n && e == 0; at += SECOND / 2) {
		size_t some = n - at < SECOND / 2 ? n - at : SECOND / 2;
		for (size_t i = 0; i < some; i++)
			piece[i] = (int16_t)(at + i);
		e = spool_append(r, piece, some);
	}
	return e;
}

/* ---- one recording ---- */

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

/* ---- salvage ---- */

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

static void
murder(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
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
	    TEST(test_commit),
	    TEST(test_interrupted_by_us),
	    TEST(test_injection),
	    TEST(test_drop),
	    TEST(test_guids_differ),
	    TEST(test_no_folder),
	    TEST(test_order),
	    TEST(test_full_disk),
	    TEST(test_killed),
	    TEST(test_damaged),
	    TEST(test_orphan),
	    TEST(test_strange_files),
	    TEST(test_salvage_beside_the_living),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
