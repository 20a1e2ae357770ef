/* ports: see ports.h. */
#include "worker/ports.h"

#include <errno.h>
#include <netinet/ip.h>
#include <unistd.h>

enum { RCVBUF = 64 * 1024 }; /* more than a second of one stream; a flood must not eat memory */

int
ports_init(struct ports *p, uint16_t first, uint16_t last, unsigned slot, uint8_t dscp)
{
	uint32_t from = (first + 1U) & ~1U;
	if (last < from + 1U)
		return -EINVAL;
	uint32_t pairs = (last - from + 1) / 2;
	*p = (struct ports){
	    .first = (uint16_t)from,
	    .pairs = pairs,
	    .next = slot == 0 ? 0 : pairs / 2,
	    .dscp = dscp,
	};
	return 0;
}

/* What fails here costs quality, not the call. */
static void
set_options(int fd, int family, int dscp)
{
	int on = 1, rcvbuf = RCVBUF, tos = dscp << 2;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}

static int
open_one(const struct addr *local, int dscp)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(local, &ss);
	int fd = socket(local->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&ss, n) != 0) {
		int e = errno;
		close(fd);
		return -e;
	}
	set_options(fd, local->family, dscp);
	return fd;
}

static int
open_pair(const struct addr *local, int dscp, struct port_pair *ret)
{
	struct addr odd = *local;
	odd.port++;
	int rtp = open_one(local, dscp);
	if (rtp < 0)
		return rtp;
	int rtcp = open_one(&odd, dscp);
	if (rtcp < 0) {
		close(rtp);
		return rtcp;
	}
	*ret = (struct port_pair){rtp, rtcp, *local};
	return 0;
}

int
ports_open(struct ports *p, const struct addr *ip, struct port_pair *ret)
{
	struct addr local = *ip;
	int e = -EADDRINUSE;
	for (uint32_t i = 0; i < p->pairs && e == -EADDRINUSE; i++) {
		local.port = (uint16_t)(p->first + p->next * 2);
		p->next = (p->next + 1) % p->pairs;
		e = open_pair(&local, p->dscp, ret);
	}
	return e;
}

void
ports_close(struct port_pair *pair)
{
	close(pair->rtp);
	close(pair->rtcp);
}
