/* test_media_life: calls that are closed in their own events, ports and disks that run out,
 * settings that cannot work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/media_world.h"

#define OURS "127.0.0.82"
#define FAR  "127.0.0.83"

static void
call(void)
{
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
}

static void
on_key(void *arg, enum media_event event, char digit)
{
	struct world *x = arg;
	assert_true(event == MEDIA_DIGIT && digit == '5');
	world_close(x);
}

static void
press_five(struct world *x)
{
	static const uint8_t event[4] = {5, 0x0a, 0, 160};
	for (int i = 0; i < 20; i++) { /* more than one batch of recvmmsg */
		far_packet(&x->far, WORLD_EVENT_PT, i, event, sizeof(event));
		far_tone(&x->far, -20);
	}
}

/* A call that is closed in the event of its own packet, with others waiting behind that. */
static void
test_closed_in_its_event(void **state)
{
	struct addr ip;
	(void)state;
	call();
	struct media_call *other = w.call;
	assert_int_equal(addr_parse_ip(SLICE(OURS), 0, &ip), 0);
	assert_int_equal(media_open(w.media, &ip, on_key, world_done, &w, &w.call), 0);
	w.far.to = *media_local(w.call);
	w.remote.rtcp.port = 0;
	media_remote(w.call, &w.remote);
	world_run(&w, press_five);
	assert_int_equal(w.error, 0);
	w.done = false;
	w.call = other;
	world_run(&w, world_close);
}

static void
test_ports(void **state)
{
	enum { PAIRS = 20 };
	struct media_call *calls[PAIRS], *one;
	struct addr ip;
	(void)state;
	world_call(&w, OURS, FAR, -1);
	assert_int_equal(media_local(w.call)->port, 23000);
	assert_int_equal(addr_parse_ip(SLICE(OURS), 0, &ip), 0);
	for (int i = 1; i < PAIRS; i++) {
		assert_int_equal(media_open(w.media, &ip, world_event, world_done, &w, &calls[i]),
				 0);
		assert_int_equal(media_local(calls[i])->port, 23000 + 2 * i);
	}
	assert_int_equal(media_open(w.media, &ip, world_event, world_done, &w, &one), -EADDRINUSE);
	/* A worker in the other slot finds its own when one becomes free. */
	struct media *second;
	char line[128];
	struct buf why = BUF(line);
	assert_int_equal(media_new(w.loop, &w.conf, 1, &second, &why), 0);
	assert_int_equal(media_open(second, &ip, world_event, world_done, &w, &one), -EADDRINUSE);
	for (int i = 1; i < PAIRS; i++) {
		w.done = false;
		media_close(calls[i]);
		while (!w.done)
			loop_turn(w.loop);
	}
	assert_int_equal(media_open(second, &ip, world_event, world_done, &w, &one), 0);
	assert_int_equal(media_local(one)->port, 23020);
	w.done = false;
	media_close(one);
	while (!w.done)
		loop_turn(w.loop);
	media_free(second);
	w.done = false;
	world_run(&w, world_close);
}

static void
test_settings_refused(void **state)
{
	char line[256];
	struct buf why = BUF(line);
	struct media *m;
	(void)state;
	w.conf.rtp.port_first = 23001;
	w.conf.rtp.port_last = 23002;
	assert_int_equal(media_new(w.loop, &w.conf, 0, &m, &why), -EINVAL);
	assert_string_equal(buf_cstr(&why), "rtp.ports: no pair of ports in 23001-23002");
}

static void
speak_until_full(struct world *x)
{
	far_tone(&x->far, -20);
	far_next(&x->far);
	if (strchr(x->events, 'F') != NULL)
		world_close(x);
}

/* The disk takes one second: the call is told, and that second is a message. */
static void
test_full_disk(void **state)
{
	struct rlimit old, low;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	low = old;
	low.rlim_cur = WAV_HEADER + 16000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	call();
	world_run(&w, speak_until_full);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_string_equal(w.events, "BF");
	assert_int_equal(w.ms, 1000);
	assert_int_equal(w.error, 0);
	struct prompt p = world_sound(&w);
	assert_int_equal(p.n, 8000);
	prompt_free(&p);
	assert_int_equal(beat_of(w.media).recordings, 1);
	assert_int_equal(beat_of(w.media).recording_errors, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up_no_greeting, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_closed_in_its_event),
	    TEST(test_ports),
	    TEST(test_full_disk),
	    TEST(test_settings_refused),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("media_life", tests, NULL, NULL);
}
