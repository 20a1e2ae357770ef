/* test_courier_notice: what expires is told to the operator: once, in one mail, by whatever worker
 * comes after; and nobody is told of that mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier.h"

enum { GATHER_MS = 300 };

/* Delivers notices only, and those only while `taken`. */
static struct {
	pthread_mutex_t mutex;
	bool taken;
	enum outcome fails;
	int tries, notices;
	struct letter last;
} post = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static char root[64], spool[80];
static struct courier *c;

static void
deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	(void)arg;
	(void)again;
	pthread_mutex_lock(&post.mutex);
	post.tries++;
	*ret = (struct courier_result){.outcome = post.fails, .text = "no connection"};
	if (l->type == LETTER_NOTICE && post.taken) {
		*ret = (struct courier_result){.outcome = OUTCOME_DELIVERED, .confirmed = true};
		post.last = *l;
		post.notices++;
	}
	pthread_mutex_unlock(&post.mutex);
}

static int
notices(void)
{
	pthread_mutex_lock(&post.mutex);
	int n = post.notices;
	pthread_mutex_unlock(&post.mutex);
	return n;
}

/* What expires does so at its first try. */
static void
begin(const char *operator_, int64_t gather)
{
	struct courier_parts p = {.spool = spool,
				  .expire = 0,
				  .deliver = deliver,
				  .gather = gather,
				  .operator_ = operator_};
	assert_int_equal(courier_new(&p, &c), 0);
	courier_own(c, true);
}

static void
end(void)
{
	assert_true(courier_stop(c, 5000));
	courier_free(c);
	c = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_notice.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(spool, sizeof(spool), "%s/spool", root);
	assert_int_equal(mkdir(spool, 0755), 0);
	post.tries = post.notices = 0;
	post.taken = true;
	post.fails = OUTCOME_LATER;
	return 0;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	if (c != NULL)
		end();
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static void
put_missed(const char *id, const char *more)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s.txt", spool, id);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"MessageType : MissedCall\nCallerId : +31201234567\nRecipientName : Tony Smith\n");
	fprintf(f, "RecipientAddress : tony@example.com\nRecipientCulture : nl-NL\n%s", more);
	fclose(f);
}

static void
grow_old(void)
{
	usleep(1100000);
}

static bool
is_there(const char *name)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", spool, name);
	return access(path, F_OK) == 0;
}

static int
count_in(const char *folder, const char *suffix)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", spool, folder);
	DIR *d = opendir(path);
	int n = 0;
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += strlen(e->d_name) > strlen(suffix) &&
		     strcmp(e->d_name + strlen(e->d_name) - strlen(suffix), suffix) == 0;
	if (d != NULL)
		closedir(d);
	return n;
}

#define until(what)                                                   \
	do {                                                          \
		int left = 5000;                                      \
		while (!(what) && left-- > 0)                         \
			usleep(1000);                                 \
		if (left <= 0)                                        \
			fail_msg("line %d: not %s", __LINE__, #what); \
	} while (0)

#define OPERATOR "OperatorAddress : reception@example.com\n"

static void
test_one(void **state)
{
	(void)state;
	put_missed("m", "Received : 2026-01-31T23:59:59Z\n" OPERATOR);
	grow_old();
	begin("", GATHER_MS);
	until(notices() == 1);
	until(count_in(".", ".txt") == 0 && !is_there(".notices"));
	const struct letter *l = &post.last;
	assert_int_equal(l->notice, NOTICE_EXPIRED);
	assert_string_equal(l->recipient_address, "reception@example.com");
	assert_string_equal(l->culture, "nl-NL");
	assert_true(l->important && l->received > 0);
	assert_true(l->count == 1 && l->nabout == 1);
	assert_string_equal(l->about[0].id, "m");
	assert_string_equal(l->about[0].recipient, "Tony Smith (tony@example.com)");
	assert_string_equal(l->about[0].caller, "+31201234567");
	assert_string_equal(l->about[0].reason, "no connection (for longer than mail.expire)");
	assert_int_equal(l->about[0].received, 1769903999);
	assert_in_range(l->about[0].tried_s, 1, 10);
	assert_true(is_there("bad/m.txt") && is_there("bad/m.reason"));
}

/* An outage that ends in the expiry of many: one mail; two where two operators are to be told. */
static void
test_many(void **state)
{
	char id[16];
	(void)state;
	for (int i = 0; i < 70; i++) {
		snprintf(id, sizeof(id), "m%d", i);
		put_missed(id, i < 60 ? OPERATOR : "OperatorAddress : 2009\n");
	}
	grow_old();
	post.fails = OUTCOME_OUTAGE;
	begin(NULL, GATHER_MS);
	until(count_in(".", ".txt") == 2);
	assert_int_equal(post.tries, 1); /* in an outage they knock later, or when they are told */
	assert_int_equal(courier_order(c, 1, "queue retry"), 0);
	until(notices() == 2);
	usleep(2 * GATHER_MS * 1000);
	assert_int_equal(notices(), 2);
	assert_int_equal(count_in("bad", ".txt"), 70);
	const bool second = strcmp(post.last.mailbox, "2009") == 0;
	assert_int_equal(post.last.count, second ? 10 : 60);
	assert_int_equal(post.last.nabout, second ? 10 : 50);
}

/* Who was to tell it dies before; what comes soon after waits for the next mail. */
static void
test_told_by_the_next(void **state)
{
	(void)state;
	put_missed("m", "");
	grow_old();
	begin("boss@example.com", 100000);
	until(is_there("bad/m.txt") && is_there(".notices"));
	end();
	assert_int_equal(notices(), 0);
	begin("boss@example.com", GATHER_MS);
	until(notices() == 1);
	assert_string_equal(post.last.recipient_address, "boss@example.com");
	until(!is_there(".notices"));
	put_missed("soon", "");
	grow_old();
	assert_int_equal(courier_order(c, 1, "queue retry"), 0);
	until(is_there("bad/soon.txt") && is_there(".notices"));
	usleep(2 * GATHER_MS * 1000);
	assert_int_equal(notices(), 1);
}

/* mail.operator before the letter's; nobody when neither is given. */
static void
test_whom(void **state)
{
	(void)state;
	put_missed("m", OPERATOR);
	grow_old();
	begin("boss@example.com", GATHER_MS);
	until(notices() == 1);
	assert_string_equal(post.last.recipient_address, "boss@example.com");
	end();
	put_missed("n", "OperatorAddress : no address at all\n");
	grow_old();
	begin("", GATHER_MS);
	until(is_there("bad/n.txt"));
	usleep(2 * GATHER_MS * 1000);
	assert_int_equal(notices(), 1);
	assert_false(is_there(".notices"));
}

/* A notice that expires is bad, and that is all. */
static void
test_no_loop(void **state)
{
	(void)state;
	post.taken = false;
	put_missed("m", OPERATOR);
	grow_old();
	begin("", GATHER_MS);
	until(is_there("bad/m.txt"));
	until(count_in(".", ".txt") == 1); /* the notice */
	grow_old();
	assert_int_equal(courier_order(c, 1, "queue retry"), 0);
	until(count_in("bad", ".txt") == 2);
	usleep(3 * GATHER_MS * 1000);
	assert_int_equal(count_in(".", ".txt"), 0);
	assert_false(is_there(".notices"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_one), TEST(test_many),
					   TEST(test_told_by_the_next), TEST(test_whom),
					   TEST(test_no_loop)};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("courier_notice", tests, NULL, NULL);
}
