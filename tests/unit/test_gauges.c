/* test_gauges: what is free on a real disk, whether the folder is there or not; a level that
 * comes of it; gauges that go while the disk is still being asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "supervisor/gauges.h"

struct world {
	struct loop *loop;
	struct conf *conf;
	int changes;
	bool pressed; /* what `read` says of the calls */
};

static void
read_values(void *arg, int64_t value[PRESSURE_COUNT])
{
	const struct world *w = arg;

	value[PRESSURE_CALLS] = w->pressed ? 100 : 0;
}

static bool
is_busy(void *arg)
{
	(void)arg;
	return true;
}

static void
on_change(void *arg, const struct pressure *now)
{
	struct world *w = arg;

	w->changes++;
	if (now->of[PRESSURE_DISK].level == PRESSURE_HIGH)
		loop_stop(w->loop);
}

static struct gauges *
make(struct world *w)
{
	const struct gauges_hooks hooks = {w, read_values, is_busy, on_change};
	struct gauges *g;

	log_set_level(LOG_ERR_, -1);
	*w = (struct world){.loop = loop_new(), .conf = calloc(1, sizeof(*w->conf))};
	assert_non_null(w->loop);
	assert_non_null(w->conf);
	w->conf->pressure.disk_high = INT64_MAX;
	w->conf->pressure.calls_medium = 80;
	strcpy(w->conf->recording.spool, "/tmp/not/there/yet");
	strcpy(w->conf->mail.maildir, "/dev/shm/%d/%n");
	w->conf->mail.delivery = DELIVERY_MAILDIR;
	g = gauges_new(w->loop, w->conf, &hooks);
	assert_non_null(g);
	return g;
}

static void
end(struct world *w)
{
	loop_free(w->loop);
	free(w->conf);
}

static void
free_bytes(void **state)
{
	(void)state;
	assert_true(gauges_free_bytes("/tmp") > 0);
	assert_true(gauges_free_bytes("/tmp/not/there/yet") > 0);
	assert_true(gauges_free_bytes("/") > 0);
	assert_true(gauges_free_bytes("not/there/yet") > 0);
	assert_int_equal(gauges_free_bytes("/dev/null/below/a/file"), -ENOTDIR);
}

static void
a_level_comes_of_it(void **state)
{
	struct world w;
	struct gauges *g = make(&w);

	(void)state;
	assert_int_equal(gauges_now(g)->of[PRESSURE_DISK].value, PRESSURE_UNKNOWN);
	w.pressed = true;
	gauges_look(g);
	assert_int_equal(gauges_now(g)->of[PRESSURE_CALLS].level, PRESSURE_MEDIUM);
	assert_int_equal(gauges_now(g)->of[PRESSURE_QUEUE].value, PRESSURE_UNKNOWN);
	loop_run(w.loop); /* until the disk has answered */
	assert_true(gauges_now(g)->of[PRESSURE_DISK].value > 0);
	assert_int_equal(w.changes, 2);
	gauges_free(g);
	end(&w);
}

static void
gone_while_asking(void **state)
{
	struct world w;
	struct gauges *g = make(&w);

	(void)state;
	gauges_look(g);
	gauges_conf(g, w.conf); /* asks no second time meanwhile */
	gauges_free(g);
	end(&w);
	assert_int_equal(w.changes, 0);
	gauges_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(free_bytes),
	    cmocka_unit_test(a_level_comes_of_it),
	    cmocka_unit_test(gone_while_asking),
	};

	return cmocka_run_group_tests_name("gauges", tests, NULL, NULL);
}
