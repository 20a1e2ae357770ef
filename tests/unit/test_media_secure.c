/* test_media_secure: calls with SRTP over real sockets and in real time: heard and recorded to the
 * sample, through a change of keys; what is forged is nothing that was heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/media_world.h"

#define OURS "127.0.0.87"
#define FAR  "127.0.0.88"

static struct sdp_crypto ours, theirs;

static struct sdp_crypto
some_key(uint8_t from)
{
	struct sdp_crypto c = {.suite = SDP_AES_128_80, .tag = 1};
	for (unsigned i = 0; i < sdp_suite_key_len(c.suite); i++)
		c.key[i] = (uint8_t)(from + 13 * i);
	return c;
}

static int
set_up(void **state)
{
	(void)state;
	world_begin(&w);
	ours = some_key(1);
	theirs = some_key(2);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	secure_free(w.far.secure);
	world_end(&w);
	secure_stop();
	return 0;
}

/* The far side's own contexts, and the near side told of both keys. */
static void
agree(struct world *x)
{
	assert_int_equal(secure_set(&x->far.secure, x->far.ssrc, &theirs, &ours), 0);
	x->remote.crypto = theirs;
	media_secure(x->call, &ours);
}

static unsigned
since_beep(const struct world *x)
{
	return x->beeped ? (x->tick - x->beep_tick) * RTP_TICK_MS : 0;
}

/* ---- heard and recorded ---- */

static bool changes_keys;

static void
speak_two_seconds(struct world *x)
{
	unsigned ms = since_beep(x);
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (changes_keys && ms == 800) { /* our answer to the re-INVITE */
		theirs = some_key(77);
		x->remote.crypto = theirs;
		media_remote(x->call, &x->remote);
	}
	if (changes_keys && ms == 900) /* it has reached the other side */
		assert_int_equal(secure_set(&x->far.secure, x->far.ssrc, &theirs, &ours), 0);
	if (ms >= 2000)
		world_close(x);
}

static void
check_recording(uint32_t ts)
{
	static uint8_t want[WORLD_GREETING];
	static int16_t samples[WORLD_GREETING];
	codec_tone(700, -12, samples, WORLD_GREETING);
	codec_encode(SDP_PCMU, samples, WORLD_GREETING, want);
	assert_string_equal(w.events, "B");
	assert_memory_equal(w.far.heard, want, WORLD_GREETING);
	assert_int_equal(w.far.byes, 1);

	struct prompt p = world_sound(&w);
	assert_in_range(w.ms, 1900, 2200);
	size_t same = world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts);
	assert_int_equal(same, p.n); /* to the sample */
	prompt_free(&p);
	assert_int_equal(beat_of(w.media).srtp_refused, 0);
	assert_int_equal(beat_of(w.media).rtp_lost, 0);
}

static void
test_greeting_and_recording(void **state)
{
	(void)state;
	changes_keys = false;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	agree(&w);
	uint32_t ts = w.far.ts;
	world_play(&w);
	world_run(&w, speak_two_seconds);
	check_recording(ts);
}

/* The far side's rollover counter begins again with its new key; not a sample is lost. */
static void
test_new_key_in_the_middle(void **state)
{
	(void)state;
	changes_keys = true;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	agree(&w);
	uint32_t ts = w.far.ts;
	world_play(&w);
	world_run(&w, speak_two_seconds);
	check_recording(ts);
}

/* ---- what is forged ---- */

static void
speak_with_another_key(struct world *x)
{
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (strchr(x->events, 'T') != NULL)
		world_close(x);
}

/* As if nobody had spoken: neither heard nor taken for the other side. */
static void
check_nothing_heard(void)
{
	struct msg_beat beat = beat_of(w.media);
	assert_non_null(strchr(w.events, 'T'));
	assert_int_equal(beat.rtp_received, 0);
	assert_true(beat.srtp_refused > 10);
}

static void
test_another_key_is_nobody(void **state)
{
	(void)state;
	w.conf.rtp.timeout = 600;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	agree(&w);
	secure_free(w.far.secure);
	w.far.secure = NULL;
	struct sdp_crypto wrong = some_key(3);
	assert_int_equal(secure_set(&w.far.secure, w.far.ssrc, &wrong, &ours), 0);
	world_play(&w);
	world_run(&w, speak_with_another_key);
	check_nothing_heard();
	assert_true(w.far.packets > 5); /* ours went where it was agreed */
}

/* Plain RTP into a secure call, from another port of the address that was agreed on: a packet from
 * there would be followed if it were genuine. */
static void
test_plain_packets_are_nobody(void **state)
{
	static struct far_side agreed; /* large */
	struct addr at;
	(void)state;
	w.conf.rtp.timeout = 600;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	agree(&w);
	agreed = w.far;
	w.far.secure = NULL;
	w.far.rtp = far_socket(FAR, &at);
	w.far.rtcp = far_socket(FAR, &at);
	world_play(&w);
	world_run(&w, speak_with_another_key);
	check_nothing_heard();
	assert_int_equal(w.far.packets, 0);
	close(w.far.rtp);
	close(w.far.rtcp);
	w.far = agreed;
	far_listen(&w.far, w.far.ssrc);
	assert_true(w.far.packets > 5);
}

/* ---- no key ---- */

static void
wait_half_a_second(struct world *x)
{
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (x->tick == 25)
		world_close(x);
}

/* Agreed on, but not to be had: silence, never plain RTP. */
static void
test_without_our_key_nothing_leaves(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	w.remote.crypto = theirs;
	world_play(&w);
	world_run(&w, wait_half_a_second);
	assert_int_equal(w.far.packets, 0);
	assert_int_equal(w.far.reports, 0);
	assert_int_equal(beat_of(w.media).rtp_received, 0);
}

static void
give_it_up(struct world *x)
{
	if (x->tick == 20) { /* a re-INVITE with RTP/AVP */
		far_listen(&x->far, x->far.ssrc);
		secure_free(x->far.secure);
		x->far.secure = NULL;
		x->remote.crypto = (struct sdp_crypto){.suite = SDP_PLAIN};
		media_remote(x->call, &x->remote);
	}
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (x->tick == 40)
		world_close(x);
}

static void
test_srtp_given_up(void **state)
{
	(void)state;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	agree(&w);
	world_play(&w);
	world_run(&w, give_it_up);
	assert_in_range(beat_of(w.media).rtp_received, 35, 50);
	assert_int_equal(w.far.gaps, 0);
	assert_int_equal(w.far.byes, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_greeting_and_recording, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_new_key_in_the_middle, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_another_key_is_nobody, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_plain_packets_are_nobody, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_without_our_key_nothing_leaves, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_srtp_given_up, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("media_secure", tests, NULL, NULL);
}
