/* secret: the password file of a mail server.
 * Owns: how it is read and what it may look like.  Must not know: who logs in where. */
#ifndef EVERTRUNK_SECRET_H
#define EVERTRUNK_SECRET_H

#include "ipc/base/text.h"

enum { SECRET_MAX = 512 };

/* The first line of `path`, which key `key` of the configuration names.  Refused: a file that
 * others may read or its group may write, that is no plain one, empty, or too long.  0; -errno
 * with why, which never quotes it, in `why`. */
int secret_read(const char *key, const char *path, char ret[SECRET_MAX], struct buf *why);

#endif
