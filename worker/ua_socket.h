/* ua_socket: closes sofia-sip's sockets to everybody but the supervisor.
 * Part of sofia-sip's room, which has no way to ask the library for the sockets it has bound. */
#ifndef EVERTRUNK_UA_SOCKET_H
#define EVERTRUNK_UA_SOCKET_H

#include "ipc/base/addr.h"

/* From now on the kernel takes nothing for `local` that does not come from `peer`: this
 * process's UDP socket is connected with it, its listening TCP socket gets a filter for its IP
 * (each connection of ours has a port of its own).  0; -ENOENT: one of them is missing; -errno. */
int ua_socket_only_from(const struct addr *local, const struct addr *peer);

#endif
