/* codec: see codec.h. */
#include "worker/codec.h"

#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

enum { CODES = 256, SAMPLES_PER_MS = 8 };

struct codec {
	plc_state_t plc;
	dtmf_rx_state_t *dtmf; /* made when first needed */
};

/* A table look-up costs a third of spandsp's arithmetic. */
static int16_t linear[SDP_CODECS][CODES];
static bool linear_made;

static void
make_tables(void)
{
	for (int i = 0; i < CODES && !linear_made; i++) {
		linear[SDP_PCMU][i] = ulaw_to_linear((uint8_t)i);
		linear[SDP_PCMA][i] = alaw_to_linear((uint8_t)i);
	}
	linear_made = true;
}

struct codec *
codec_new(void)
{
	struct codec *c = calloc(1, sizeof(*c));
	if (c != NULL)
		plc_init(&c->plc);
	return c;
}

void
codec_free(struct codec *c)
{
	if (c == NULL)
		return;
	if (c->dtmf != NULL)
		dtmf_rx_free(c->dtmf);
	free(c);
}

void
codec_decode(enum sdp_codec law, const uint8_t *in, size_t n, int16_t *out)
{
	if (!linear_made)
		make_tables();
	const int16_t *table = linear[law];
	for (size_t i = 0; i < n; i++)
		out[i] = table[in[i]];
}

void
codec_encode(enum sdp_codec law, const int16_t *in, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = law == SDP_PCMU ? linear_to_ulaw(in[i]) : linear_to_alaw(in[i]);
}

uint8_t
codec_zero(enum sdp_codec law)
{
	return law == SDP_PCMU ? linear_to_ulaw(0) : linear_to_alaw(0);
}

/* Milliseconds from `from` on that are all there, or all missing. */
static int
run_length(uint32_t have, int from)
{
	uint32_t first = have >> from & 1;
	int n = 1;
	while (from + n < JITTER_FRAME_MS && (have >> (from + n) & 1) == first)
		n++;
	return n;
}

/* spandsp 0.0.6 turns its ring of history with a memcpy() that overlaps.  Turned here first, there
 * is nothing left for it to do. */
static void
turn_history(plc_state_t *plc)
{
	int16_t head[PLC_HISTORY_LEN];
	size_t at = (size_t)plc->buf_ptr, rest = PLC_HISTORY_LEN - at;
	memcpy(head, plc->history, at * sizeof(*head));
	memmove(plc->history, plc->history + at, rest * sizeof(*head));
	memcpy(plc->history + rest, head, at * sizeof(*head));
	plc->buf_ptr = 0;
}

/* plc_fillin() writes a quarter of a pitch period however little it is asked for: the samples stand
 * in a place with that much room behind them. */
static void
conceal_run(plc_state_t *plc, int16_t *samples, int n, bool have)
{
	int16_t work[JITTER_FRAME + PLC_PITCH_OVERLAP_MAX];
	size_t bytes = (size_t)n * sizeof(*work);
	memcpy(work, samples, bytes);
	if (!have && plc->missing_samples == 0)
		turn_history(plc);
	if (have)
		plc_rx(plc, work, n);
	else
		plc_fillin(plc, work, n);
	memcpy(samples, work, bytes);
}

void
codec_conceal(struct codec *c, struct jitter_frame *frame)
{
	if (frame->have == JITTER_ALL) { /* nearly always */
		plc_rx(&c->plc, frame->sample, JITTER_FRAME);
		return;
	}
	for (int at = 0, n; at < JITTER_FRAME_MS; at += n) {
		n = run_length(frame->have, at);
		conceal_run(&c->plc, frame->sample + at * SAMPLES_PER_MS, n * SAMPLES_PER_MS,
			    (frame->have >> at & 1) != 0);
	}
}

size_t
codec_listen(struct codec *c, const int16_t *samples, size_t n, char *out, size_t cap)
{
	char heard[MAX_DTMF_DIGITS + 1];
	if (c->dtmf == NULL)
		c->dtmf = dtmf_rx_init(NULL, NULL, NULL);
	if (c->dtmf == NULL)
		return 0;
	dtmf_rx(c->dtmf, samples, (int)n);
	size_t count =
	    dtmf_rx_get(c->dtmf, heard, (int)(cap < MAX_DTMF_DIGITS ? cap : MAX_DTMF_DIGITS));
	memcpy(out, heard, count);
	return count;
}

void
codec_tone(unsigned hz, int dbm0, int16_t *out, size_t n)
{
	int32_t step = dds_phase_rate((float)hz);
	int16_t scale = dds_scaling_dbm0((float)dbm0);
	uint32_t phase = 0;
	for (size_t i = 0; i < n; i++)
		out[i] = dds_mod(&phase, step, scale, 0);
}
