/* media_world: a media room, one call in it, and the other side of that call: real sockets on
 * loopback, the room's own loop, a script that is called every 20 ms. */
#ifndef EVERTRUNK_TESTS_MEDIA_WORLD_H
#define EVERTRUNK_TESTS_MEDIA_WORLD_H

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "tests/unit/far_side.h"
#include "worker/media.h"
#include "worker/prompt.h"
#include "worker/wav.h"

enum {
	WORLD_EVENT_PT = 101,
	WORLD_GREETING = 8000 * 3 / 10, /* samples */
	WORLD_TONE_MS = 100
};

struct world;
typedef void world_fn(struct world *w);

struct world {
	struct loop *loop;
	struct conf conf;
	struct media *media;
	struct media_call *call;
	struct play greeting, tone;
	struct spool_header header;
	struct far_side far;
	struct sdp_remote remote;
	char root[64];
	/* B beep, W other words over, S silence, L limit, T timeout, F failed, K kept, N not kept,
	 * keys as they are */
	char events[64];
	size_t nevents;
	struct mono began;
	unsigned tick, beep_tick;
	bool beeped, done;
	uint32_t ms;
	int error;
	world_fn *script;
	struct loop_timer *timer, *deadline;
};

/* ---- the world ---- */

/* Milliseconds. */
static inline unsigned
world_since_beep(const struct world *w)
{
	return w->beeped ? (w->tick - w->beep_tick) * RTP_TICK_MS : 0;
}

static inline void
world_event(void *arg, enum media_event event, char digit)
{
	static const char letters[] = {
	    [MEDIA_SAID] = 'B',    [MEDIA_SILENCE] = 'S', [MEDIA_LIMIT] = 'L',
	    [MEDIA_TIMEOUT] = 'T', [MEDIA_FAILED] = 'F',  [MEDIA_KEPT] = 'K',
	    [MEDIA_NOT_KEPT] = 'N'};
	struct world *w = arg;
	assert_non_null(w->call); /* none after media_close() */
	w->events[w->nevents++] = event == MEDIA_DIGIT ? digit : letters[event];
	if (event == MEDIA_SAID && w->beeped) {
		w->events[w->nevents - 1] = 'W';
	} else if (event == MEDIA_SAID) {
		media_record(w->call, &w->header);
		w->beeped = true;
		w->beep_tick = w->tick;
	}
}

static inline void
world_done(void *arg, uint32_t ms, int error)
{
	struct world *w = arg;
	assert_false(w->done);
	w->done = true;
	w->ms = ms;
	w->error = error;
	loop_stop(w->loop);
}

/* The far side keeps to the clock, as the room does, however busy the machine is. */
static inline void
world_tick(void *arg)
{
	struct world *w = arg;
	far_listen(&w->far, w->far.ssrc);
	while (w->call != NULL && mono_ms(w->began, clock_now()) >= w->tick * RTP_TICK_MS) {
		w->script(w);
		w->tick++;
	}
}

static inline void
world_late(void *arg)
{
	struct world *w = arg;
	fail_msg("the call did not end; events so far: %s", w->events);
}

static inline void
world_close(struct world *w)
{
	struct media_call *c = w->call;
	w->call = NULL;
	media_close(c);
}

static inline void
world_write_greeting(struct world *w)
{
	static int16_t samples[WORLD_GREETING];
	uint8_t header[WAV_HEADER];
	codec_tone(700, -12, samples, WORLD_GREETING);
	wav_header(sizeof(samples), header);
	FILE *f = fopen(w->conf.prompt.greeting, "wb");
	assert_non_null(f);
	fwrite(header, 1, sizeof(header), f);
	fwrite(samples, 1, sizeof(samples), f);
	fclose(f);
}

static inline void
world_conf(struct world *w)
{
	struct conf *c = &w->conf;
	strcpy(w->root, "/tmp/test_media.XXXXXX");
	assert_non_null(mkdtemp(w->root));
	snprintf(c->recording.spool, sizeof(c->recording.spool), "%s/spool", w->root);
	snprintf(c->prompt.greeting, sizeof(c->prompt.greeting), "%s/greeting.wav", w->root);
	c->recording.idle_timeout = 1000;
	c->recording.max_duration = 60000;
	c->recording.min_duration = 200;
	c->recording.silence_dbm0 = -45;
	c->prompt.tone = WORLD_TONE_MS;
	c->rtp.port_first = 23000;
	c->rtp.port_last = 23039;
	c->rtp.jitter_max = 200;
	c->rtp.dscp = 46;
	c->rtp.transmit_silence = true;
	c->rtp.timeout = 60000;
}

/* A world up to the room; settings may still be changed before world_call(). */
static inline void
world_begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	world_conf(w);
	world_write_greeting(w);
	w->loop = loop_new();
	w->far.rtp = w->far.rtcp = -1;
	w->far.ssrc = 0xabcd0001;
	w->far.ts = 0xfffffe00;
	w->far.seq = 65530;
}

/* Opens the call between 127.0.0.77 (ours) and `far_at`. */
static inline void
world_call(struct world *w, const char *ours, const char *far_at, int dtmf_pt)
{
	char line[256];
	struct buf why = BUF(line);
	struct addr ip, rtcp_at;
	struct far_side *f = &w->far;
	if ((w->conf.prompt.greeting[0] != '\0' &&
	     play_load(&w->greeting, w->conf.prompt.greeting, &why) != 0) ||
	    media_new(w->loop, &w->conf, 0, &w->media, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(play_tone(&w->tone, w->conf.prompt.tone), 0);
	assert_int_equal(addr_parse_ip(slice_str(ours), 0, &ip), 0);
	assert_int_equal(media_open(w->media, &ip, world_event, world_done, w, &w->call), 0);
	f->rtp = far_socket(far_at, &f->local);
	f->rtcp = far_socket(far_at, &rtcp_at);
	f->to = *media_local(w->call);
	f->pt = f->law == SDP_PCMU ? 0 : 8;
	w->remote = (struct sdp_remote){
	    .rtp = f->local,
	    .rtcp = rtcp_at,
	    .codec = f->law,
	    .codec_pt = f->pt,
	    .dtmf_pt = dtmf_pt,
	};
}

static inline void
world_play(struct world *w)
{
	struct phrase words = {.n = 0};
	w->header = (struct spool_header){.culture = "en-US", .call_id = "world"};
	spool_guid(&w->header);
	media_name(w->call, SLICE("world"));
	media_remote(w->call, &w->remote);
	phrase_add(&words, &w->greeting);
	phrase_add(&words, &w->tone);
	media_say(w->call, &words);
}

/* Runs until the call is done. */
static inline void
world_run(struct world *w, world_fn *script)
{
	w->script = script;
	w->timer = loop_timer_new(w->loop, "world", world_tick, w);
	w->deadline = loop_timer_new(w->loop, "deadline", world_late, w);
	w->began = clock_now();
	w->tick = 0;
	loop_timer_every(w->timer, RTP_TICK_MS / 4);
	loop_timer_once(w->deadline, 20000);
	loop_run(w->loop);
	loop_timer_free(w->timer);
	loop_timer_free(w->deadline);
	far_listen(&w->far, w->far.ssrc);
	assert_true(w->done);
}

/* The committed sound (empty when there is none), and that nothing else lies there. */
static inline struct prompt
world_sound(const struct world *w)
{
	char path[PATH_MAX], line[256];
	struct buf why = BUF(line);
	struct prompt p = {0};
	unsigned wav = 0, txt = 0, other = 0;
	DIR *d = opendir(w->conf.recording.spool);
	if (d == NULL)
		return p;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		size_t n = strlen(e->d_name);
		if (n > 4 && strcmp(e->d_name + n - 4, ".wav") == 0) {
			wav++;
			snprintf(path, sizeof(path), "%s/%s", w->conf.recording.spool, e->d_name);
		} else if (n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0) {
			txt++;
		} else if (e->d_name[0] != '.') {
			other++;
		}
	}
	closedir(d);
	assert_int_equal(wav, txt);
	assert_int_equal(other, 0);
	assert_true(wav <= 1);
	if (wav == 1 && prompt_load(path, &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	return p;
}

static inline void
world_end(struct world *w)
{
	char command[128];
	if (w->far.rtp >= 0) {
		close(w->far.rtp);
		close(w->far.rtcp);
	}
	play_free(&w->greeting);
	play_free(&w->tone);
	media_free(w->media);
	loop_turn(w->loop);
	loop_free(w->loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->root);
	assert_int_equal(system(command), 0);
}

static inline struct msg_beat
beat_of(const struct media *m)
{
	struct msg_beat beat = {0};
	media_beat(m, &beat);
	return beat;
}

/* How many of the samples from `from` on follow the stream of far_codes() without a break, when
 * it is found at all; and where in the stream the first one lies. */
static inline size_t
world_follows(const struct prompt *p, size_t from, enum sdp_codec law, uint32_t stream_from,
	      uint32_t stream_len)
{
	int16_t *stream = malloc((stream_len + 1) * sizeof(*stream));
	size_t best = 0;
	for (uint32_t i = 0; i < stream_len; i++) {
		uint8_t code = far_code(stream_from + i);
		codec_decode(law, &code, 1, &stream[i]);
	}
	for (uint32_t start = 0; start < stream_len; start++) {
		size_t n = 0;
		while (from + n < p->n && start + n < stream_len &&
		       p->samples[from + n] == stream[start + n])
			n++;
		best = n > best ? n : best;
	}
	free(stream);
	return best;
}

/* ---- the one of a test ---- */

static struct world w; /* large */

static inline int
world_set_up(void **state)
{
	(void)state;
	world_begin(&w);
	return 0;
}

static inline int
world_set_up_no_greeting(void **state)
{
	world_set_up(state);
	w.conf.prompt.greeting[0] = '\0';
	return 0;
}

static inline int
world_tear_down(void **state)
{
	(void)state;
	world_end(&w);
	return 0;
}

#endif
