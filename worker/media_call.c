/* media_call: what one call does in a tick: hear, speak, watch.
 * After every event the call may be closed, and then nothing more is done for it. */
#include "worker/media_room.h"

#include <string.h>

enum {
	TICKS_A_SECOND = 1000 / RTP_TICK_MS,
	SAMPLES_MAX = 2048,   /* of one packet */
	REPORT_TICKS = 250,   /* RTCP leaves every 5 s (RFC 3550 6.2) */
	RTCP_LOOK_TICKS = 25, /* and is looked for twice a second */
	DIGITS_MAX = 8
};

/* Tells it, unless the call is closed or has been told already (digits always). */
void
media_call_tell(struct media_call *c, enum media_event event, char digit)
{
	if (c->closed)
		return;
	if (event == MEDIA_DIGIT) {
		c->m->sum.digits++;
	} else {
		if (c->told & 1U << event)
			return;
		c->told |= 1U << event;
	}
	c->event(c->arg, event, digit);
}

/* ---- hear ---- */

/* A sender may keep to its own payload type for events where it answered our offer. */
static bool
is_event(const struct media_call *c, uint8_t pt)
{
	if (c->remote.dtmf_pt < 0 || pt == c->remote.codec_pt)
		return false;
	return pt == c->remote.dtmf_pt || pt == SDP_OFFER_EVENT_PT;
}

static void
take_event(struct media_call *c, const struct rtp_packet *p)
{
	if (p->ssrc != c->dtmf_ssrc)
		c->dtmf = (struct dtmf){0};
	c->dtmf_ssrc = p->ssrc;
	char digit = dtmf_take(&c->dtmf, p->ts, p->payload, p->payload_len);
	if (digit != 0 && c->ndigits < sizeof(c->digits))
		c->digits[c->ndigits++] = digit;
}

/* Only when the shared space to receive into is free again: telling may close the call, and that
 * receives once more. */
static void
tell_digits(struct media_call *c)
{
	for (size_t i = 0; i < c->ndigits; i++)
		media_call_tell(c, MEDIA_DIGIT, c->digits[i]);
	c->ndigits = 0;
}

static void
take_sound(struct media_call *c, const struct rtp_packet *p)
{
	int16_t samples[SAMPLES_MAX];
	enum sdp_codec law = c->remote.codec;
	if (p->pt != c->remote.codec_pt) {
		if (p->pt != 0 && p->pt != 8) /* comfort noise and what we never agreed on */
			return;
		law = p->pt == 0 ? SDP_PCMU : SDP_PCMA;
	}
	if (c->held || p->payload_len > SAMPLES_MAX)
		return;
	codec_decode(law, p->payload, p->payload_len, samples);
	enum jitter_put put = jitter_put(c->jitter, p->ts, samples, p->payload_len);
	if (put == JITTER_LATE || put == JITTER_FAR)
		c->late++;
}

void
media_call_packet(struct media_call *c, const struct rtp_packet *p, uint32_t arrival)
{
	bool event = is_event(c, p->pt);
	c->m->sum.rtp_received++;
	/* Some gateways send events as a source of their own: that is no change of the sound's. */
	if (!event || !c->source.heard || p->ssrc == c->source.ssrc) {
		enum rtp_verdict verdict = rtp_source_take(&c->source, p, arrival);
		if (verdict == RTP_STRAY)
			return;
		if (verdict == RTP_FIRST)
			jitter_reset(c->jitter);
	}
	if (event)
		take_event(c, p);
	else
		take_sound(c, p);
}

static void
listen_for_digits(struct media_call *c, const struct jitter_frame *frame)
{
	char digits[DIGITS_MAX];
	size_t n = codec_listen(c->codec, frame->sample, JITTER_FRAME, digits, sizeof(digits));
	for (size_t i = 0; i < n; i++)
		media_call_tell(c, MEDIA_DIGIT, digits[i]);
}

/* One frame of 20 ms. */
static void
hear(struct media_call *c)
{
	struct jitter_frame frame;
	bool listen = c->remote.dtmf_pt < 0, record = c->stage == STAGE_RECORDING;
	jitter_pull(c->jitter, &frame);
	if (!listen && !record)
		return;
	codec_conceal(c->codec, &frame);
	if (record && c->recorder != NULL) {
		recorder_push(c->recorder, frame.sample, JITTER_FRAME);
		silence_take(&c->silence, frame.sample, JITTER_FRAME);
	}
	if (listen)
		listen_for_digits(c, &frame);
}

void
media_call_drain(struct media_call *c)
{
	if (!c->connected || c->held || c->stage != STAGE_RECORDING)
		return;
	while (jitter_held(c->jitter) > 0)
		hear(c);
}

/* ---- speak ---- */

void
media_call_begin(struct media_call *c, const struct phrase *words)
{
	c->phrase = *words;
	c->piece = c->played = 0;
	c->stage = STAGE_PLAYING;
	c->told &= ~(1U << MEDIA_SAID);
}

/* The next 20 ms of what is said; NULL: all of it has been. */
static const uint8_t *
next_words(struct media_call *c)
{
	while (c->piece < c->phrase.n && c->played >= c->phrase.piece[c->piece]->n) {
		c->piece++;
		c->played = 0;
	}
	if (c->piece == c->phrase.n)
		return NULL;
	return c->phrase.piece[c->piece]->codes[c->remote.codec] + c->played;
}

static void
play(struct media_call *c)
{
	const uint8_t *codes = next_words(c);

	if (codes != NULL) {
		media_net_send(c, codes);
		c->played += RTP_TICK;
	}
	if (next_words(c) != NULL)
		return;
	if (c->stage == STAGE_FAILING) {
		media_call_tell(c, MEDIA_FAILED, 0);
		return;
	}
	c->stage = STAGE_IDLE;
	media_call_tell(c, MEDIA_SAID, 0);
}

/* Nobody is to talk on to a recording that has ended: a long tone, then the end. */
static void
fail_with_a_tone(struct media_call *c)
{
	struct phrase p = {.n = 0};

	phrase_add(&p, &c->m->sorry);
	media_call_begin(c, &p);
	c->stage = STAGE_FAILING;
}

/* While we only listen: silence all the time, or a packet of it now and then, for gateways and
 * firewalls that give a call up from which nothing comes (a talkspurt of its own: marker set). */
static bool
silence_is_due(struct media_call *c, unsigned ticks)
{
	c->out.quiet += ticks;
	if (!c->m->conf->rtp.transmit_silence && c->out.quiet < TICKS_A_SECOND)
		return false;
	c->out.quiet = 0;
	return true;
}

/* A late tick sends one packet, not several: the timestamps go on with the clock, what is played
 * waits. */
static void
speak(struct media_call *c, unsigned ticks)
{
	uint8_t quiet[RTP_TICK];
	c->out.ts += ticks * RTP_TICK;
	if (!c->connected || c->held) {
		c->out.talking = false;
	} else if (c->stage == STAGE_PLAYING || c->stage == STAGE_FAILING) {
		play(c);
	} else if (c->stage == STAGE_RECORDING && silence_is_due(c, ticks)) {
		memset(quiet, codec_zero(c->remote.codec), sizeof(quiet));
		media_net_send(c, quiet);
	} else {
		c->out.talking = false;
	}
}

/* ---- watch ---- */

static bool
is_over(struct mono since, struct mono now, int64_t limit_ms)
{
	return limit_ms > 0 && mono_ms(since, now) >= limit_ms;
}

static void
watch_recording(struct media_call *c, struct mono now)
{
	const struct conf *conf = c->m->conf;
	if (c->stage == STAGE_FAILING && c->far_held && !c->paused) /* he would not hear it */
		media_call_tell(c, MEDIA_FAILED, 0);
	if (c->stage != STAGE_RECORDING || c->paused)
		return;
	if (c->recorder == NULL || recorder_error(c->recorder) != 0) {
		fail_with_a_tone(c);
		return;
	}
	if (!c->held && c->silence.idle_ms >= conf->recording.idle_timeout)
		media_call_tell(c, MEDIA_SILENCE, 0);
	if (is_over(c->beeped, now, c->max_recording))
		media_call_tell(c, MEDIA_LIMIT, 0);
}

static void
report(struct media_call *c, struct mono now)
{
	if (c->reports.in_ticks % RTCP_LOOK_TICKS == 0)
		media_net_receive_rtcp(c, now);
	if (c->reports.in_ticks-- > 0)
		return;
	c->reports.in_ticks = REPORT_TICKS;
	media_net_send_rtcp(c, now, false);
}

static void
watch(struct media_call *c, struct mono now)
{
	bool due = c->connected && !c->held && c->remote.direction != SDP_RECVONLY;
	if (c->stage != STAGE_IDLE)
		watch_recording(c, now);
	if (due && is_over(c->heard, now, c->m->conf->rtp.timeout))
		media_call_tell(c, MEDIA_TIMEOUT, 0);
	if (c->connected && !c->closed)
		report(c, now);
}

void
media_call_tick(struct media_call *c, unsigned ticks, struct mono now)
{
	media_net_receive(c, now);
	tell_digits(c);
	for (unsigned i = 0; i < ticks && c->connected && !c->held && !c->closed; i++)
		hear(c);
	(void)jitter_settle(c->jitter);
	if (!c->closed)
		speak(c, ticks);
	if (!c->closed)
		watch(c, now);
}
