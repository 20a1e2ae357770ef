/* ua_socket: see ua_socket.h.
 * A refusal by SIP would come too late: NUA ends a call on any BYE that fits, whatever it is
 * answered with, so a request from elsewhere must not reach it at all. */
#include "worker/ua_socket.h"

#include <errno.h>
#include <stdbool.h>

#define DESCRIPTORS_MAX 256 /* at start-up; far more than are open then */

static bool
is_bound_to(int fd, const struct addr *local)
{
	struct sockaddr_storage ss = {0};
	socklen_t n = sizeof(ss);
	struct addr bound;
	int type = 0;

	if (getsockname(fd, (struct sockaddr *)&ss, &n) < 0)
		return false;
	addr_from_sockaddr(&ss, &bound);
	n = sizeof(type);
	return addr_eq(&bound, local) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_DGRAM;
}

int
ua_socket_only_from(const struct addr *local, const struct addr *peer)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(peer, &ss);

	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		if (is_bound_to(fd, local))
			return connect(fd, (struct sockaddr *)&ss, n) < 0 ? -errno : 0;
	}
	return -ENOENT;
}
