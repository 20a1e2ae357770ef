/* door: see door.h. */
#include "supervisor/door.h"

#include <errno.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/burst.h"
#include "supervisor/counters.h"

enum {
	BATCH = 32, /* datagrams a system call; more gains nothing (performance.md) */
	DATAGRAM = 65536,
	STRIDE = DATAGRAM + 1408, /* a power of two would put all heads in the same cache lines */
	KERNEL_BUFFER = 4 << 20,  /* the default loses bursts (performance.md) */
	DSCP_CS3 = 0x60,
	DOOR_MTU6 = 1280, /* every IPv6 path takes it (RFC 8200 5) */
};

struct door {
	struct doors *set;
	struct loop_io *io;
	int fd;
	uint16_t index;        /* WAY_INNER(slot) for an inner one */
	struct addr connected; /* family 0: to nobody */
	bool no_runs;          /* the kernel refuses to cut runs apart */
};

struct doors {
	struct loop *loop;
	struct door inner[2];
	struct door *door; /* by index in conf_doors(); fd -1: not UDP */
	size_t n;
	struct scan_limits limits;
	struct door_plan plan;
	char *bytes; /* BATCH datagrams; pages cost nothing until one is so long */
	struct mmsghdr head[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage name[BATCH];
};

static void
hand_over(struct door *d, const char *p, size_t n, const struct sockaddr_storage *from)
{
	struct way way = {.door = d->index, .transport = TRANSPORT_UDP};
	struct sip_msg m;

	while (n > 0 && (*p == '\r' || *p == '\n')) { /* RFC 3261 7.5; alone: a keep-alive */
		p++;
		n--;
	}
	if (n == 0)
		return;
	addr_from_sockaddr(from, &way.peer);
	const enum scan_result r = scan_message(p, n, false, &d->set->limits, &m);
	d->set->plan.message(d->set->plan.arg, &way, r, &m);
}

static void
on_readable(void *arg, unsigned events)
{
	struct door *d = arg;
	struct doors *s = d->set;

	(void)events;
	for (int i = 0; i < BATCH; i++)
		s->head[i].msg_hdr.msg_namelen = sizeof(s->name[i]);
	const int n = recvmmsg(d->fd, s->head, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		hand_over(d, s->iov[i].iov_base, s->head[i].msg_len, &s->name[i]);
	if (n > 0)
		s->plan.batch(s->plan.arg);
	else if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
		log_warn(LOG_DOOR, "receiving: %s", strerror(errno));
}

static void
set_option(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

/* As large as we may: FORCE works for root, the plain one up to net.core.rmem_max. */
static void
grow_buffers(int fd)
{
	set_option(fd, SOL_SOCKET, SO_RCVBUF, KERNEL_BUFFER);
	set_option(fd, SOL_SOCKET, SO_SNDBUF, KERNEL_BUFFER);
	set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, KERNEL_BUFFER);
	set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, KERNEL_BUFFER);
}

/* A large answer must arrive at the first try, by whatever path: no Don't Fragment over IPv4, so
 * that a router may cut it up; over IPv6, where none does, what must be cut is cut to what all
 * paths take (Linux leaves whole what fits the first wire: there the path's MTU has to be
 * learned).  Learning costs the first answer, and every answer where ICMP is filtered. */
static void
cut_for_any_path(int fd, uint16_t family)
{
	if (family == AF_INET)
		set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	else
		set_option(fd, IPPROTO_IPV6, IPV6_MTU, DOOR_MTU6);
}

/* `shared`: another socket of ours has this address already, and lets us. */
static int
bind_udp(const struct addr *at, bool shared)
{
	struct sockaddr_storage ss;
	const socklen_t len = addr_to_sockaddr(at, &ss);
	const int fd = socket(at->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (at->family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set_option(fd, at->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
		   at->family == AF_INET ? IP_TOS : IPV6_TCLASS, DSCP_CS3);
	grow_buffers(fd);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, shared);
	if (bind(fd, (const struct sockaddr *)&ss, len) < 0) {
		const int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static int
open_door(struct doors *s, struct door *d, const struct addr *at, uint16_t index, struct buf *why)
{
	char text[ADDR_TEXT_MAX];
	const int fd = bind_udp(at, index == WAY_INNER(1));

	if (fd < 0) {
		buf_printf(why, "cannot listen on UDP %s: %s", addr_text(at, text), strerror(-fd));
		return fd;
	}
	if (index < WAY_INNER(0))
		cut_for_any_path(fd, at->family);
	d->set = s;
	d->fd = fd;
	d->index = index;
	d->io = loop_io_new(s->loop, "door", fd, on_readable, d);
	loop_io_want(d->io, LOOP_READ);
	return 0;
}

/* The two inner sockets share one address, which nobody else may have: the first is bound alone,
 * and only then lets the second in. */
static int
open_inner(struct doors *s, struct buf *why)
{
	for (unsigned i = 0; i < 2; i++) {
		struct door *d = &s->inner[i];
		struct sockaddr_storage ss;
		const int error = open_door(s, d, &s->plan.inner, WAY_INNER(i), why);
		if (error)
			return error;
		set_option(d->fd, SOL_SOCKET, SO_REUSEADDR, i == 0);
		d->connected = s->plan.worker[i];
		const socklen_t len = addr_to_sockaddr(&d->connected, &ss);
		if (connect(d->fd, (const struct sockaddr *)&ss, len) < 0) {
			buf_printf(why, "cannot reach the workers' address: %s", strerror(errno));
			return -errno;
		}
	}
	set_option(s->inner[0].fd, SOL_SOCKET, SO_REUSEADDR, 0);
	return 0;
}

static struct doors *
doors_alloc(size_t n)
{
	struct doors *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->door = calloc(n, sizeof(*s->door));
	s->bytes = malloc((size_t)BATCH * STRIDE);
	if (!s->door || !s->bytes) {
		free(s->door);
		free(s->bytes);
		free(s);
		return NULL;
	}
	s->n = n;
	s->inner[0].fd = s->inner[1].fd = -1;
	for (size_t i = 0; i < n; i++)
		s->door[i].fd = -1;
	for (int i = 0; i < BATCH; i++) {
		s->iov[i] = (struct iovec){s->bytes + (size_t)i * STRIDE, DATAGRAM};
		s->head[i].msg_hdr = (struct msghdr){
		    .msg_name = &s->name[i], .msg_iov = &s->iov[i], .msg_iovlen = 1};
	}
	return s;
}

int
doors_new(struct loop *l, const struct door_plan *plan, struct doors **ret, struct buf *why)
{
	struct doors *s = doors_alloc(plan->n);

	if (!s)
		return -ENOMEM;
	s->loop = l;
	s->plan = *plan;
	int error = open_inner(s, why);
	for (size_t i = 0; !error && i < plan->n; i++)
		if (plan->spec[i].transport == TRANSPORT_UDP)
			error = open_door(s, &s->door[i], &plan->spec[i].local, (uint16_t)i, why);
	if (error) {
		doors_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

void
doors_limits(struct doors *d, const struct scan_limits *limits)
{
	d->limits = *limits;
}

static struct door *
door_at(struct doors *d, uint16_t index)
{
	return index >= WAY_INNER(0) ? &d->inner[index - WAY_INNER(0)] : &d->door[index];
}

void
doors_send(struct doors *d, uint16_t index, const struct door_out *out, unsigned n)
{
	struct door *door = door_at(d, index);
	const bool connected = door->connected.family != 0;

	const unsigned dropped = burst_send(door->fd, connected, &door->no_runs, out, n);
	counters[COUNT_DROPPED_SEND] += dropped;
}

static void
close_door(struct door *d)
{
	loop_io_free(d->io);
	if (d->fd >= 0)
		close(d->fd);
}

void
doors_free(struct doors *d)
{
	if (!d)
		return;
	close_door(&d->inner[0]);
	close_door(&d->inner[1]);
	for (size_t i = 0; i < d->n; i++)
		close_door(&d->door[i]);
	free(d->door);
	free(d->bytes);
	free(d);
}
