/* media: the calls' lives and the tick; see media.h.
 * The tick is a timerfd on absolute time: it does not drift, and it says how many ticks have been
 * missed, so that a recording keeps its length when the process was held up. */
#include "worker/media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/media_room.h"

enum {
	TICK_NS = 20 * 1000 * 1000,
	LATE_US = 10 * 1000,
	CATCH_UP_MAX = 50, /* ticks: after a longer stall what was said is lost anyway */
	SORRY_MS = 1000,   /* of tone, when a recording cannot go on */
	SERIAL_STEP = 37   /* spreads the reports of calls that begin together */
};

/* ---- the tick ---- */

static void
set_timer(struct media *m, bool run)
{
	struct itimerspec when = {0};
	if (run) {
		m->next.ns = clock_now().ns + TICK_NS;
		when.it_value.tv_sec = m->next.ns / 1000000000;
		when.it_value.tv_nsec = m->next.ns % 1000000000;
		when.it_interval.tv_nsec = TICK_NS;
	}
	if (timerfd_settime(m->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
		log_fatal(LOG_MEDIA, "timer: %s", strerror(errno));
}

static void
count_lateness(struct media *m, struct mono now)
{
	int64_t us = (now.ns - m->next.ns) / 1000;
	if (us > LATE_US)
		m->sum.rtp_late_ticks++;
	if (us > 0 && (uint64_t)us > m->sum.rtp_worst_us)
		m->sum.rtp_worst_us = (uint64_t)us;
}

static void
on_tick(void *arg, unsigned events)
{
	struct media *m = arg;
	uint64_t ticks;
	(void)events;
	if (read(m->timer, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	struct mono now = clock_now();
	count_lateness(m, now);
	m->next.ns += (int64_t)ticks * TICK_NS;
	if (ticks > CATCH_UP_MAX)
		ticks = CATCH_UP_MAX;
	for (struct media_call *c = m->first; c != NULL; c = m->cursor) {
		m->cursor = c->next;
		media_call_tick(c, (unsigned)ticks, now);
	}
}

/* ---- the calls' lives ---- */

static void
enter(struct media *m, struct media_call *c)
{
	if (m->first == NULL)
		set_timer(m, true);
	c->next = m->first;
	c->link = &m->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	m->first = c;
}

static void
leave(struct media *m, struct media_call *c)
{
	if (m->cursor == c)
		m->cursor = c->next;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	if (m->first == NULL)
		set_timer(m, false);
}

static void
free_call(struct media_call *c)
{
	jitter_free(c->jitter);
	codec_free(c->codec);
	secure_free(c->secure);
	play_free(&c->replay);
	free(c);
}

static void
randomize(struct media_call *c)
{
	struct {
		uint32_t ssrc, ts;
		uint16_t seq, more[3];
		uint64_t name;
	} r;
	struct buf cname = BUF(c->reports.cname);
	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		log_fatal(LOG_MEDIA, "getrandom: %s", strerror(errno));
	c->out.ssrc = r.ssrc;
	c->out.ts = r.ts;
	c->out.seq = r.seq & 0x7fff; /* no wrap among the first packets (RFC 3711 3.3.1) */
	buf_hex(&cname, r.name, 16);
	buf_cstr(&cname);
}

static struct media_call *
new_call(struct media *m)
{
	struct media_call *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->jitter = jitter_new((unsigned)m->conf->rtp.jitter_max);
	c->codec = codec_new();
	if (c->jitter == NULL || c->codec == NULL) {
		free_call(c);
		return NULL;
	}
	c->m = m;
	randomize(c);
	c->max_recording = m->conf->recording.max_duration;
	c->reports.round_trip_us = -1;
	c->reports.in_ticks = 50 + m->serial++ * SERIAL_STEP % 200;
	return c;
}

int
media_open(struct media *m, const struct addr *local_ip, media_event_fn *event, media_done_fn *done,
	   void *arg, struct media_call **ret)
{
	struct media_call *c = new_call(m);
	if (c == NULL)
		return -ENOMEM;
	int e = ports_open(&m->ports, local_ip, &c->port);
	if (e != 0) {
		free_call(c);
		return e;
	}
	c->event = event;
	c->done = done;
	c->arg = arg;
	enter(m, c);
	*ret = c;
	return 0;
}

const struct addr *
media_local(const struct media_call *c)
{
	return &c->port.local;
}

void
media_secure(struct media_call *c, const struct sdp_crypto *ours)
{
	c->ours = *ours;
}

static bool
is_unspecified(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->ip)];
	return a->port == 0 || memcmp(a->ip, zero, sizeof(zero)) == 0;
}

/* Nothing that was heard or missed before counts. */
static void
begin_hearing(struct media_call *c, struct mono now)
{
	jitter_reset(c->jitter);
	silence_restart(&c->silence);
	c->heard = now;
}

static void
hold(struct media_call *c, struct mono now)
{
	const bool held = c->far_held || c->paused;

	if (c->held && !held)
		begin_hearing(c, now);
	c->held = held;
}

void
media_remote(struct media_call *c, const struct sdp_remote *remote)
{
	static const struct addr nowhere;
	struct mono now = clock_now();
	bool none = is_unspecified(&remote->rtp);
	bool held = none || remote->direction == SDP_SENDONLY || remote->direction == SDP_INACTIVE;
	if (c->connected && !sdp_crypto_same_key(&c->remote.crypto, &remote->crypto))
		media_net_receive(c, now); /* with the keys that it was sent with */
	c->remote = *remote;
	c->remote.nmedia = 0; /* those slices live no longer than the caller's text */
	media_net_secure(c);
	latch_signal(&c->latch, none ? &nowhere : &remote->rtp, now);
	if (!c->connected)
		begin_hearing(c, now);
	c->connected = true;
	c->far_held = held;
	hold(c, now);
}

void
media_pause(struct media_call *c, bool paused)
{
	c->paused = paused;
	hold(c, clock_now());
}

void
media_name(struct media_call *c, struct slice call_id)
{
	struct buf name = BUF(c->name);

	buf_slice(&name, call_id);
	buf_cstr(&name);
}

void
media_say(struct media_call *c, const struct phrase *words)
{
	if (c->closed || c->stage == STAGE_FAILING)
		return;
	media_stop_hearing(c);
	media_call_begin(c, words);
}

void
media_limit(struct media_call *c, int64_t max_recording)
{
	c->max_recording = max_recording;
}

static void
say_quality(const struct media_call *c)
{
	char local[ADDR_TEXT_MAX], far[ADDR_TEXT_MAX];
	const struct media_reports *r = &c->reports;
	if (c->out.packets == 0 && c->source.received == 0)
		return;
	log_info(LOG_MEDIA,
		 "call %s: %s <- %s: %u lost, %u late, jitter %u.%u ms; -> %u sent, %d lost, round "
		 "trip %lld us",
		 c->name, addr_text(&c->port.local, local), addr_text(latch_target(&c->latch), far),
		 rtp_source_lost_ever(&c->source), c->late, rtp_source_jitter(&c->source) / 8,
		 rtp_source_jitter(&c->source) % 8 * 10 / 8, c->out.packets, r->far_lost,
		 (long long)r->round_trip_us);
	if (c->remote.crypto.suite != SDP_PLAIN)
		log_info(LOG_MEDIA, "call %s: SRTP %s: %u packets refused", c->name,
			 sdp_suite_name(c->remote.crypto.suite), c->refused);
}

void
media_call_done(struct media_call *c)
{
	c->done(c->arg, c->ms, c->error);
	free_call(c);
}

/* Nothing was to be recorded: `done` still comes in its own turn. */
static void
on_finish(void *arg)
{
	struct media *m = arg;
	while (m->finished != NULL) {
		struct media_call *c = m->finished;
		m->finished = c->next;
		media_call_done(c);
	}
}

void
media_close(struct media_call *c)
{
	struct media *m = c->m;
	struct mono now = clock_now();
	c->closed = true; /* no event from here on */
	media_net_receive(c, now);
	media_call_drain(c);
	if (c->out.packets > 0 || c->source.heard)
		media_net_send_rtcp(c, now, true);
	ports_close(&c->port);
	leave(m, c);
	m->sum.rtp_lost += rtp_source_lost_ever(&c->source);
	say_quality(c);
	if (media_call_finish(c))
		return;
	c->next = m->finished;
	m->finished = c;
	loop_defer(m->finish);
}

/* ---- all of it ---- */

/* Now, not with the first secure call: that would hold up the tick of all others. */
static void
start_srtp(const struct conf *conf)
{
	for (size_t i = 0; i < conf->ntrunk; i++) {
		if (conf->trunk[i].srtp == DEMAND_NEVER)
			continue;
		(void)secure_start();
		return;
	}
}

int
media_new(struct loop *l, const struct conf *conf, unsigned slot, struct media **ret,
	  struct buf *why)
{
	struct media *m = calloc(1, sizeof(*m));
	if (m == NULL)
		log_fatal(LOG_MEDIA, "out of memory");
	m->loop = l;
	m->conf = conf;
	m->net = media_net_new();
	start_srtp(conf);
	m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	int e =
	    ports_init(&m->ports, conf->rtp.port_first, conf->rtp.port_last, slot, conf->rtp.dscp);
	if (e != 0)
		buf_printf(why, "rtp.ports: no pair of ports in %u-%u", conf->rtp.port_first,
			   conf->rtp.port_last);
	if (play_tone(&m->sorry, SORRY_MS) != 0)
		log_fatal(LOG_MEDIA, "out of memory");
	if (m->net == NULL || m->timer < 0)
		log_fatal(LOG_MEDIA, "timer: %s", strerror(errno));
	m->timer_io = loop_io_new(l, "media tick", m->timer, on_tick, m);
	m->finish = loop_defer_new(l, "media finish", on_finish, m);
	if (m->timer_io == NULL)
		log_fatal(LOG_MEDIA, "out of memory");
	loop_io_want(m->timer_io, LOOP_READ);
	if (e != 0)
		media_free(m);
	else
		*ret = m;
	return e;
}

void
media_free(struct media *m)
{
	if (m == NULL)
		return;
	loop_io_free(m->timer_io);
	loop_defer_free(m->finish);
	close(m->timer);
	media_net_free(m->net);
	play_free(&m->sorry);
	free(m);
}

void
media_beat(const struct media *m, struct msg_beat *beat)
{
	beat->rtp_received += m->sum.rtp_received;
	beat->rtp_sent += m->sum.rtp_sent;
	beat->rtp_lost += m->sum.rtp_lost;
	beat->rtp_late_ticks += m->sum.rtp_late_ticks;
	if (beat->rtp_worst_us < m->sum.rtp_worst_us)
		beat->rtp_worst_us = m->sum.rtp_worst_us;
	beat->digits += m->sum.digits;
	beat->recordings += m->sum.recordings;
	beat->recording_errors += m->sum.recording_errors;
	beat->srtp_refused += m->sum.srtp_refused;
	for (const struct media_call *c = m->first; c != NULL; c = c->next)
		beat->rtp_lost += rtp_source_lost_ever(&c->source);
}
