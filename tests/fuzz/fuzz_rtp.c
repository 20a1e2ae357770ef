/* fuzz_rtp: what the two sockets of a call may receive: records of kind, length and bytes, where a
 * kind is an RTP packet, an RTCP packet, or a tick that takes 20 ms out. */
#include <stdlib.h>
#include <string.h>

#include "worker/codec.h"
#include "worker/dtmf.h"
#include "worker/rtcp.h"
#include "worker/rtp.h"

enum { MAX_MS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct call {
	struct rtp_source source;
	struct dtmf dtmf;
	struct jitter *jitter;
	struct codec *codec;
};

static void
take_rtp(struct call *c, const uint8_t *p, size_t n)
{
	int16_t samples[256];
	struct rtp_packet packet;
	if (rtp_read(p, n, &packet) != 0)
		return;
	if (packet.payload < p || packet.payload + packet.payload_len > p + n)
		abort();
	if (rtp_source_take(&c->source, &packet, packet.ts) == RTP_FIRST)
		jitter_reset(c->jitter);
	(void)dtmf_take(&c->dtmf, packet.ts, packet.payload, packet.payload_len);
	codec_decode(packet.pt % SDP_CODECS, packet.payload, packet.payload_len, samples);
	(void)jitter_put(c->jitter, packet.ts, samples, packet.payload_len);
}

static void
tick(struct call *c)
{
	struct jitter_frame frame;
	jitter_pull(c->jitter, &frame);
	codec_conceal(c->codec, &frame);
	(void)jitter_settle(c->jitter);
	if (frame.have > JITTER_ALL || jitter_held(c->jitter) > MAX_MS + JITTER_FRAME_MS)
		abort();
}

static void
take_record(struct call *c, uint8_t kind, const uint8_t *p, size_t n)
{
	struct rtcp_in in;
	if (kind % 4 == 0)
		tick(c);
	else if (kind % 4 == 1)
		(void)rtcp_read(p, n, 1, &in);
	else
		take_rtp(c, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct call c = {.jitter = jitter_new(MAX_MS), .codec = codec_new()};
	for (size_t at = 0; at + 2 <= n;) {
		size_t len = data[at + 1] < n - at - 2 ? data[at + 1] : n - at - 2;
		uint8_t *copy = malloc(len); /* its end is watched */
		if (len > 0)
			memcpy(copy, data + at + 2, len);
		take_record(&c, data[at], copy, len);
		free(copy);
		at += 2 + len;
	}
	jitter_free(c.jitter);
	codec_free(c.codec);
	return 0;
}
