/* test_media: a call from its greeting to its recording, over real sockets and in real time:
 * what is heard, what is recorded to the sample, which events come, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/media_world.h"
#include "worker/silence.h"

#define OURS "127.0.0.77"
#define FAR  "127.0.0.78"

static char killed_spool[] = "/tmp/test_media.killed.XXXXXX";

/* ---- greeting and recording ---- */

static void
speak_two_seconds(struct world *x)
{
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (world_since_beep(x) >= 2000)
		world_close(x);
}

static void
greeting_and_recording(enum sdp_codec law)
{
	static uint8_t want[WORLD_GREETING];
	static int16_t samples[WORLD_GREETING];
	w.far.law = law;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	uint32_t ts = w.far.ts;
	world_play(&w);
	world_run(&w, speak_two_seconds);

	codec_tone(700, -12, samples, WORLD_GREETING);
	codec_encode(law, samples, WORLD_GREETING, want);
	assert_string_equal(w.events, "B");
	assert_true(w.far.nheard > WORLD_GREETING + WORLD_TONE_MS * 8 + 8000);
	assert_memory_equal(w.far.heard, want, WORLD_GREETING);
	assert_int_not_equal(w.far.heard[WORLD_GREETING + 101], codec_zero(law)); /* the tone */
	for (size_t i = WORLD_GREETING + WORLD_TONE_MS * 8; i < w.far.nheard; i++)
		if (w.far.heard[i] != codec_zero(law))
			fail_msg("byte %zu behind the tone is not silent", i);
	assert_int_equal(w.far.markers, 1);
	assert_true(w.far.gaps <= beat_of(w.media).rtp_late_ticks);

	struct prompt p = world_sound(&w);
	assert_int_equal(w.error, 0);
	assert_in_range(w.ms, 1900, 2200);
	assert_int_equal(p.n, w.ms * 8);
	size_t same = world_follows(&p, 0, law, ts, w.far.ts - ts);
	assert_int_equal(same, p.n); /* to the sample, nothing lost at the end */
	prompt_free(&p);
	struct msg_beat beat = beat_of(w.media);
	assert_int_equal(beat.recordings, 1);
	assert_int_equal(beat.rtp_sent, w.far.packets);
	assert_in_range(beat.rtp_received, 100, 200);
	assert_int_equal(beat.rtp_lost, 0);
}

static void
test_mu_law(void **state)
{
	(void)state;
	greeting_and_recording(SDP_PCMU);
}

static void
test_a_law(void **state)
{
	(void)state;
	greeting_and_recording(SDP_PCMA);
}

/* ---- digits ---- */

static void
press_keys(struct world *x)
{
	struct far_side *f = &x->far;
	static uint32_t pressed_at;
	unsigned phase = x->tick % 10;
	if (x->tick < 40 && phase < 7) { /* four keys; five packets and two ends each */
		uint8_t event[4] = {x->tick < 30 ? (uint8_t)(x->tick / 10 + 1) : 11,
				    phase >= 5 ? 0x8a : 0x0a, 0, (uint8_t)(phase * 20)};
		uint32_t ts = f->ts;
		if (phase == 0)
			pressed_at = ts;
		f->ts = pressed_at;
		far_packet(f, WORLD_EVENT_PT, 0, event, sizeof(event));
		f->ts = ts;
	}
	far_next(f);
	if (x->tick == 50)
		world_close(x);
}

static void
test_keys(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	world_run(&w, press_keys);
	char keys[8] = {0};
	for (size_t i = 0, n = 0; i < w.nevents; i++)
		if (w.events[i] != 'B')
			keys[n++] = w.events[i];
	assert_string_equal(keys, "123#");
	assert_int_equal(beat_of(w.media).digits, 4);
}

static void
beep_a_key(struct world *x)
{
	int16_t a[RTP_TICK], b[RTP_TICK];
	uint8_t codes[RTP_TICK];
	codec_tone(x->tick >= 10 && x->tick < 16 ? 697 : 0, -10, a, RTP_TICK);
	codec_tone(x->tick >= 10 && x->tick < 16 ? 1209 : 0, -10, b, RTP_TICK);
	for (int i = 0; i < RTP_TICK; i++)
		a[i] = (int16_t)(a[i] + b[i]);
	codec_encode(SDP_PCMU, a, RTP_TICK, codes);
	far_packet(&x->far, 0, 0, codes, sizeof(codes));
	far_next(&x->far);
	if (x->tick == 40)
		world_close(x);
}

/* Keys in the sound count only where no telephone-event was negotiated. */
static void
test_keys_in_the_sound(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, -1);
	media_remote(w.call, &w.remote);
	world_run(&w, beep_a_key);
	assert_string_equal(w.events, "1");
}

static void
test_keys_in_the_sound_ignored(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	media_remote(w.call, &w.remote);
	world_run(&w, beep_a_key);
	assert_string_equal(w.events, "");
	assert_int_equal(w.ms, 0);
	assert_int_equal(w.far.packets, 0); /* nothing was to be played */
}

/* ---- ends ---- */

static void
speak_then_be_silent(struct world *x)
{
	far_tone(&x->far, world_since_beep(x) > 0 && world_since_beep(x) < 600 ? -20 : -96);
	far_next(&x->far);
	if (strchr(x->events, 'S') != NULL)
		world_close(x);
}

static void
test_silence(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	world_run(&w, speak_then_be_silent);
	assert_string_equal(w.events, "BS");
	assert_in_range(w.ms, 1500, 1900); /* 0.6 s of voice, 1 s idle */
	struct prompt p = world_sound(&w);
	assert_int_equal(p.n, w.ms * 8);
	prompt_free(&p);
}

static void
say_nothing(struct world *x)
{
	far_tone(&x->far, -96);
	far_next(&x->far);
	if (x->nevents == 2)
		world_close(x);
}

/* Who says nothing leaves nothing. */
static void
test_no_voice(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	world_run(&w, say_nothing);
	assert_string_equal(w.events, "BS");
	assert_int_equal(w.ms, 0);
	assert_int_equal(w.error, 0);
	struct prompt p = world_sound(&w);
	assert_int_equal(p.n, 0);
}

static void
speak_on(struct world *x)
{
	far_tone(&x->far, -20);
	far_next(&x->far);
	if (x->nevents == 2)
		world_close(x);
}

static void
test_limit(void **state)
{
	(void)state;
	w.conf.recording.max_duration = 700;
	w.conf.prompt.greeting[0] = '\0'; /* only the tone */
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	world_run(&w, speak_on);
	assert_string_equal(w.events, "BL");
	assert_in_range(w.ms, 640, 900);
	assert_in_range(w.far.nheard, 700 * 8, 1000 * 8);
}

static void
vanish(struct world *x)
{
	if (x->tick < 10) {
		far_tone(&x->far, -20);
		far_next(&x->far);
	}
	if (strchr(x->events, 'T') != NULL)
		world_close(x);
}

static void
test_no_rtp(void **state)
{
	(void)state;
	w.conf.rtp.timeout = 500;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	media_remote(w.call, &w.remote);
	world_run(&w, vanish);
	assert_string_equal(w.events, "T");
	assert_in_range(w.tick, 30, 45);
}

static void
until_it_fails(struct world *x)
{
	far_tone(&x->far, -20);
	far_next(&x->far);
	if (strchr(x->events, 'F') != NULL && world_since_beep(x) > 500)
		world_close(x);
}

static void
test_no_disk(void **state)
{
	(void)state;
	strcpy(w.conf.recording.spool, "/proc/nothing");
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
	world_run(&w, until_it_fails);
	assert_string_equal(w.events, "BF");
	assert_int_equal(w.ms, 0);
	assert_int_equal(w.error, -ENOENT);
	assert_int_equal(beat_of(w.media).recording_errors, 1);
	assert_int_equal(beat_of(w.media).recordings, 0);
}

/* ---- a killed worker ---- */

static void
speak_until_killed(struct world *x)
{
	far_tone(&x->far, -20);
	far_next(&x->far);
	if (world_since_beep(x) > 1700)
		raise(SIGKILL);
}

/* kill -9 in the middle: the next worker finds what was said, up to the last second. */
static void
test_killed(void **state)
{
	int status;
	(void)state;
	pid_t pid = fork(); /* before there is a loop whose descriptors both would have */
	if (pid == 0) {
		world_begin(&w);
		strcpy(w.conf.recording.spool, killed_spool);
		world_call(&w, OURS, FAR, WORLD_EVENT_PT);
		world_play(&w);
		world_run(&w, speak_until_killed);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(spool_salvage(killed_spool, 1000), 1);
	strcpy(w.conf.recording.spool, killed_spool);
	struct prompt p = world_sound(&w);
	assert_in_range(p.n, 8 * 1000, 8 * 1700);
	for (size_t i = 800; i + RTP_TICK <= p.n; i += RTP_TICK)
		assert_true(fabs(silence_level(p.samples + i, RTP_TICK) + 20) < 3);
	prompt_free(&p);
}

static int
make_killed_spool(void **state)
{
	(void)state;
	return mkdtemp(killed_spool) != NULL ? 0 : -1;
}

static int
remove_killed_spool(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", killed_spool);
	return system(command);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_mu_law),
	    TEST(test_a_law),
	    TEST(test_keys),
	    TEST(test_keys_in_the_sound),
	    TEST(test_keys_in_the_sound_ignored),
	    TEST(test_silence),
	    TEST(test_no_voice),
	    TEST(test_limit),
	    TEST(test_no_rtp),
	    TEST(test_no_disk),
	    cmocka_unit_test(test_killed),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("media", tests, make_killed_spool, remove_killed_spool);
}
