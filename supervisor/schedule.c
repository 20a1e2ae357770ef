/* schedule: see schedule.h. */
#include "supervisor/schedule.h"

enum { DAY_S = 24 * 3600, AT_APART_MS = 12 * 3600 * 1000 };

void
schedule_begin(struct schedule *s, const struct conf *c, struct mono now, uint64_t random)
{
	*s = (struct schedule){.begun = now};
	if (c->recycle.jitter > 0)
		s->jitter = (int64_t)(random % (uint64_t)c->recycle.jitter);
}

/* The moment at which a clock that is `offset` seconds ahead of UTC reads `local`; whether the
 * local clock really reads so then. */
static bool
reads(const struct tm *local, long offset, time_t *ret)
{
	struct tm want = *local, is;
	time_t t = timegm(&want) - offset;

	*ret = t;
	return localtime_r(&t, &is) && is.tm_mday == want.tm_mday && is.tm_hour == want.tm_hour &&
	       is.tm_min == want.tm_min;
}

/* The moment of w's time on the local date of `day`.  The offset may change within that date:
 * both are tried, the one before the change first.  That one is the first of two equal readings,
 * and it is what remains of a reading that is skipped. */
static time_t
moment_on(const struct tm *day, const struct weekly *w)
{
	struct tm local = {.tm_year = day->tm_year,
			   .tm_mon = day->tm_mon,
			   .tm_mday = day->tm_mday,
			   .tm_hour = w->hour,
			   .tm_min = w->minute};
	struct tm around, utc = local;
	time_t as_utc = timegm(&utc), eve = as_utc - DAY_S, morrow = as_utc + DAY_S;
	time_t before, after;

	localtime_r(&eve, &around);
	if (reads(&local, around.tm_gmtoff, &before))
		return before;
	localtime_r(&morrow, &around);
	if (reads(&local, around.tm_gmtoff, &after))
		return after;
	return before;
}

time_t
schedule_occurrence(const struct weekly *w, time_t after)
{
	struct tm today;
	time_t t = 0;

	tzset(); /* localtime_r alone would never see a changed zone */
	localtime_r(&after, &today);
	/* Nine days: the next of a weekday lies within eight, and a skipped moment may fall just
	 * before `after`. */
	for (int i = 0; i <= 8; i++) {
		struct tm day = {.tm_year = today.tm_year,
				 .tm_mon = today.tm_mon,
				 .tm_mday = today.tm_mday + i,
				 .tm_hour = 12};

		timegm(&day); /* normalises the date and finds the weekday; zone-free */
		if (w->weekday != 7 && day.tm_wday != w->weekday)
			continue;
		t = moment_on(&day, w);
		if (t > after)
			return t;
	}
	return t;
}

/* recycle.at fell due while this worker served, not long ago, and for the first time: a clock set
 * back must not bring the same night twice. */
static bool
at_due(const struct schedule *s, const struct conf *c, const struct schedule_facts *f)
{
	time_t begun, since, upto;

	if (!c->recycle.at.set)
		return false;
	if (mono_set(f->last_at) && mono_ms(f->last_at, f->now) < AT_APART_MS)
		return false;
	begun = f->wall - (time_t)(mono_ms(s->begun, f->now) / 1000);
	upto = f->wall - (time_t)(s->jitter / 1000);
	since = upto - SCHEDULE_LATE_S;
	if (since < begun)
		since = begun;
	return since < upto && schedule_occurrence(&c->recycle.at, since) <= upto;
}

bool
schedule_wants_memory(const struct schedule *s, const struct conf *c, struct mono now)
{
	return c->recycle.memory > 0 &&
	       (!mono_set(s->looked) || mono_ms(s->looked, now) >= SCHEDULE_MEMORY_MS);
}

static bool
memory_due(struct schedule *s, const struct conf *c, const struct schedule_facts *f)
{
	if (f->memory_known && schedule_wants_memory(s, c, f->now)) {
		s->looked = f->now;
		s->over = f->memory > c->recycle.memory ? s->over + 1 : 0;
	}
	return c->recycle.memory > 0 && s->over >= SCHEDULE_MEMORY_CHECKS;
}

/* Due by the clock; these two wait for a quiet moment when recycle.when_calls asks for one, and
 * are forgotten when a reload takes their key away meanwhile. */
static bool
clock_due(struct schedule *s, const struct conf *c, const struct schedule_facts *f)
{
	if (s->held && (s->held_for == REASON_AGE ? c->recycle.every > 0 : c->recycle.at.set))
		return true;
	s->held = false;
	if (at_due(s, c, f))
		s->held_for = REASON_SCHEDULE;
	else if (c->recycle.every > 0 && mono_ms(s->begun, f->now) >= c->recycle.every + s->jitter)
		s->held_for = REASON_AGE;
	else
		return false;
	s->held = true;
	return true;
}

bool
schedule_check(struct schedule *s, const struct conf *c, const struct schedule_facts *f,
	       enum recycle_reason *ret)
{
	if (memory_due(s, c, f)) {
		*ret = REASON_MEMORY;
		return true;
	}
	if (c->recycle.calls > 0 && f->served >= c->recycle.calls) {
		*ret = REASON_CALLS;
		return true;
	}
	if (!clock_due(s, c, f))
		return false;
	if (c->recycle.when_calls >= 0 && f->calls > (unsigned)c->recycle.when_calls)
		return false;
	*ret = s->held_for;
	return true;
}

time_t
schedule_next(const struct schedule *s, const struct conf *c, struct mono now, time_t wall,
	      enum recycle_reason *ret)
{
	time_t jitter = (time_t)(s->jitter / 1000), next = 0, at;

	if (s->held) {
		*ret = s->held_for;
		return wall;
	}
	if (c->recycle.every > 0) {
		next = wall + (time_t)((c->recycle.every - mono_ms(s->begun, now)) / 1000) + jitter;
		*ret = REASON_AGE;
	}
	if (!c->recycle.at.set)
		return next;
	at = schedule_occurrence(&c->recycle.at, wall - jitter) + jitter;
	if (next == 0 || at < next) {
		next = at;
		*ret = REASON_SCHEDULE;
	}
	return next;
}
