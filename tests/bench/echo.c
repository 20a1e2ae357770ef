/* echo: the floor under every figure: bytes back to where they came from, or relayed between a
 * client and a callee, with no look at them.
 *   echo udp LISTEN          echo tcp LISTEN          (one write per read)
 *   relay: echo udp LISTEN BACK CALLEE                echo tcp LISTEN BACK CALLEE
 *          echo mixed LISTEN BACK CALLEE   TCP in front, UDP behind; cuts the stream into messages
 * BACK is the address that the callee sees.  Serves until it is killed. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/lib/wire.h"

enum { CHUNK = 1 << 18 };

/* One batch of datagrams, received and sent from the same memory. */
static struct mmsghdr batch[WIRE_BATCH];
static struct iovec vec[WIRE_BATCH];
static struct sockaddr_in name[WIRE_BATCH];
static char data[WIRE_BATCH][WIRE_MSG];
static char chunk[CHUNK];

static void
batch_reset(void)
{
	for (unsigned i = 0; i < WIRE_BATCH; i++) {
		vec[i] = (struct iovec){data[i], WIRE_MSG};
		batch[i].msg_hdr = (struct msghdr){.msg_name = &name[i],
						   .msg_namelen = sizeof name[i],
						   .msg_iov = &vec[i],
						   .msg_iovlen = 1};
	}
}

/* The lengths as received become the lengths to send. */
static void
batch_send(int fd, unsigned n, const struct sockaddr_in *to)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < n; i++) {
		vec[i].iov_len = batch[i].msg_len;
		if (to)
			name[i] = *to;
	}
	while (sent < n) {
		int k = sendmmsg(fd, batch + sent, n - sent, 0);

		if (k > 0)
			sent += (unsigned)k;
		else if (errno != EINTR && errno != ECONNREFUSED)
			wire_die("sendmmsg");
	}
	for (unsigned i = 0; i < n; i++) {
		vec[i].iov_len = WIRE_MSG;
		batch[i].msg_hdr.msg_namelen = sizeof name[i];
	}
}

static int
epoll_of(const int *fds, int n)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);

	for (int i = 0; i < n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.fd = fds[i]};

		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) < 0)
			wire_die("epoll_ctl");
	}
	return ep;
}

static void
udp_echo(int fd)
{
	int ep = epoll_of(&fd, 1);
	struct epoll_event e;

	for (;;) {
		int n;

		if (epoll_wait(ep, &e, 1, -1) < 1)
			continue;
		n = recvmmsg(fd, batch, WIRE_BATCH, MSG_DONTWAIT, NULL);
		if (n > 0)
			batch_send(fd, (unsigned)n, NULL);
	}
}

static void
udp_relay(int front, int back, const struct sockaddr_in *callee)
{
	int fds[] = {front, back}, ep = epoll_of(fds, 2);
	struct sockaddr_in client = {0};
	struct epoll_event e[2];

	for (;;) {
		int ready = epoll_wait(ep, e, 2, -1);

		for (int i = 0; i < ready; i++) {
			int n = recvmmsg(e[i].data.fd, batch, WIRE_BATCH, MSG_DONTWAIT, NULL);

			if (n <= 0)
				continue;
			if (e[i].data.fd == front) {
				client = name[0];
				batch_send(back, (unsigned)n, callee);
			} else {
				batch_send(front, (unsigned)n, &client);
			}
		}
	}
}

/* One read, one write.  false: closed. */
static bool
pass(int from, int to)
{
	ssize_t n = read(from, chunk, sizeof chunk), sent = 0;

	if (n <= 0)
		return false;
	while (sent < n) {
		ssize_t k = write(to, chunk + sent, (size_t)(n - sent));

		if (k <= 0)
			return false;
		sent += k;
	}
	return true;
}

static void
tcp_serve(int client, const struct sockaddr_in *back, const struct sockaddr_in *callee)
{
	int other = client, fds[2] = {client, -1}, n = 1, ep;
	struct epoll_event e[2];
	bool open = true;

	if (callee) {
		other = fds[n++] = wire_socket(SOCK_STREAM, back);
		if (connect(other, (const struct sockaddr *)callee, sizeof *callee) < 0)
			wire_die("connect");
	}
	ep = epoll_of(fds, n);
	while (open) {
		int ready = epoll_wait(ep, e, 2, -1);

		for (int i = 0; i < ready && open; i++)
			open = pass(e[i].data.fd, e[i].data.fd == client ? other : client);
	}
	close(ep);
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

static void
pass_on(void *arg, struct slice message, const struct sockaddr_in *from)
{
	struct wire *to = arg;

	(void)from;
	if (message.n > WIRE_MSG)
		return;
	memcpy(wire_room(to), message.p, message.n);
	wire_put(to, message.n, NULL);
}

/* What one wake-up brings goes out with one write, or one sendmmsg. */
static void
mixed_serve(int client, struct wire *back)
{
	struct wire *front = wire_accepted(client);
	int fds[] = {client, wire_fd(back)}, ep = epoll_of(fds, 2);
	struct epoll_event e[2];
	bool open = true;

	while (open) {
		int ready = epoll_wait(ep, e, 2, -1);

		for (int i = 0; i < ready && open; i++) {
			bool in_front = e[i].data.fd == client;
			struct wire *from = in_front ? front : back, *to = in_front ? back : front;

			open = wire_receive(from, pass_on, to);
			wire_flush(to);
		}
	}
	close(ep);
	wire_free(front);
}

int
main(int argc, char **argv)
{
	bool relay = argc == 5, udp = argc > 1 && !strcmp(argv[1], "udp");
	struct sockaddr_in listening, back = {0}, callee = {0};
	struct wire *behind = NULL;
	int fd;

	if (argc != 3 && !relay) {
		fprintf(stderr, "usage: echo udp|tcp|mixed LISTEN [BACK CALLEE]\n");
		return 2;
	}
	listening = wire_address(argv[2]);
	if (relay) {
		back = wire_address(argv[3]);
		callee = wire_address(argv[4]);
	}
	fd = wire_socket(udp ? SOCK_DGRAM : SOCK_STREAM, &listening);
	batch_reset();
	if (udp && relay)
		udp_relay(fd, wire_socket(SOCK_DGRAM, &back), &callee);
	if (udp)
		udp_echo(fd);
	if (listen(fd, 4) < 0)
		wire_die("listen");
	if (relay && !strcmp(argv[1], "mixed"))
		behind = wire_udp(&back, &callee);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && behind)
			mixed_serve(client, behind);
		else if (client >= 0)
			tcp_serve(client, &back, relay ? &callee : NULL);
	}
}
