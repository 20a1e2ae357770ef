/* check: what must hold between settings that are each right by themselves.
 * Pure: a struct conf in, error lines out.  Must not know: files, spelling. */
#ifndef EVERTRUNK_CONF_CHECK_H
#define EVERTRUNK_CONF_CHECK_H

#include "conf/fault.h"

/* The least that a call needs beside the recording: greeting, tone, hanging up. */
enum { CHECK_GREETING_MS = 10000 };

/* One line in `f` for everything that does not fit together, naming the keys. */
void check_all(const struct conf *c, struct faults *f);
/* Of these, what concerns dial plans and mailboxes. */
void check_dialplans(const struct conf *c, struct faults *f);

#endif
