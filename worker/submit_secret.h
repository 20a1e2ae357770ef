/* submit_secret: the password file of the mail server.
 * Owns: how it is read and what it may look like.  Must not know: who logs in where. */
#ifndef EVERTRUNK_SUBMIT_SECRET_H
#define EVERTRUNK_SUBMIT_SECRET_H

#include "ipc/base/text.h"

enum { SUBMIT_SECRET_MAX = 512 };

/* The first line of `path`.  Refused: a file that others may read or its group may write, that is
 * no plain one, empty, or too long.  0; -errno with why, which never quotes it, in `why`. */
int submit_secret_read(const char *path, char ret[SUBMIT_SECRET_MAX], struct buf *why);

#endif
