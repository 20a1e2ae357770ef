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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/codec.h"
#include "worker/media.h"
#include "worker/prompt.h"
#include "worker/rtcp.h"
#include "worker/rtp.h"
#include "worker/wav.h"

enum {
	WORLD_EVENT_PT = 101,
	WORLD_HEARD_MAX = 8000 * 10,
	WORLD_GREETING = 8000 * 3 / 10, /* samples */
	WORLD_TONE_MS = 100
};

struct world;
typedef void world_fn(struct world *w);

/* The other side. */
struct far_side {
	int rtp, rtcp;
	struct addr local, to;
	enum sdp_codec law;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts, ssrc;
	uint8_t heard[WORLD_HEARD_MAX]; /* payload bytes in order of arrival */
	size_t nheard;
	unsigned packets, markers, gaps; /* gaps: timestamps that do not follow */
	uint32_t first_ts, next_ts;
	unsigned reports, reports_of_sender, byes;
	struct rtcp_in report;
};

struct world {
	struct loop *loop;
	struct conf conf;
	struct media *media;
	struct media_call *call;
	struct far_side far;
	struct sdp_remote remote;
	char root[64];
	char events[64]; /* B beep, S silence, L limit, T timeout, F failed, digits as they are */
	size_t nevents;
	struct mono began;
	unsigned tick, beep_tick;
	bool beeped, done;
	uint32_t ms;
	int error;
	world_fn *script;
	struct loop_timer *timer, *deadline;
};

static inline int
world_socket(const char *at, struct addr *ret)
{
	struct sockaddr_storage ss;
	struct addr a;
	socklen_t n;
	assert_int_equal(addr_parse_ip(slice_str(at), 0, &a), 0);
	n = addr_to_sockaddr(&a, &ss);
	int fd = socket(a.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n) != 0)
		fail_msg("%s: %s", at, strerror(errno));
	n = sizeof(ss);
	getsockname(fd, (struct sockaddr *)&ss, &n);
	addr_from_sockaddr(&ss, ret);
	return fd;
}

static inline void
far_datagram(int fd, const struct addr *to, const void *p, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);
	assert_int_equal(sendto(fd, p, n, 0, (struct sockaddr *)&ss, len), n);
}

/* One packet at an offset to the current place on the time line. */
static inline void
far_packet(struct far_side *f, uint8_t pt, int offset, const uint8_t *payload, size_t n)
{
	uint8_t bytes[1024];
	struct rtp_packet p = {
	    .pt = pt,
	    .seq = (uint16_t)(f->seq + offset),
	    .ts = f->ts + (uint32_t)(offset * RTP_TICK),
	    .ssrc = f->ssrc,
	};
	rtp_write(&p, bytes);
	memcpy(bytes + RTP_HEADER, payload, n);
	far_datagram(f->rtp, &f->to, bytes, RTP_HEADER + n);
}

/* Codes that tell every place of the stream from every other: sample `i` of it. */
static inline uint8_t
far_code(uint32_t i)
{
	uint32_t x = (i + 1) * 2654435761U;
	return (uint8_t)(x >> 24 | 0x80);
}

/* The 20 ms at `offset` ticks from the current place. */
static inline void
far_codes(struct far_side *f, int offset)
{
	uint8_t codes[RTP_TICK];
	uint32_t first = f->ts + (uint32_t)(offset * RTP_TICK);
	for (uint32_t i = 0; i < RTP_TICK; i++)
		codes[i] = far_code(first + i);
	far_packet(f, f->pt, offset, codes, sizeof(codes));
}

static inline void
far_tone(struct far_side *f, int dbm0)
{
	int16_t samples[RTP_TICK] = {0};
	uint8_t codes[RTP_TICK];
	if (dbm0 > -90)
		codec_tone(400, dbm0, samples, RTP_TICK);
	codec_encode(f->law, samples, RTP_TICK, codes);
	far_packet(f, f->pt, 0, codes, sizeof(codes));
}

static inline void
far_next(struct far_side *f)
{
	f->seq++;
	f->ts += RTP_TICK;
}

static inline void
far_listen(struct far_side *f, uint32_t their_subject)
{
	uint8_t bytes[2048];
	struct rtp_packet p;
	ssize_t n;
	while ((n = recv(f->rtp, bytes, sizeof(bytes), 0)) > 0) {
		assert_int_equal(rtp_read(bytes, (size_t)n, &p), 0);
		assert_int_equal(p.pt, f->pt);
		f->gaps += f->packets > 0 && p.ts != f->next_ts ? 1 : 0;
		f->first_ts = f->packets == 0 ? p.ts : f->first_ts;
		f->next_ts = p.ts + (uint32_t)p.payload_len;
		f->packets++;
		f->markers += p.marker ? 1 : 0;
		assert_true(f->nheard + p.payload_len <= sizeof(f->heard));
		memcpy(f->heard + f->nheard, p.payload, p.payload_len);
		f->nheard += p.payload_len;
	}
	while ((n = recv(f->rtcp, bytes, sizeof(bytes), 0)) > 0) {
		assert_int_equal(rtcp_read(bytes, (size_t)n, their_subject, &f->report), 0);
		f->reports++;
		f->reports_of_sender += f->report.sr ? 1 : 0;
		f->byes += f->report.bye ? 1 : 0;
	}
}

/* ---- the world ---- */

static inline void
world_event(void *arg, enum media_event event, char digit)
{
	static const char letters[] = {[MEDIA_BEEPED] = 'B',
				       [MEDIA_SILENCE] = 'S',
				       [MEDIA_LIMIT] = 'L',
				       [MEDIA_TIMEOUT] = 'T',
				       [MEDIA_FAILED] = 'F'};
	struct world *w = arg;
	assert_non_null(w->call); /* none after media_close() */
	w->events[w->nevents++] = event == MEDIA_DIGIT ? digit : letters[event];
	if (event == MEDIA_BEEPED) {
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
	if (media_new(w->loop, &w->conf, 0, &w->media, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(addr_parse_ip(slice_str(ours), 0, &ip), 0);
	assert_int_equal(media_open(w->media, &ip, world_event, world_done, w, &w->call), 0);
	f->rtp = world_socket(far_at, &f->local);
	f->rtcp = world_socket(far_at, &rtcp_at);
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
	struct spool_header h = {.culture = "en-US", .call_id = "world"};
	spool_guid(&h);
	media_remote(w->call, &w->remote);
	media_play_and_record(w->call, &h);
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

#endif
