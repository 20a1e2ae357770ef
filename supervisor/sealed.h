/* sealed: bytes as a file in memory that nobody can change any more, to be handed to a worker.
 * Must not know: what the bytes are. */
#ifndef EVERTRUNK_SEALED_H
#define EVERTRUNK_SEALED_H

#include "ipc/base/text.h"

/* A descriptor of a memfd with these bytes, at its beginning, close-on-exec.  0 or -errno. */
int sealed_file(const char *name, struct slice bytes, int *ret);

#endif
