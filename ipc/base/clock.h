/* clock: monotonic time as a type of its own.
 * Owns: what "now" means and how durations are counted (int64_t milliseconds).
 * Must not know: who waits for what.  Pure rooms take struct mono as an argument and never
 * ask for the time themselves; wall-clock time appears only in ledgers, logs and recycle.at. */
#ifndef EVERTRUNK_CLOCK_H
#define EVERTRUNK_CLOCK_H

#include <stdint.h>

/* Wrapped in a struct so that the compiler refuses to mix it with durations or wall time. */
struct mono {
	int64_t ns; /* nanoseconds of CLOCK_MONOTONIC; 0 means "never" */
};

/* The time, read from the kernel now. */
struct mono clock_now(void);

/* Milliseconds from `a` to `b`; negative when b is earlier. */
static inline int64_t
mono_ms(struct mono a, struct mono b)
{
	return (b.ns - a.ns) / 1000000;
}

/* `t` moved on by `ms` milliseconds. */
static inline struct mono
mono_add(struct mono t, int64_t ms)
{
	return (struct mono){t.ns + ms * 1000000};
}

/* Whether deadline `d` is set and has been reached at `now`. */
static inline int
mono_due(struct mono d, struct mono now)
{
	return d.ns != 0 && d.ns <= now.ns;
}

/* Whether the moment has been set at all. */
static inline int
mono_set(struct mono t)
{
	return t.ns != 0;
}

#endif
