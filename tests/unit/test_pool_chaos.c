/* test_pool_chaos: for some seconds anything happens to the pool at any moment: kills, stops,
 * orders, reloads, calls.  Two workers at most, one active at most, no cell of the table that is
 * not there, no slot that spins; and when it is over, one serves and one stands by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fakes/bed.h"
#include "tests/unit/dice.h"

static struct bed bed;
static char call_id[16];
static unsigned calls;
static uint64_t starts;

static void
hit(int signo)
{
	int pid = bed_look(&bed)->slot[dice(2)].pid;

	if (pid > 0)
		kill(pid, signo);
}

static void
call(void)
{
	if (!pool_view(bed.pool)->active)
		return;
	snprintf(call_id, sizeof(call_id), "call-%u", ++calls);
	bed_invite(&bed, call_id);
}

static void
mischief(void)
{
	static const char *const modes[] = {"",       "*:exit",    "*:refuse",
					    "*:shut", "*:fragile", "*:garble"};
	char say[256];
	uint32_t ticket;

	switch (dice(12)) {
	case 0: hit(SIGKILL); break;
	case 1: hit(SIGSTOP); break;
	case 2: hit(SIGTERM); break;
	case 3: setenv("FAKE_MODES", modes[dice(6)], 1); break;
	case 4: setenv("FAKE_MODES", "", 1); break;
	case 5:
	case 6: pool_recycle(bed.pool, dice(3), "chaos", say, &ticket); break;
	case 7: pool_recycle_cancel(bed.pool, say); break;
	case 8: pool_conf(bed.pool, bed.conf, dice(4) == 0); break;
	case 9: bed.deaf = dice(4) == 0; break;
	default: call(); break;
	}
}

/* One serving at most, and what is seen of each slot makes sense. */
static void
look(void)
{
	const struct snapshot *s = bed_look(&bed);
	unsigned serving = 0, draining = 0;

	for (int i = 0; i < 2; i++) {
		const struct pool_slot_view *v = &pool_view(bed.pool)->slot[i];

		serving += strcmp(s->slot[i].state, "SERVING") == 0 ? 1 : 0;
		draining += strcmp(s->slot[i].state, "DRAINING") == 0 ? 1 : 0;
		assert_int_equal(v->generation, s->slot[i].generation);
		assert_true(v->generation != 0 || !v->takes_sip);
	}
	assert_int_equal(serving, pool_view(bed.pool)->active != 0);
	assert_true(draining <= 1);
	assert_true(bed_children() <= 2);
	/* a look is 30 ms from the last at most: nobody is started again and again meanwhile */
	assert_true(s->worker_starts - starts <= 6);
	starts = s->worker_starts;
}

static void
settles_again(uint64_t start)
{
	seed = start;
	starts = 2;
	bed_ready(&bed,
		  "worker.probe_interval = 110ms\nworker.probe_timeout = 50ms\n"
		  "worker.stop_grace = 200ms\nworker.start_timeout = 1s\n"
		  "worker.heartbeat = 200ms\nrecycle.backoff = 100ms\n"
		  "recycle.backoff_max = 300ms\n",
		  "");
	for (int i = 0; i < 150; i++) {
		mischief();
		bed_run(&bed, (int)dice(30));
		look();
	}
	setenv("FAKE_MODES", "", 1);
	bed.deaf = false;
	pool_stop(bed.pool, false, NULL, NULL); /* no way back from here, whatever is up */
	bed_run(&bed, 20);
	assert_int_equal(pool_view(bed.pool)->active, 0);
	bed_close(&bed);
}

static void
comes_to_rest(uint64_t start)
{
	char say[256];

	seed = start;
	starts = 2;
	bed_ready(&bed, "recycle.backoff = 100ms\nrecycle.backoff_max = 300ms\n", "");
	for (int i = 0; i < 100; i++) {
		mischief();
		bed_run(&bed, (int)dice(20));
		look();
	}
	setenv("FAKE_MODES", "", 1);
	bed.deaf = false;
	pool_recycle_cancel(bed.pool, say);
	memset(bed.calls, 0, sizeof(bed.calls)); /* everybody hangs up */
	for (int i = 0; i < 2; i++)
		hit(SIGCONT);
	bed_until(&bed, bed_quiet, 15000);
	assert_true(bed_look(&bed)->ready);
	bed_close(&bed);
}

/* What is logged meanwhile is kept, to be searched. */
static int log_fd, before_fd;

static int
keep_log(void **state)
{
	(void)state;
	log_fd = memfd_create("log", 0);
	before_fd = dup(STDERR_FILENO);
	return log_fd < 0 || before_fd < 0 || dup2(log_fd, STDERR_FILENO) < 0;
}

static int
end_log(void **state)
{
	static char text[1 << 16];
	ssize_t n;

	bed_sweep(state);
	dup2(before_fd, STDERR_FILENO);
	n = pread(log_fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (getenv("VERBOSE") || strstr(text, "is our mistake"))
		fputs(text, stderr);
	close(log_fd);
	close(before_fd);
	return strstr(text, "is our mistake") ? -1 : 0;
}

static void
chaos(void **state)
{
	const char *more = getenv("CHAOS"); /* how many lives, when somebody has time */
	int lives = more ? atoi(more) : 1;

	(void)state;
	for (uint64_t i = 1; i <= (uint64_t)lives; i++) {
		settles_again(i * 0x9e3779b97f4a7c15ull);
		comes_to_rest(i * 0xbf58476d1ce4e5b9ull);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(chaos, keep_log, end_log),
	};

	return cmocka_run_group_tests_name("pool_chaos", tests, NULL, NULL);
}
