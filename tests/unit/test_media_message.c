/* test_media_message: a recording that is stopped, listened to, marked, dropped, made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/media_world.h"

#define OURS "127.0.0.90"
#define FAR  "127.0.0.91"

static struct play words;
static unsigned step;
static size_t heard_before;

static int
set_up(void **state)
{
	(void)state;
	world_begin(&w);
	w.conf.prompt.greeting[0] = '\0';
	assert_int_equal(play_tone(&words, 200), 0);
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
	play_free(&words);
	return 0;
}

static void
say_words(struct world *x)
{
	struct phrase p = {.n = 0};

	phrase_add(&p, &words);
	media_say(x->call, &p);
}

static bool
spoke_for(struct world *x, unsigned ms)
{
	return x->beeped && (x->tick - x->beep_tick) * RTP_TICK_MS >= ms;
}

static void
talk(struct world *x)
{
	far_codes(&x->far, 0);
	far_next(&x->far);
}

/* A second of speech; words; it is listened to; a mark; the end. */
static void
listen_and_keep(struct world *x)
{
	talk(x);
	if (step == 0 && spoke_for(x, 1000)) {
		assert_true(media_spoken(x->call));
		say_words(x);
		step++;
	} else if (step == 1 && x->nevents == 2) {
		heard_before = x->far.nheard;
		media_listen(x->call);
		media_mark(x->call, true, true);
		step++;
	} else if (step == 2 && x->nevents == 3) {
		assert_true(media_spoken(x->call));
		world_close(x);
	}
}

static void
test_listened_to_and_kept(void **state)
{
	static int16_t back[16000];
	char path[PATH_MAX], text[4096];
	struct prompt p;
	size_t at = 0, n;
	FILE *f;

	(void)state;
	world_run(&w, listen_and_keep);
	assert_string_equal(w.events, "BWW");
	assert_in_range(w.ms, 900, 1200);
	p = world_sound(&w);
	/* what came back is the recording, to the sample, and all of it */
	n = w.far.nheard - heard_before;
	assert_true(n <= 16000 && n >= p.n);
	codec_decode(SDP_PCMU, w.far.heard + heard_before, n, back);
	while (at + p.n <= n && memcmp(back + at, p.samples, p.n * sizeof(*back)) != 0)
		at++;
	assert_true(at + p.n <= n);
	prompt_free(&p);
	snprintf(path, sizeof(path), "%s/%s.txt", w.conf.recording.spool, w.header.guid);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "Important : True\n"));
	assert_non_null(strstr(text, "Private : True\n"));
}

/* The first recording is dropped while it is on its way to the caller's ear; the second is kept. */
static void
record_again(struct world *x)
{
	talk(x);
	if (step == 0 && spoke_for(x, 600)) {
		media_listen(x->call);
		media_listen(x->call);
		media_drop(x->call);
		assert_false(media_spoken(x->call));
		media_listen(x->call); /* nothing is there */
		x->beeped = false;
		say_words(x);
		step++;
		spool_guid(&x->header);
	} else if (step == 1 && spoke_for(x, 800)) {
		world_close(x);
	}
}

static void
test_recorded_again(void **state)
{
	struct prompt p;

	(void)state;
	world_run(&w, record_again);
	assert_string_equal(w.events, "BB");
	assert_int_equal(w.error, 0);
	assert_in_range(w.ms, 700, 1000);
	p = world_sound(&w); /* and nothing else lies there */
	assert_int_equal(p.n, w.ms * 8);
	prompt_free(&p);
	assert_int_equal(beat_of(w.media).recordings, 1);
}

/* Closed while what was recorded comes from the disk. */
static void
close_at_once(struct world *x)
{
	talk(x);
	if (!spoke_for(x, 600))
		return;
	media_listen(x->call);
	world_close(x);
}

static void
test_closed_while_it_is_fetched(void **state)
{
	(void)state;
	world_run(&w, close_at_once);
	assert_string_equal(w.events, "B");
	assert_in_range(w.ms, 500, 800);
}

/* Dropped and closed: nothing is kept, and `done` comes when nothing is left to be done. */
static void
drop_and_close(struct world *x)
{
	talk(x);
	if (!spoke_for(x, 600))
		return;
	media_drop(x->call);
	world_close(x);
}

static void
test_dropped(void **state)
{
	(void)state;
	world_run(&w, drop_and_close);
	assert_int_equal(w.ms, 0);
	assert_int_equal(w.error, 0);
	assert_int_equal(world_sound(&w).n, 0);
}

/* Silence and limit are told of the second recording too. */
static void
be_silent_twice(struct world *x)
{
	far_tone(&x->far, -70);
	far_next(&x->far);
	if (step == 0 && strcmp(x->events, "BS") == 0) {
		media_drop(x->call);
		x->beeped = false;
		say_words(x);
		spool_guid(&x->header);
		step++;
	} else if (step == 1 && strcmp(x->events, "BSBS") == 0) {
		world_close(x);
	}
}

static void
test_silence_is_told_again(void **state)
{
	(void)state;
	world_run(&w, be_silent_twice);
	assert_int_equal(w.ms, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_listened_to_and_kept),       TEST(test_recorded_again),
	    TEST(test_closed_while_it_is_fetched), TEST(test_dropped),
	    TEST(test_silence_is_told_again),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("media_message", tests, NULL, NULL);
}
