/* listener: see listener.h. */
#include "supervisor/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/log.h"

enum {
	ACCEPTS = 64, /* a turn */
	BACKLOG = 1024,
	PAUSE_MS = 1000, /* when descriptors have run out */
};

struct listener {
	struct listeners *set;
	struct loop_io *io; /* NULL: a UDP door */
	int fd;
	uint16_t door;
};

struct listeners {
	struct loop *loop;
	struct loop_timer *pause;
	struct listener_hooks hooks;
	size_t n;
	struct listener one[];
};

static void
listen_to(struct listeners *s, unsigned events)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->one[i].io)
			loop_io_want(s->one[i].io, events);
}

static void
on_pause_over(void *arg)
{
	listen_to(arg, LOOP_READ);
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void
on_accept(void *arg, unsigned events)
{
	struct listener *l = arg;
	struct sockaddr_storage ss;
	struct addr peer;

	(void)events;
	for (int i = 0; i < ACCEPTS; i++) {
		socklen_t len = sizeof(ss);
		const int fd =
		    accept4(l->fd, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			addr_from_sockaddr(&ss, &peer);
			l->set->hooks.accepted(l->set->hooks.arg, l->door, fd, &peer);
			continue;
		}
		if (is_shortage(errno)) {
			log_err(LOG_STREAM, "cannot accept connections: %s", strerror(errno));
			listen_to(l->set, 0);
			loop_timer_once(l->set->pause, PAUSE_MS);
		}
		return;
	}
}

static int
listen_tcp(const struct addr *at)
{
	struct sockaddr_storage ss;
	const socklen_t len = addr_to_sockaddr(at, &ss);
	const int one = 1, fd = socket(at->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (at->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, BACKLOG) < 0) {
		const int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static int
open_listener(struct listeners *s, uint16_t door, const struct addr *at, struct buf *why)
{
	struct listener *l = &s->one[door];
	char text[ADDR_TEXT_MAX];
	const int fd = listen_tcp(at);

	if (fd < 0) {
		buf_printf(why, "cannot listen on TCP %s: %s", addr_text(at, text), strerror(-fd));
		return fd;
	}
	*l = (struct listener){s, loop_io_new(s->loop, "listener", fd, on_accept, l), fd, door};
	loop_io_want(l->io, LOOP_READ);
	return 0;
}

int
listeners_new(struct loop *l, const struct door_plan *plan, const struct listener_hooks *hooks,
	      struct listeners **ret, struct buf *why)
{
	struct listeners *s = calloc(1, sizeof(*s) + plan->n * sizeof(s->one[0]));
	int error = 0;

	if (!s)
		return -ENOMEM;
	s->loop = l;
	s->pause = loop_timer_new(l, "listener pause", on_pause_over, s);
	s->hooks = *hooks;
	s->n = plan->n;
	for (size_t i = 0; !error && i < plan->n; i++)
		if (plan->spec[i].transport != TRANSPORT_UDP)
			error = open_listener(s, (uint16_t)i, &plan->spec[i].local, why);
	if (error) {
		listeners_free(s);
		return error;
	}
	*ret = s;
	return 0;
}

void
listeners_free(struct listeners *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (s->one[i].io) {
			loop_io_free(s->one[i].io);
			close(s->one[i].fd);
		}
	}
	loop_timer_free(s->pause);
	free(s);
}
