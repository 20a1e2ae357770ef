/* jitter: see jitter.h.  Inside, positions are milliseconds (8 samples) since one second before the
 * first packet; a timestamp that is no multiple of 8 away from it is moved by less than 1 ms. */
#include "worker/jitter.h"

#include <stdlib.h>
#include <string.h>

enum {
	MS = 8,          /* samples of a millisecond */
	START_MS = 1000, /* position of the first packet: earlier ones fit before it */
	FIRST_DELAY_MS = 40,
	STALL_MS = 512, /* room for what gathers while a tick is late */
	OFF_CONFIRM = 3 /* packets in a row off the time line, before it moves to them */
};

/* A millisecond of the ring.  Played ones are remembered for max_ms, to know a repeat. */
enum flag { FLAG_EMPTY, FLAG_HELD, FLAG_PLAYED };

struct jitter {
	unsigned max_ms;
	uint32_t cap_ms; /* power of two; [play - max_ms, play - max_ms + cap_ms) is in the ring */
	bool started;
	uint32_t base;   /* timestamp of position 0 */
	uint32_t play;   /* position of the next frame */
	uint32_t newest; /* position behind the newest sample */
	unsigned off;    /* packets in a row that were late or far */
	uint8_t *flags;  /* cap_ms of enum flag */
	int16_t *ring;   /* cap_ms * MS samples */
};

struct jitter *
jitter_new(unsigned max_ms)
{
	struct jitter *j = calloc(1, sizeof(*j));
	if (j == NULL)
		return NULL;
	j->max_ms = max_ms < FIRST_DELAY_MS ? FIRST_DELAY_MS : max_ms;
	for (j->cap_ms = 1; j->cap_ms < 2 * j->max_ms + STALL_MS; j->cap_ms *= 2)
		;
	j->flags = calloc(j->cap_ms, 1);
	j->ring = calloc((size_t)j->cap_ms * MS, sizeof(*j->ring));
	if (j->flags == NULL || j->ring == NULL) {
		jitter_free(j);
		return NULL;
	}
	return j;
}

void
jitter_free(struct jitter *j)
{
	if (j == NULL)
		return;
	free(j->flags);
	free(j->ring);
	free(j);
}

void
jitter_reset(struct jitter *j)
{
	j->started = false;
	j->off = 0;
	memset(j->flags, 0, j->cap_ms);
}

static void
start_at(struct jitter *j, uint32_t ts)
{
	jitter_reset(j);
	j->started = true;
	j->base = ts - START_MS * MS;
	j->play = START_MS - FIRST_DELAY_MS;
	j->newest = j->play;
}

static uint8_t *
flag_at(const struct jitter *j, uint32_t at)
{
	return &j->flags[at & (j->cap_ms - 1)];
}

static int16_t *
samples_at(const struct jitter *j, uint32_t at)
{
	return &j->ring[(size_t)(at & (j->cap_ms - 1)) * MS];
}

/* Copies the milliseconds [at, at + n) that are not there yet; false when all were. */
static bool
store(struct jitter *j, uint32_t at, const int16_t *samples, uint32_t n)
{
	bool any = false;
	for (uint32_t i = 0; i < n; i++) {
		if (*flag_at(j, at + i) != FLAG_EMPTY)
			continue;
		*flag_at(j, at + i) = FLAG_HELD;
		memcpy(samples_at(j, at + i), samples + (size_t)i * MS, MS * sizeof(*samples));
		any = true;
	}
	if (any && (int32_t)(at + n - j->newest) > 0)
		j->newest = at + n;
	return any;
}

static bool
is_known(const struct jitter *j, uint32_t at, uint32_t n)
{
	while (n > 0 && *flag_at(j, at + n - 1) != FLAG_EMPTY)
		n--;
	return n == 0;
}

/* A packet that begins before the play-out: the play-out moves back to it, if the limit allows, so
 * that it and those that come as late as it are heard in full.  When something newer has been
 * played already, only the next ones gain from that: this one would be heard out of order. */
static enum jitter_put
put_late(struct jitter *j, uint32_t at, const int16_t *samples, uint32_t n)
{
	uint32_t back = j->play - at;
	bool in_order = (int32_t)(at - j->newest) >= 0;
	if (back <= j->max_ms && is_known(j, at, n))
		return JITTER_REPEATED;
	if (jitter_held(j) + back > j->max_ms) {
		j->off++;
		return JITTER_LATE;
	}
	j->play = at;
	if (!in_order)
		return JITTER_LATE;
	store(j, at, samples, n);
	return JITTER_STRETCHED;
}

enum jitter_put
jitter_put(struct jitter *j, uint32_t ts, const int16_t *samples, size_t n)
{
	uint32_t room = j->cap_ms - j->max_ms;
	uint32_t ms = n / MS < room / 2 ? (uint32_t)(n / MS) : room / 2;
	if (!j->started || j->off >= OFF_CONFIRM)
		start_at(j, ts);
	uint32_t at = (ts - j->base) / MS;
	int64_t ahead = (int32_t)(at - j->play);
	if (ahead < -(int64_t)j->cap_ms || ahead + ms > room) {
		j->off++;
		return JITTER_FAR;
	}
	if (ahead < 0)
		return put_late(j, at, samples, ms);
	j->off = 0;
	return store(j, at, samples, ms) ? JITTER_IN_TIME : JITTER_REPEATED;
}

void
jitter_pull(struct jitter *j, struct jitter_frame *ret)
{
	ret->have = 0;
	for (uint32_t i = 0; i < JITTER_FRAME_MS; i++) {
		uint8_t *f = flag_at(j, j->play + i);
		bool held = j->started && *f == FLAG_HELD;
		if (held) {
			ret->have |= 1U << i;
			*f = FLAG_PLAYED;
			memcpy(ret->sample + i * MS, samples_at(j, j->play + i),
			       MS * sizeof(*ret->sample));
		} else {
			memset(ret->sample + i * MS, 0, MS * sizeof(*ret->sample));
		}
		*flag_at(j, j->play + i - j->max_ms) = FLAG_EMPTY; /* leaves the ring's window */
	}
	if (j->started)
		j->play += JITTER_FRAME_MS;
}

unsigned
jitter_settle(struct jitter *j)
{
	unsigned dropped = 0;
	struct jitter_frame frame;
	while (jitter_held(j) > j->max_ms + JITTER_FRAME_MS) {
		jitter_pull(j, &frame);
		dropped += JITTER_FRAME_MS;
	}
	return dropped;
}

unsigned
jitter_held(const struct jitter *j)
{
	int32_t held = (int32_t)(j->newest - j->play);
	return j->started && held > 0 ? (unsigned)held : 0;
}
