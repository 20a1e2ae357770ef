/* test_media_net: what networks and strangers do to a call: loss, disorder, hold, a stalled
 * process, foreign packets, RTCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/media_world.h"
#include "worker/silence.h"

#define OURS "127.0.0.79"
#define FAR  "127.0.0.80"

static void
call(void)
{
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	world_play(&w);
}

/* ---- loss and disorder ---- */

static void
lose_one_in_twenty(struct world *x)
{
	if (x->tick % 20 != 7)
		far_tone(&x->far, -20);
	far_next(&x->far);
	if (world_since_beep(x) >= 2000)
		world_close(x);
}

static void
test_loss(void **state)
{
	(void)state;
	call();
	world_run(&w, lose_one_in_twenty);
	struct prompt p = world_sound(&w);
	assert_in_range(w.ms, 1900, 2200); /* the length of the call, not of what came */
	assert_int_equal(p.n, w.ms * 8);
	for (size_t i = RTP_TICK; i + RTP_TICK <= p.n; i += RTP_TICK)
		assert_true(fabs(silence_level(p.samples + i, RTP_TICK) + 20) < 4);
	prompt_free(&p);
	assert_in_range(beat_of(w.media).rtp_lost, 5, 7);
}

/* Every third packet is overtaken by the next, every fourth comes twice. */
static void
disorder(struct world *x)
{
	unsigned turn = x->tick % 6;
	int offset = turn == 2 ? 1 : turn == 3 ? -1 : 0;
	far_codes(&x->far, offset);
	if (x->tick % 4 == 0)
		far_codes(&x->far, offset);
	far_next(&x->far);
	if (world_since_beep(x) >= 2000 && turn == 5)
		world_close(x);
}

static void
test_disorder(void **state)
{
	(void)state;
	call();
	uint32_t ts = w.far.ts;
	world_run(&w, disorder);
	struct prompt p = world_sound(&w);
	size_t same = world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts);
	assert_int_equal(same, p.n);
	assert_in_range(p.n, 1900 * 8, 2300 * 8);
	prompt_free(&p);
	assert_int_equal(beat_of(w.media).rtp_lost, 0);
}

/* 60 ms per packet, as Avaya asks for. */
static void
long_packets(struct world *x)
{
	uint8_t codes[3 * RTP_TICK];
	if (x->tick % 3 == 0) {
		for (uint32_t i = 0; i < sizeof(codes); i++)
			codes[i] = far_code(x->far.ts + i);
		far_packet(&x->far, 0, 0, codes, sizeof(codes));
		x->far.ts += sizeof(codes);
		x->far.seq++;
	}
	if (world_since_beep(x) >= 1500)
		world_close(x);
}

static void
test_long_packets(void **state)
{
	(void)state;
	call();
	uint32_t ts = w.far.ts;
	world_run(&w, long_packets);
	struct prompt p = world_sound(&w);
	assert_int_equal(world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts), p.n);
	assert_in_range(p.n, 1400 * 8, 1700 * 8);
	prompt_free(&p);
}

/* ---- hold ---- */

static unsigned held_packets;

/* Speaks for a second, holds for a second and a half (with music), speaks for half a second. */
static void
hold_and_resume(struct world *x)
{
	unsigned ms = world_since_beep(x);
	bool held = ms >= 1000 && ms < 2500;
	far_tone(&x->far, held ? -10 : -20);
	far_next(&x->far);
	if (ms == 1000) {
		x->remote.direction = SDP_SENDONLY;
		media_remote(x->call, &x->remote);
		held_packets = x->far.packets;
	} else if (ms == 2500) {
		assert_in_range(x->far.packets, held_packets, held_packets + 2);
		x->remote.direction = SDP_SENDRECV;
		media_remote(x->call, &x->remote);
	} else if (ms >= 3000) {
		world_close(x);
	}
}

static void
test_hold(void **state)
{
	(void)state;
	call();
	world_run(&w, hold_and_resume);
	assert_string_equal(w.events, "B"); /* no silence while held */
	assert_in_range(w.ms, 1350, 1700);
	assert_int_equal(w.far.markers, 2);
	struct prompt p = world_sound(&w);
	for (size_t i = 0; i + RTP_TICK <= p.n; i += RTP_TICK)
		assert_true(silence_level(p.samples + i, RTP_TICK) < -15); /* no music */
	prompt_free(&p);
}

/* The same, but we hold it still ourselves; the other side's hold in between ends before ours. */
static void
pause_and_go_on(struct world *x)
{
	unsigned ms = world_since_beep(x);
	bool paused = ms >= 1000 && ms < 2500;
	far_tone(&x->far, paused ? -10 : -20);
	far_next(&x->far);
	if (ms == 1000) {
		media_pause(x->call, true);
		held_packets = x->far.packets;
	} else if (ms == 1300 || ms == 1600) {
		x->remote.direction = ms == 1300 ? SDP_SENDONLY : SDP_SENDRECV;
		media_remote(x->call, &x->remote);
	} else if (ms == 2500) {
		assert_in_range(x->far.packets, held_packets, held_packets + 2);
		media_pause(x->call, false);
	} else if (ms >= 3000) {
		world_close(x);
	}
}

/* Neither silence nor the recording's limit (reached meanwhile) is told of a call held still. */
static void
test_pause(void **state)
{
	(void)state;
	w.conf.recording.max_duration = 2000;
	call();
	world_run(&w, pause_and_go_on);
	assert_string_equal(w.events, "BL");
	assert_in_range(w.ms, 1350, 1700);
	struct prompt p = world_sound(&w);
	for (size_t i = 0; i + RTP_TICK <= p.n; i += RTP_TICK)
		assert_true(silence_level(p.samples + i, RTP_TICK) < -15);
	prompt_free(&p);
}

static void
hold_at_once(struct world *x)
{
	if (x->tick == 25)
		world_close(x);
}

/* c=0.0.0.0: nothing is sent, no RTCP either, and nothing counts as missing. */
static void
test_hold_without_address(void **state)
{
	(void)state;
	w.conf.rtp.timeout = 100;
	world_call(&w, OURS, FAR, WORLD_EVENT_PT);
	memset(w.remote.rtp.ip, 0, sizeof(w.remote.rtp.ip));
	w.remote.direction = SDP_SENDONLY;
	world_play(&w);
	world_run(&w, hold_at_once);
	assert_string_equal(w.events, "");
	assert_int_equal(w.far.packets, 0);
	assert_int_equal(w.far.reports, 0);
}

/* ---- a stalled process ---- */

static void
stall(struct world *x)
{
	if (world_since_beep(x) == 500)
		usleep(300 * 1000); /* the far side makes up for it, we must not */
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (world_since_beep(x) >= 1500)
		world_close(x);
}

static void
test_late_tick(void **state)
{
	(void)state;
	call();
	uint32_t ts = w.far.ts;
	world_run(&w, stall);
	struct prompt p = world_sound(&w);
	struct msg_beat beat = beat_of(w.media);
	assert_int_equal(world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts), p.n);
	assert_in_range(p.n, 1400 * 8, 1700 * 8);
	prompt_free(&p);
	/* No burst: the timestamps went on, the packets were left out. */
	unsigned due = (w.far.next_ts - w.far.first_ts) / RTP_TICK;
	assert_true(due - w.far.packets >= 13);
	assert_in_range(w.far.gaps, 1, beat.rtp_late_ticks);
	assert_true(beat.rtp_worst_us >= 270000);
}

/* ---- strangers ---- */

static struct addr stranger_at;
static int stranger = -1;

static void
beside_a_stranger(struct world *x)
{
	uint8_t loud[RTP_HEADER + RTP_TICK] = {0x80, 0};
	uint8_t junk[64] = {0xff};
	far_codes(&x->far, 0);
	far_next(&x->far);
	loud[3] = (uint8_t)x->tick;
	for (size_t i = RTP_HEADER; i < sizeof(loud); i++)
		loud[i] = (uint8_t)(i * 7);
	far_datagram(stranger, media_local(x->call), loud, sizeof(loud));
	far_datagram(x->far.rtp, media_local(x->call), junk, sizeof(junk));
	if (world_since_beep(x) >= 1000)
		world_close(x);
}

static void
test_strangers(void **state)
{
	uint8_t byte;
	(void)state;
	stranger = far_socket("127.0.0.81", &stranger_at);
	call();
	uint32_t ts = w.far.ts;
	world_run(&w, beside_a_stranger);
	struct prompt p = world_sound(&w);
	assert_int_equal(world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts), p.n);
	assert_in_range(p.n, 900 * 8, 1200 * 8);
	prompt_free(&p);
	assert_int_equal(recv(stranger, &byte, 1, 0), -1); /* and gets nothing */
	close(stranger);
}

static void
other_voice(struct world *x)
{
	if (x->tick == 40) { /* the PBX connects another source, without a word */
		x->far.ssrc++;
		x->far.seq = 9;
		x->far.ts = 12345;
	}
	far_codes(&x->far, 0);
	far_next(&x->far);
	if (world_since_beep(x) >= 1500)
		world_close(x);
}

static void
test_other_source(void **state)
{
	(void)state;
	call();
	world_run(&w, other_voice);
	struct prompt p = world_sound(&w);
	size_t tail = p.n - 8 * 500;
	assert_int_equal(world_follows(&p, tail, SDP_PCMU, 12345, w.far.ts - 12345), p.n - tail);
	prompt_free(&p);
	assert_int_equal(beat_of(w.media).rtp_lost, 0);
}

/* ---- RTCP ---- */

static void
report(struct world *x)
{
	uint8_t bytes[RTCP_MAX];
	struct timespec wall;
	far_tone(&x->far, -20);
	far_next(&x->far);
	if (x->tick == 5) {
		clock_gettime(CLOCK_REALTIME, &wall);
		struct rtcp_out o = {
		    .ssrc = x->far.ssrc, .sender = true, .ntp = rtcp_ntp(wall), .cname = "far"};
		struct addr to = x->far.to;
		to.port++;
		far_datagram(x->far.rtcp, &to, bytes, rtcp_write(bytes, &o));
	}
	if (x->far.reports > 0 && world_since_beep(x) > 300)
		world_close(x);
}

static void
test_rtcp(void **state)
{
	struct timespec wall;
	(void)state;
	call();
	world_run(&w, report);
	clock_gettime(CLOCK_REALTIME, &wall);
	assert_int_equal(w.far.byes, 1);
	assert_true(w.far.reports >= 2 && w.far.reports_of_sender >= 1);
	assert_true(w.far.report.has_block); /* about us, in the BYE's compound */
	assert_int_equal(w.far.report.block.lost, 0);
	assert_int_equal(w.far.report.block.highest & 0xffff, (uint16_t)(w.far.seq - 1));
	assert_in_range(w.far.report.block.jitter, 0, 8 * 10);
	int64_t us = rtcp_round_trip_us(rtcp_ntp(wall), &w.far.report.block);
	assert_in_range(us, 0, 600000); /* looked for twice a second */
}

static void
test_ipv6(void **state)
{
	(void)state;
	world_call(&w, "::1", "::1", WORLD_EVENT_PT);
	uint32_t ts = w.far.ts;
	world_play(&w);
	world_run(&w, stall);
	struct prompt p = world_sound(&w);
	assert_int_equal(world_follows(&p, 0, SDP_PCMU, ts, w.far.ts - ts), p.n);
	assert_true(p.n > 8000);
	prompt_free(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_set_up_no_greeting, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_loss),      TEST(test_disorder),  TEST(test_long_packets),
	    TEST(test_hold),      TEST(test_pause),     TEST(test_hold_without_address),
	    TEST(test_late_tick), TEST(test_strangers), TEST(test_other_source),
	    TEST(test_rtcp),      TEST(test_ipv6),
	};
	log_set_level(LOG_ERR_, -1);
	return cmocka_run_group_tests_name("media_net", tests, NULL, NULL);
}
