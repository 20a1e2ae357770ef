/* trial: the message by which an administrator sees whether messages arrive (um-ctl test-mail).
 * Pure.  Must not know: which way it goes. */
#ifndef EVERTRUNK_TRIAL_H
#define EVERTRUNK_TRIAL_H

#include <time.h>

#include "ipc/base/text.h"

enum { TRIAL_ID_MAX = 40, TRIAL_TEXT_MAX = 4096 };

/* A name for it that no other has: "test-" and the time. */
void trial_id(struct timespec now, char ret[TRIAL_ID_MAX]);
/* The whole message, headers and text, CRLF; both addresses are mailaddr_ok(). */
void trial_text(const char *sender, struct slice to, const char *id, time_t now, struct buf *out);

#endif
