/* test_remote: the thread that goes round, before a server of the test's own (in place of imap.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/imap.h"
#include "worker/remote.h"

/* ---- the server: anna, bob and nobody else ---- */

struct imap {
	bool stopped;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool stalls, down;
static uint32_t fresh[2], looks;

struct imap *
imap_new(const struct conf *conf)
{
	(void)conf;
	return calloc(1, sizeof(struct imap));
}

void
imap_free(struct imap *m)
{
	free(m);
}

void
imap_stop(struct imap *m)
{
	pthread_mutex_lock(&mutex);
	m->stopped = true;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
}

static enum imap_result
status_of(const struct imap *m, const char *address, uint32_t *ret)
{
	looks++;
	while (stalls && !m->stopped)
		pthread_cond_wait(&cond, &mutex);
	if (down || m->stopped)
		return IMAP_OUTAGE;
	if (strncmp(address, "anna@", 5) != 0 && strncmp(address, "bob@", 4) != 0)
		return IMAP_MAILBOX;
	*ret = fresh[address[0] == 'b'];
	return IMAP_OK;
}

enum imap_result
imap_count(struct imap *m, const struct imap_who *who, struct imap_status *known, struct tally *ret,
	   bool *ret_changed, struct buf *why)
{
	uint32_t n = 0;

	pthread_mutex_lock(&mutex);
	const enum imap_result r = status_of(m, who->address, &n);
	pthread_mutex_unlock(&mutex);
	const struct imap_status now = {.messages = n, .unseen = n, .uidvalidity = 1};
	if (r != IMAP_OK) {
		buf_str(why, "no");
		return r;
	}
	*ret_changed = memcmp(known, &now, sizeof(now)) != 0;
	*ret = (struct tally){.fresh = (uint16_t)n};
	*known = now;
	return r;
}

static void
set(uint32_t anna, uint32_t bob)
{
	pthread_mutex_lock(&mutex);
	fresh[0] = anna;
	fresh[1] = bob;
	pthread_mutex_unlock(&mutex);
}

static void
let(bool stall, bool be_down)
{
	pthread_mutex_lock(&mutex);
	stalls = stall;
	down = be_down;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
}

static uint32_t
looks_now(void)
{
	pthread_mutex_lock(&mutex);
	const uint32_t n = looks;
	pthread_mutex_unlock(&mutex);
	return n;
}

/* ---- who takes ---- */

static struct conf conf;
static struct remote *r;
static int told = -1;
static uint16_t got[8]; /* by tag */
static unsigned taken;  /* counts that came */

static void
on_count(void *arg, uint32_t tag, const struct tally *t)
{
	assert_ptr_equal(arg, got);
	assert_true(tag < 8);
	got[tag] = t->fresh;
	taken++;
}

static void
take(uint32_t round)
{
	remote_take(r, round, on_count, got);
}

static void
start(int64_t interval)
{
	conf.imap.nhost = 1;
	strcpy(conf.imap.host[0], "mail.example.com");
	conf.imap.interval = interval;
	conf.imap.rate = 100;
	told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_int_equal(remote_new(&conf, told, &r), 0);
}

static int
set_up(void **state)
{
	(void)state;
	stalls = down = false;
	looks = taken = 0;
	memset(got, 0, sizeof(got));
	set(0, 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (!remote_stop(r, 1000))
		return -1;
	remote_free(r);
	close(told);
	return 0;
}

static void
give(uint32_t round, const char *first, const char *second)
{
	struct remote_list *l = remote_list_new(round);

	assert_non_null(l);
	assert_int_equal(remote_list_add(l, 1, first, "2101"), 0);
	assert_int_equal(remote_list_add(l, 2, second, "2102"), 0);
	assert_int_equal(remote_list_add(l, 3, "", "2103"), 0);
	remote_give(r, l);
}

/* Within `ms`; true at once when it is so. */
#define WITHIN(ms, what)                                              \
	do {                                                          \
		const struct mono limit_ = mono_add(clock_now(), ms); \
		while (!(what) && clock_now().ns < limit_.ns)         \
			usleep(5000);                                 \
		assert_true(what);                                    \
	} while (0)

static bool
has(uint32_t round, uint16_t one, uint16_t two)
{
	take(round);
	return got[1] == one && got[2] == two;
}

static struct remote_report
report(void)
{
	struct remote_report p;

	remote_report(r, &p);
	return p;
}

static void
counts_come_and_only_what_is_new(void **state)
{
	(void)state;
	set(2, 3);
	start(50);
	assert_int_equal(report().state, ROUNDS_UNKNOWN);
	give(7, "anna@example.com", "bob@example.com");
	WITHIN(2000, has(7, 2, 3));
	assert_int_equal(taken, 2);
	set(1, 3);
	WITHIN(2000, has(7, 1, 3));
	assert_int_equal(taken, 3);
	const uint32_t n = looks_now();
	WITHIN(2000, looks_now() > n + 4);
	take(7);
	assert_int_equal(taken, 3);
	assert_int_equal(report().state, ROUNDS_UP);
	assert_true(report().seen >= 4);
	assert_int_equal(report().refused + report().failed, 0);
	assert_int_equal(got[3], 0); /* nobody can have sent her anything */
}

static void
a_new_list_keeps_what_is_known(void **state)
{
	(void)state;
	set(2, 3);
	start(3600000);
	give(1, "anna@example.com", "carol@example.com");
	WITHIN(2000, has(1, 2, 0));
	let(true, false); /* from now on nothing can be found out */
	give(2, "bob@example.com", "anna@example.com");
	taken = 0;
	take(1); /* of a list that is gone: nothing */
	struct remote_list *l = remote_list_new(3);
	assert_int_equal(remote_list_add(l, 4, "Anna@Example.com", "2101"), 0);
	assert_int_equal(remote_list_add(l, 5, "anna@example.com", "2101"), 0);
	remote_give(r, l);
	let(false, false);
	WITHIN(2000, (take(3), taken >= 2));
	assert_int_equal(got[4], 2);
	assert_int_equal(got[5], 2);
}

static void
a_message_hurries_its_mailbox(void **state)
{
	(void)state;
	start(3600000);
	give(1, "anna@example.com", "bob@example.com");
	WITHIN(2000, looks_now() == 2);
	usleep(50000);
	set(1, 1);
	remote_hurry(r, "somebody@example.com");
	remote_hurry(r, "BOB@example.com");
	WITHIN(3000, has(1, 0, 1));
	assert_int_equal(looks_now(), 3);
}

static void
a_stalled_server_delays_nobody(void **state)
{
	struct mono before;

	(void)state;
	let(true, false);
	start(50);
	give(1, "anna@example.com", "bob@example.com");
	WITHIN(2000, looks_now() == 1);
	before = clock_now();
	take(1);
	remote_hurry(r, "anna@example.com");
	give(2, "anna@example.com", "bob@example.com");
	assert_true(remote_stop(r, 1000));
	assert_true(mono_ms(before, clock_now()) < 500);
	assert_int_equal(report().failed, 0); /* we cut it off ourselves */
}

static void
none_are_looked_at_any_more(void **state)
{
	(void)state;
	start(20);
	give(1, "anna@example.com", "bob@example.com");
	WITHIN(2000, report().state == ROUNDS_UP);
	remote_give(r, NULL);
	WITHIN(2000, report().state == ROUNDS_UNKNOWN);
	const uint32_t n = looks_now();
	usleep(100000);
	assert_int_equal(looks_now(), n);
	/* and whoever takes it up again, from the beginning */
	set(1, 0);
	taken = 0;
	give(2, "anna@example.com", "bob@example.com");
	WITHIN(2000, (take(2), taken == 2));
}

static void
a_server_that_is_down(void **state)
{
	(void)state;
	set(1, 1);
	let(false, true);
	start(20);
	give(1, "anna@example.com", "bob@example.com");
	WITHIN(2000, report().state == ROUNDS_DOWN);
	assert_int_equal(report().failed, 1);
	assert_int_equal(report().unreadable, 0);
	let(false, false);
	WITHIN(7000, has(1, 1, 1));
	assert_int_equal(report().state, ROUNDS_UP);
}

static void
a_mailbox_that_cannot_be_looked_into(void **state)
{
	(void)state;
	set(1, 0);
	start(20);
	give(1, "anna@example.com", "carol@example.com");
	WITHIN(2000, report().refused > 2);
	assert_int_equal(report().unreadable, 1);
	assert_int_equal(report().state, ROUNDS_UP);
	give(2, "anna@example.com", "bob@example.com");
	WITHIN(2000, report().unreadable == 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(counts_come_and_only_what_is_new),     T(a_new_list_keeps_what_is_known),
	    T(a_message_hurries_its_mailbox),        T(a_stalled_server_delays_nobody),
	    T(none_are_looked_at_any_more),          T(a_server_that_is_down),
	    T(a_mailbox_that_cannot_be_looked_into),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
