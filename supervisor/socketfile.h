/* socketfile: a listening unix socket with the right owner and mode.
 * Owns: the file's life: a dead supervisor's is removed, a live one's is left alone.
 * Must not know: what is spoken on it. */
#ifndef EVERTRUNK_SOCKETFILE_H
#define EVERTRUNK_SOCKETFILE_H

#include <stddef.h>

/* Listens on `path`: mode 0660 and group `group`, or 0600 when group is "".  Returns the descriptor
 * (non-blocking, close-on-exec), or -errno with one line for the person in `say`;
 * -EADDRINUSE: somebody answers there already. */
int socketfile_listen(const char *path, const char *group, char *say, size_t cap);

#endif
