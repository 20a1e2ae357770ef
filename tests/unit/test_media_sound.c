/* test_media_sound: a call that records a greeting: kept while the call goes on, dropped with it,
 * and never among the recordings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/media_world.h"

#define OURS "127.0.0.92"
#define FAR  "127.0.0.93"

static char folder[96], kept[160];
static unsigned step;

static int
set_up(void **state)
{
	(void)state;
	world_begin(&w);
	snprintf(folder, sizeof(folder), "%s/greetings", w.root);
	snprintf(kept, sizeof(kept), "%s/main-2101.wav", folder);
	step = 0;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	world_end(&w);
	return 0;
}

static unsigned
files(void)
{
	unsigned n = 0;
	DIR *d = opendir(folder);
	if (d == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* World's own event handler records a message; this one takes its place from there on. */
static bool
recorded_for(struct world *x, unsigned ms)
{
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (x->beeped && step == 0) {
		media_record_sound(x->call, folder);
		x->beep_tick = x->tick;
		step++;
	}
	return step == 1 && (x->tick - x->beep_tick) * RTP_TICK_MS >= ms;
}

static void
keep_it(struct world *x)
{
	if (recorded_for(x, 1000)) {
		assert_true(media_spoken(x->call));
		media_keep_sound(x->call, "main-2101.wav");
		assert_false(media_spoken(x->call));
		step++;
	} else if (step == 2 && strchr(x->events, 'K')) {
		assert_int_equal(access(kept, F_OK), 0); /* the call is up */
		world_close(x);
	}
}

static void
test_kept(void **state)
{
	char line[256];
	struct buf why = BUF(line);
	struct prompt p;

	(void)state;
	world_run(&w, keep_it);
	assert_string_equal(w.events, "BK");
	assert_int_equal(w.ms, 0); /* no recording came of the call */
	assert_int_equal(w.error, 0);
	assert_int_equal(files(), 1);
	assert_int_equal(prompt_load(kept, &p, &why), 0);
	assert_in_range(p.n, 900 * 8, 1100 * 8);
	prompt_free(&p);
}

/* Kept and closed in one go: it is kept, and nobody is told any more. */
static void
keep_and_close(struct world *x)
{
	if (!recorded_for(x, 600))
		return;
	media_keep_sound(x->call, "main-2101.wav");
	world_close(x);
}

static void
test_kept_and_closed(void **state)
{
	(void)state;
	world_run(&w, keep_and_close);
	assert_string_equal(w.events, "B");
	assert_int_equal(w.ms, 0);
	assert_int_equal(files(), 1);
	assert_int_equal(access(kept, F_OK), 0);
}

static void
just_close(struct world *x)
{
	if (recorded_for(x, 1000))
		world_close(x);
}

static void
test_dropped_with_the_call(void **state)
{
	(void)state;
	world_run(&w, just_close);
	assert_int_equal(w.ms, 0);
	assert_int_equal(w.error, 0);
	assert_int_equal(files(), 0);
}

/* Its place is taken by a folder. */
static void
fail_to_keep(struct world *x)
{
	if (recorded_for(x, 600)) {
		assert_int_equal(mkdir(kept, 0700), 0);
		media_keep_sound(x->call, "main-2101.wav");
		step++;
	} else if (step == 2 && strchr(x->events, 'N')) {
		world_close(x);
	}
}

static void
test_not_kept(void **state)
{
	(void)state;
	world_run(&w, fail_to_keep);
	assert_string_equal(w.events, "BN");
	assert_int_equal(w.ms, 0);
	assert_int_equal(files(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_kept),
	    TEST(test_kept_and_closed),
	    TEST(test_dropped_with_the_call),
	    TEST(test_not_kept),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("media_sound", tests, NULL, NULL);
}
