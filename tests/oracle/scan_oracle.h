/* scan_oracle: sofia-sip's parser as a second reader of a message that our scanner accepted.
 * For tests and fuzzing only. */
#ifndef EVERTRUNK_SCAN_ORACLE_H
#define EVERTRUNK_SCAN_ORACLE_H

#include "supervisor/scan.h"

/* What the two read differently ("To tag"); NULL when sofia-sip refuses the message or both have
 * read the same. */
const char *scan_oracle_differs(const struct sip_msg *m);

#endif
