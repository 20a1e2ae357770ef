/* channel: see channel.h.
 * The write side gathers records in one buffer and cuts packets from it at the end of the turn.
 * A peer that has gone is believed only by the read side: what it said last (the end of a call) is
 * still in our socket when our own write to it already fails. */
#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/message.h"

#define PACKET_MAX       (64u * 1024)
#define QUEUE_MAX        (256u * 1024)
#define QUEUE_FIRST      (4u * 1024)
#define PACKETS_PER_TURN 1 /* another read would mostly be for nothing, and others want a turn */

struct channel {
	struct loop *loop;
	int fd;
	struct loop_io *io;
	struct loop_defer *flush;
	enum message_dir receives;
	struct channel_hooks hooks;
	char *queue; /* whole records, [head, tail) not sent yet */
	size_t head, tail, cap;
	int pass;       /* a descriptor to go with the record at `pass_at`; -1: none */
	size_t pass_at; /* in the queue */
	int passed;     /* one that came with the packet at hand and nobody has taken; -1: none */
	int broken;     /* -errno of a write that failed for good, to be told by the flush */
	bool deaf;      /* the peer no longer reads: what is queued is dropped */
	bool over;      /* gone has been called, or is about to be */
	bool busy;      /* inside one of its own callbacks */
	bool dropped;   /* freed meanwhile */
};

/* One for all channels: packets are read and delivered one at a time, on one thread. */
static _Alignas(8) char packet[PACKET_MAX];

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
destroy(struct channel *c)
{
	close_fd(&c->pass);
	close_fd(&c->passed);
	free(c->queue);
	free(c);
}

static void
tell_gone(struct channel *c, int why)
{
	c->over = true;
	loop_io_want(c->io, 0);
	loop_defer_cancel(c->flush);
	c->busy = true;
	c->hooks.gone(c->hooks.arg, why);
	c->busy = false;
	if (c->dropped)
		destroy(c);
}

/* Sends one packet, with a descriptor when its first record is the one that has it (unix(7)). */
static ssize_t
send_packet(struct channel *c, size_t n, int fd)
{
	struct iovec bytes = {.iov_base = c->queue + c->head, .iov_len = n};
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr packed = {.msg_iov = &bytes, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *head = (struct cmsghdr *)(void *)space;
		*head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
		packed.msg_control = space;
		packed.msg_controllen = sizeof(space);
	}
	return sendmsg(c->fd, &packed, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Sends what the socket takes.  0 also when some must wait. */
static int
write_queue(struct channel *c)
{
	while (c->head < c->tail) {
		const bool passes = c->pass >= 0 && c->pass_at == c->head;
		const size_t end = c->pass >= 0 && !passes ? c->pass_at : c->tail;
		size_t n = message_fit(c->queue + c->head, end - c->head, PACKET_MAX);
		ssize_t sent = send_packet(c, n, passes ? c->pass : -1);

		if (sent >= 0) {
			c->head += n;
			if (passes)
				close_fd(&c->pass);
		} else if (errno == EAGAIN) {
			loop_io_want(c->io, LOOP_READ | LOOP_WRITE);
			return 0;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			c->deaf = true;
			break;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	c->head = c->tail = 0;
	loop_io_want(c->io, LOOP_READ);
	return c->deaf ? -EPIPE : 0;
}

static void
on_flush(void *arg)
{
	struct channel *c = arg;

	if (c->broken == 0)
		channel_flush(c);
	if (c->broken < 0)
		tell_gone(c, c->broken);
}

/* Delivers the n bytes in `packet`.  0, or -errno for nonsense; -ECANCELED when c was freed. */
static int
deliver(struct channel *c, size_t n)
{
	struct message m;
	size_t at = 0;
	int rc;

	for (;;) {
		rc = message_next(packet, n, &at, c->receives, &m);
		if (rc <= 0)
			return rc < 0 ? -EPROTO : 0;
		c->busy = true;
		c->hooks.message(c->hooks.arg, m.type, m.payload);
		c->busy = false;
		if (c->dropped)
			return -ECANCELED;
	}
}

/* Keeps the descriptor that came with a packet until its first record has been delivered. */
static void
keep_passed(struct channel *c, struct msghdr *packed)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(packed);

	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&c->passed, CMSG_DATA(head), sizeof(int));
}

/* Into `packet`.  Nobody but the supervisor may pass descriptors: without room for them the kernel
 * closes what a worker sends. */
static ssize_t
receive_packet(struct channel *c)
{
	struct iovec bytes = {.iov_base = packet, .iov_len = sizeof(packet)};
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))];
	struct msghdr packed = {.msg_iov = &bytes, .msg_iovlen = 1};
	ssize_t n;

	if (c->receives == TO_WORKER) {
		packed.msg_control = space;
		packed.msg_controllen = CMSG_LEN(sizeof(int)); /* of one, not of its padding */
	}
	n = recvmsg(c->fd, &packed, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
	if (n > 0)
		keep_passed(c, &packed);
	return n;
}

/* Reads and delivers one packet: 1, or 0 when there is none; else as deliver(). */
static int
read_packet(struct channel *c, bool *closed)
{
	ssize_t n = receive_packet(c);
	int rc;

	if (n == 0) {
		*closed = true;
		return 0;
	}
	if (n < 0) {
		/* A reset says that the peer died without reading all we sent; what it sent itself
		 * still waits behind that error. */
		if (errno == EINTR || errno == ECONNRESET)
			return 1;
		return errno == EAGAIN ? 0 : -errno;
	}
	rc = (size_t)n > sizeof(packet) ? -EPROTO : deliver(c, (size_t)n);
	close_fd(&c->passed);
	return rc < 0 ? rc : 1;
}

static void
on_io(void *arg, unsigned events)
{
	struct channel *c = arg;
	bool closed = false;
	int rc = 1;

	if (events & LOOP_WRITE)
		loop_defer(c->flush);
	for (int i = 0; (events & LOOP_READ) && rc > 0 && i < PACKETS_PER_TURN; i++)
		rc = read_packet(c, &closed);
	if (rc == -ECANCELED)
		destroy(c);
	else if (rc < 0 || closed)
		tell_gone(c, rc);
}

int
channel_pair(int ret[2])
{
	int type = SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC;

	return socketpair(AF_UNIX, type, 0, ret) < 0 ? -errno : 0;
}

struct channel *
channel_new(struct loop *l, int fd, enum message_dir receives, const struct channel_hooks *hooks)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	c->io = loop_io_new(l, "channel", fd, on_io, c);
	if (!c->io) {
		close(fd);
		free(c);
		return NULL;
	}
	c->loop = l;
	c->fd = fd;
	c->pass = c->passed = -1;
	c->flush = loop_defer_new(l, "channel flush", on_flush, c);
	c->receives = receives;
	c->hooks = *hooks;
	loop_io_want(c->io, LOOP_READ);
	return c;
}

/* Room for `n` more bytes behind tail: first by moving what waits to the front. */
static int
reserve(struct channel *c, size_t n)
{
	size_t waiting = c->tail - c->head;
	size_t cap = c->cap ? c->cap : QUEUE_FIRST;
	char *bigger;

	if (waiting + n > QUEUE_MAX)
		return -ENOBUFS;
	if (c->head > 0 && c->tail + n > c->cap) {
		memmove(c->queue, c->queue + c->head, waiting);
		c->pass_at -= c->head;
		c->head = 0;
		c->tail = waiting;
	}
	while (cap < waiting + n)
		cap *= 2;
	if (cap == c->cap)
		return 0;
	bigger = realloc(c->queue, cap);
	if (!bigger)
		return -ENOMEM;
	c->queue = bigger;
	c->cap = cap;
	return 0;
}

int
channel_send(struct channel *c, enum message_type type, const void *payload)
{
	enum message_dir sends = c->receives == TO_WORKER ? TO_SUPERVISOR : TO_WORKER;
	int rc = message_check(type, sends, message_size(type));

	if (c->over || c->deaf || c->broken < 0)
		return -EPIPE;
	if (rc == 0)
		rc = reserve(c, message_record_size(type));
	if (rc < 0)
		return rc;
	message_write(c->queue + c->tail, type, payload);
	c->tail += message_record_size(type);
	loop_defer(c->flush);
	return 0;
}

int
channel_send_fd(struct channel *c, enum message_type type, const void *payload, int fd)
{
	int own, rc;

	if (c->pass >= 0)
		return -ENOBUFS;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return -errno;
	rc = channel_send(c, type, payload);
	if (rc < 0) {
		close(own);
		return rc;
	}
	c->pass = own;
	c->pass_at = c->tail - message_record_size(type);
	return 0;
}

int
channel_take_fd(struct channel *c)
{
	const int fd = c->passed;

	c->passed = -1;
	return fd;
}

int
channel_flush(struct channel *c)
{
	int rc;

	if (c->over || c->deaf || c->broken < 0)
		return -EPIPE;
	rc = write_queue(c);
	if (rc < 0 && !c->deaf) {
		c->broken = rc;
		loop_defer(c->flush); /* gone is told from the loop, never from inside a send */
	}
	return rc;
}

void
channel_free(struct channel *c)
{
	if (!c)
		return;
	c->over = true;
	loop_io_free(c->io);
	loop_defer_free(c->flush);
	close(c->fd);
	if (c->busy)
		c->dropped = true;
	else
		destroy(c);
}
