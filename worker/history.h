/* history: who diverted a call, as its History-Info says it (RFC 7044, and RFC 4244 before it).
 * Pure: header values in, a number out; bounded, never fails on any bytes.
 * Must not know: which other header may say the same. */
#ifndef EVERTRUNK_HISTORY_H
#define EVERTRUNK_HISTORY_H

#include <stdbool.h>

#include "conf/conf.h"
#include "ipc/messages.h"
#include "worker/skip.h"

enum { HISTORY_ENTRIES = 32 }; /* what comes between the first ones and the last one is left out */

/* The number that `end` of the diverting parties has; "" when the entries tell of no diversion.
 * `line` are the header's lines in the order of the message; `skip` knows the numbers that sent
 * nobody here: the one that was dialled is where the call is now. */
void history_read(const struct slice *line, size_t n, enum diverting end, const struct skip *skip,
		  char out[MESSAGE_PARTY_MAX]);

#endif
