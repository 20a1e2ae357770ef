/* ua_socket: closes sofia-sip's socket to everybody but the supervisor.
 * Part of sofia-sip's room, which has no way to ask the library for the socket it has bound. */
#ifndef EVERTRUNK_UA_SOCKET_H
#define EVERTRUNK_UA_SOCKET_H

#include "ipc/base/addr.h"

/* Connects this process's UDP socket that is bound to `local` with `peer`: from then on the kernel
 * takes datagrams from nobody else.  0; -ENOENT: there is no such socket; -errno. */
int ua_socket_only_from(const struct addr *local, const struct addr *peer);

#endif
