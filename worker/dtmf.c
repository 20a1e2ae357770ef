/* dtmf: see dtmf.h. */
#include "worker/dtmf.h"

#include "worker/bytes.h"

enum {
	DIGITS = 16,
	SAME_PRESS = 480,      /* 60 ms: no finger and no dialler presses a key twice in that */
	LONG_SEGMENT = 0xe000, /* about to wrap: a continuation may follow (RFC 4733 2.5.1.3) */
	STALE = 10 * 8000      /* a packet so much older than the last press is no straggler */
};

static const char digits[DIGITS + 1] = "0123456789*#ABCD";

/* Whether a packet of `event` at `ts` still belongs to the press we know. */
static bool
is_same_press(const struct dtmf *d, uint32_t ts, uint8_t event)
{
	uint32_t later = ts - d->ts;
	if (event != d->event)
		return false;
	if (later <= SAME_PRESS)
		return true;
	return !d->ended && d->duration >= LONG_SEGMENT && later <= UINT16_MAX;
}

static bool
is_straggler(const struct dtmf *d, uint32_t ts)
{
	int32_t later = (int32_t)(ts - d->ts);
	return later < 0 && later > -STALE;
}

char
dtmf_take(struct dtmf *d, uint32_t ts, const uint8_t *payload, size_t n)
{
	if (n < 4 || payload[0] >= DIGITS)
		return 0;
	if (d->any && is_straggler(d, ts))
		return 0;
	bool same = d->any && is_same_press(d, ts, payload[0]);
	bool end = (payload[1] & 0x80) != 0;
	*d = (struct dtmf){
	    .any = true,
	    .ended = end || (same && d->ended),
	    .event = payload[0],
	    .duration = bytes_get16(payload + 2),
	    .ts = ts,
	};
	return same ? '\0' : digits[payload[0]];
}
