/* schedule: when a serving worker is due to be replaced: age, weekday and time, memory, calls.
 * Pure: monotonic and wall-clock time, memory and counts are arguments; of the system only the
 * time zone is read (localtime).
 * Must not know: workers, slots, what becomes of the verdict. */
#ifndef EVERTRUNK_SCHEDULE_H
#define EVERTRUNK_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "conf/conf.h"
#include "ipc/base/clock.h"
#include "supervisor/ledger.h"

/* Memory is looked at so often, and must be too much so many times in a row: for 40 s at least.
 * A call that has ended still costs 20 kB for 32 s, so a burst is not taken for a leak. */
#define SCHEDULE_MEMORY_MS     20000
#define SCHEDULE_MEMORY_CHECKS 3
/* A recycle.at that was missed (the machine slept, the clock was set) is made up for so long. */
#define SCHEDULE_LATE_S        3600

/* The watch over one serving worker. */
struct schedule {
	struct mono begun;  /* it began to serve */
	int64_t jitter;     /* its share of recycle.jitter, ms */
	struct mono looked; /* last look at its memory */
	unsigned over;      /* looks in a row that found too much */
	bool held;          /* due, but more calls are up than recycle.when_calls allows */
	enum recycle_reason held_for;
};

/* What is known at one moment. */
struct schedule_facts {
	struct mono now;
	time_t wall;
	struct mono last_at; /* when recycle.at last caused a recycle; 0: never */
	bool memory_known;   /* `memory` was read just now (see schedule_wants_memory) */
	uint64_t memory;     /* resident bytes */
	uint64_t served;     /* calls since its start */
	unsigned calls;      /* up now */
};

/* Starts the watch.  `random` decides the jitter: any 64 bits. */
void schedule_begin(struct schedule *s, const struct conf *c, struct mono now, uint64_t random);
/* Whether it is time to read the worker's memory. */
bool schedule_wants_memory(const struct schedule *s, const struct conf *c, struct mono now);
/* Looks at everything once.  true: due, and *ret says why. */
bool schedule_check(struct schedule *s, const struct conf *c, const struct schedule_facts *f,
		    enum recycle_reason *ret);
/* When and why the clock will next ask for a recycle: 0 when it never will. */
time_t schedule_next(const struct schedule *s, const struct conf *c, struct mono now, time_t wall,
		     enum recycle_reason *ret);

/* The first moment later than `after` at which the local clock reads w's weekday and time.  In
 * the night that skips it, the moment at which it would have come without the skip; in the night
 * that has it twice, the first of the two. */
time_t schedule_occurrence(const struct weekly *w, time_t after);

#endif
