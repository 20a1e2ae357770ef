/* reach: see reach.h. */
#include "supervisor/reach.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int
ask(const struct addr *to, struct addr *ret)
{
	struct sockaddr_storage ss;
	struct addr dest = *to;
	const int fd = socket(to->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (dest.port == 0) /* any: nothing is sent */
		dest.port = 5060;
	socklen_t len = addr_to_sockaddr(&dest, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) < 0)
		error = -errno;
	len = sizeof(ss);
	if (!error && getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		error = -errno;
	close(fd);
	if (error)
		return error;
	addr_from_sockaddr(&ss, ret);
	ret->port = 0;
	return 0;
}

int
reach_local(struct reach *r, const struct addr *to, struct mono now, struct addr *ret)
{
	for (unsigned i = 0; i < REACH_PLACES; i++) {
		const struct reach_place *p = &r->place[i];
		if (mono_set(p->until) && !mono_due(p->until, now) && addr_ip_eq(&p->to, to)) {
			*ret = p->local;
			return 0;
		}
	}
	const int error = ask(to, ret);
	if (!error)
		r->place[r->next++ % REACH_PLACES] =
		    (struct reach_place){*to, *ret, mono_add(now, REACH_MS)};
	return error;
}
