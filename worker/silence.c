/* silence: see silence.h. */
#include "worker/silence.h"

#include <math.h>

enum { VOICE_FRAMES = 3, SAMPLES_PER_MS = 8 };

#define FULL_SCALE      32767.0
#define FULL_SCALE_DBM0 6.15 /* of a square wave; the sine lies 3.01 below */
#define FLOOR_DBM0      (-96.0)

static int64_t
mean_square(const int16_t *samples, size_t n)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (int32_t)samples[i] * samples[i];
	return n > 0 ? sum / (int64_t)n : 0;
}

void
silence_begin(struct silence *s, int dbm0)
{
	double relative = pow(10, (dbm0 - FULL_SCALE_DBM0) / 10);
	*s = (struct silence){.loud = (int64_t)(FULL_SCALE * FULL_SCALE * relative)};
}

void
silence_take(struct silence *s, const int16_t *samples, size_t n)
{
	uint32_t ms = (uint32_t)(n / SAMPLES_PER_MS);
	s->total_ms += ms;
	s->idle_ms += ms;
	s->in_a_row = mean_square(samples, n) >= s->loud ? s->in_a_row + 1 : 0;
	if (s->in_a_row >= VOICE_FRAMES) {
		s->idle_ms = 0;
		s->voice_ms = s->total_ms;
	}
}

void
silence_restart(struct silence *s)
{
	s->idle_ms = 0;
	s->in_a_row = 0;
}

double
silence_level(const int16_t *samples, size_t n)
{
	int64_t power = mean_square(samples, n);
	if (power == 0)
		return FLOOR_DBM0;
	return 10 * log10((double)power / (FULL_SCALE * FULL_SCALE)) + FULL_SCALE_DBM0;
}
