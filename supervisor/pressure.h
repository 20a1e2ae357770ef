/* pressure: what runs short, and how badly: free disk, the queue of messages and the oldest in it,
 * worker memory, calls.
 * THE table of what is watched is here; its bounds are keys of section [pressure].
 * Pure: values in, levels out, time is an argument.
 * Must not know: how a value is found out, what is done about a level. */
#ifndef EVERTRUNK_PRESSURE_H
#define EVERTRUNK_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "ipc/base/clock.h"
#include "ipc/base/text.h"

/* Normal; medium: somebody is to look; high: new calls are refused, those that are up go on. */
#define PRESSURE_LEVELS(X)  \
	X(NORMAL, "normal") \
	X(MEDIUM, "medium") \
	X(HIGH, "high")

enum pressure_level {
#define X(id, word) PRESSURE_##id,
	PRESSURE_LEVELS(X)
#undef X
	    PRESSURE_LEVEL_COUNT
};

/* What is watched.  A level is entered when the value reaches its bound, from above where little
 * is bad (FALLS), from below where much is (RISES); it is left when the value is beyond so many
 * percent of that bound again.  Bounds are [pressure] keys of these names, FIELD_medium and
 * FIELD_high; 0: that level is never entered.
 *	  id      field   bad when  left at %  unit */
#define PRESSURES(X)                                           \
	X(DISK, disk, PRESSURE_FALLS, 120, PRESSURE_BYTES)     \
	X(QUEUE, queue, PRESSURE_RISES, 90, PRESSURE_ITEMS)    \
	X(OLDEST, oldest, PRESSURE_RISES, 90, PRESSURE_MS)     \
	X(MEMORY, memory, PRESSURE_RISES, 90, PRESSURE_SHARES) \
	X(CALLS, calls, PRESSURE_RISES, 90, PRESSURE_SHARES)

enum pressure_side { PRESSURE_FALLS, PRESSURE_RISES };
/* Bytes that are free; percent of a limit that are used; a number; milliseconds. */
enum pressure_unit { PRESSURE_BYTES, PRESSURE_SHARES, PRESSURE_ITEMS, PRESSURE_MS };

enum pressure_of {
#define X(id, field, side, leave, unit) PRESSURE_##id,
	PRESSURES(X)
#undef X
	    PRESSURE_COUNT
};

/* A level that has become better is believed when the worse one has lasted so long; one that has
 * become worse at once. */
#define PRESSURE_DWELL_MS 5000
/* A value that nobody knows: the level stays. */
#define PRESSURE_UNKNOWN  INT64_MIN

struct pressure_gauge {
	enum pressure_level level;
	struct mono since; /* of the level; 0: it has always been normal */
	int64_t value;     /* the last one that was known; PRESSURE_UNKNOWN: none ever */
};

struct pressure {
	struct pressure_gauge of[PRESSURE_COUNT];
};

struct pressure_bounds {
	int64_t medium, high; /* 0: off */
};

/* Everything normal and nothing known. */
void pressure_init(struct pressure *p);
struct pressure_bounds pressure_bounds(const struct conf *c, enum pressure_of what);
/* The level that `value` means where `level` has been so far. */
enum pressure_level pressure_judge(enum pressure_of what, const struct pressure_bounds *b,
				   enum pressure_level level, int64_t value);
/* One more value of `what`.  true: its level has changed. */
bool pressure_take(struct pressure *p, const struct conf *c, enum pressure_of what, int64_t value,
		   struct mono now);
/* The worst of all levels; high: new calls are refused. */
enum pressure_level pressure_worst(const struct pressure *p);

/* "disk", "medium". */
const char *pressure_name(enum pressure_of what);
const char *pressure_level_name(enum pressure_level level);
/* A value in words: "87.5M free", "92 %"; "unknown". */
void pressure_value_words(enum pressure_of what, int64_t value, struct buf *out);
/* A bound in words: the same; "no value" when it is off. */
void pressure_bound_words(enum pressure_of what, int64_t bound, struct buf *out);
/* How the value is counted. */
enum pressure_unit pressure_unit(enum pressure_of what);
/* What is not normal: "disk high, queue medium"; nothing when all is. */
void pressure_words(const struct pressure *p, struct buf *out);

#endif
