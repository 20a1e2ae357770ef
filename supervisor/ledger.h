/* ledger: the record of one recycle, and the ring of the last ones.
 * A value type; pool.c writes it, report.c prints it, the log gets it as one line. */
#ifndef EVERTRUNK_LEDGER_H
#define EVERTRUNK_LEDGER_H

#include <stdint.h>
#include <time.h>

#define LEDGER_KEPT     64
#define LEDGER_TEXT     128
#define LEDGER_PRESSURE 96

/* How a recycle ended, or stands. */
#define LEDGER_RESULTS(X)                                                        \
	X(DRAINING, "draining")   /* switched; the old one finishes its calls */ \
	X(DONE, "done")           /* the old one has left */                     \
	X(FAILED, "failed")       /* no successor: the old one serves on */      \
	X(CANCELLED, "cancelled") /* taken back before the switch */

enum ledger_result {
#define X(id, word) LEDGER_##id,
	LEDGER_RESULTS(X)
#undef X
	    LEDGER_RESULT_COUNT
};

/* What asked for it; the word is the metric's label. */
#define RECYCLE_REASONS(X)                                          \
	X(OPERATOR, "operator")                                     \
	X(AGE, "age")           /* recycle.every */                 \
	X(SCHEDULE, "schedule") /* recycle.at */                    \
	X(MEMORY, "memory")                                         \
	X(CALLS, "calls")                                           \
	X(HEARTBEAT, "heartbeat")                                   \
	X(PROBE, "probe")                                           \
	X(CRASH, "crash")                                           \
	X(PROTOCOL, "protocol") /* spoke nonsense on the channel */ \
	X(CONFIGURATION, "configuration")                           \
	X(PROGRAM, "program") /* um-worker changed on disk */

enum recycle_reason {
#define X(id, word) REASON_##id,
	RECYCLE_REASONS(X)
#undef X
	    REASON_COUNT
};

struct ledger {
	uint32_t number; /* 1, 2, ... since the supervisor's start */
	enum recycle_reason reason;
	enum ledger_result result;
	char text[LEDGER_TEXT];         /* the operator's words, or why it failed */
	char pressure[LEDGER_PRESSURE]; /* what ran short when it was asked: "disk medium"; "" */
	uint32_t old_generation, new_generation; /* 0: none */
	char old_slot, new_slot;                 /* 'A', 'B', or '-' */
	time_t asked;                            /* wall clock, for people */
	int64_t switch_ms;                       /* asked to switched */
	int64_t drain_ms;                        /* switched to the old one gone */
	unsigned moved;                          /* unanswered INVITEs that the new one took over */
	unsigned drained;                        /* calls that ended by themselves on the old one */
	unsigned cut;  /* calls hung up by us at the deadline or by --now */
	unsigned lost; /* calls that died with the worker (hung up towards the PBX) */
};

const char *ledger_result_name(enum ledger_result r);
const char *recycle_reason_name(enum recycle_reason r);

#endif
