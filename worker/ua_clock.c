/* ua_clock: see ua_clock.h. */
#include "worker/ua_clock.h"

#include <stdint.h>
#include <time.h>

#include <sofia-sip/su_time.h>

#define NTP_EPOCH      2208988800UL /* 1970 counted from 1900 */
#define TIMER_SLACK_MS 20

static int64_t
read_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t offset; /* from the monotonic clock to the wall clock, in ns */

void
ua_clock_start(void)
{
	offset = read_ns(CLOCK_REALTIME) - read_ns(CLOCK_MONOTONIC);
}

/* The time since 1900, for timers and dates alike.  The library's is the wall clock: when somebody
 * sets that, every timer of every call is due at once, or none for hours.  Ours is the wall clock
 * of our start, moved on by the monotonic clock. */
void
su_time(su_time_t *ret)
{
	int64_t now = read_ns(CLOCK_MONOTONIC) + offset;

	if (!ret)
		return;
	ret->tv_sec = (unsigned long)(now / 1000000000) + NTP_EPOCH;
	ret->tv_usec = (unsigned long)(now % 1000000000 / 1000);
}

/* Milliseconds from t2 to t1, for deciding how long to sleep.  The library's rounds down and
 * therefore spins through the last part of a millisecond before each of its timers: half a
 * millisecond of CPU per call.
 * A timer may be late by TIMER_SLACK_MS: none of sofia-sip's minds, and under load nearly all of
 * them (some per call, for retransmissions that never come) are worked off when a message wakes
 * us anyway. */
su_duration_t
su_duration(su_time_t const t1, su_time_t const t2)
{
	int64_t us = ((int64_t)t1.tv_sec - (int64_t)t2.tv_sec) * 1000000 + (int64_t)t1.tv_usec -
		     (int64_t)t2.tv_usec;
	int64_t ms = us / 1000;

	if (us > 0)
		ms += TIMER_SLACK_MS;
	if (ms > SU_DURATION_MAX)
		return SU_DURATION_MAX;
	return ms < -SU_DURATION_MAX ? -SU_DURATION_MAX : (su_duration_t)ms;
}
