/* book: the ledgers of the last recycles, and what they sum up to.
 * Pure: a value that is written to and read from; times are arguments.
 * Must not know: workers, who prints. */
#ifndef EVERTRUNK_BOOK_H
#define EVERTRUNK_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"
#include "supervisor/ledger.h"

struct book {
	struct ledger kept[LEDGER_KEPT]; /* a ring */
	uint64_t entered;                /* ledgers ever entered: the next goes to entered % KEPT */
	uint32_t last_number;
	/* closed ones only, so that a ledger is counted once */
	uint64_t results[REASON_COUNT][LEDGER_RESULT_COUNT];
	uint64_t moved, drained, cut, lost;
};

/* A number that no ledger has had. */
uint32_t book_number(struct book *b);
/* Enters a copy of *l.  It stays open, to be found and written to, until book_close(). */
void book_enter(struct book *b, const struct ledger *l);
/* The ledger of that number; NULL when it is not there (any more). */
struct ledger *book_find(struct book *b, uint32_t number);
const struct ledger *book_look(const struct book *b, uint32_t number);
/* The i-th newest, 0 the last one entered; NULL when there are not so many. */
const struct ledger *book_newest(const struct book *b, size_t i);
/* It ended so: counts it and its calls. */
void book_close(struct book *b, struct ledger *l, enum ledger_result result);

/* "4 (operator: new greeting)" or "4 (memory)". */
void book_name(struct buf *out, const struct ledger *l);
/* The line for the log when a recycle has switched, and the one when it has ended. */
void book_switch_line(struct buf *out, const struct ledger *l, unsigned calls_left);
void book_end_line(struct buf *out, const struct ledger *l);

#endif
