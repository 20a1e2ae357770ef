/* ledger: see ledger.h. */
#include "supervisor/ledger.h"

static const char *const results[] = {
#define X(id, word) [LEDGER_##id] = (word),
    LEDGER_RESULTS(X)
#undef X
};

static const char *const reasons[] = {
#define X(id, word) [REASON_##id] = (word),
    RECYCLE_REASONS(X)
#undef X
};

const char *
ledger_result_name(enum ledger_result r)
{
	return (unsigned)r < LEDGER_RESULT_COUNT ? results[r] : "?";
}

const char *
recycle_reason_name(enum recycle_reason r)
{
	return (unsigned)r < REASON_COUNT ? reasons[r] : "?";
}
