/* counters: see counters.h. */
#include "supervisor/counters.h"

uint64_t counters[COUNTER_COUNT];
uint64_t counters_calls_ended[CALL_CAUSE_COUNT];
