/* wire: see wire.h. */
#include "tests/bench/lib/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { STREAM_BYTES = 1 << 20, SOCKET_BYTES = 4 << 20 };

struct wire {
	int fd;
	bool stream;
	/* datagrams */
	struct mmsghdr rx[WIRE_BATCH], tx[WIRE_BATCH];
	struct iovec rxv[WIRE_BATCH], txv[WIRE_BATCH];
	struct sockaddr_in from[WIRE_BATCH], to[WIRE_BATCH];
	char rxdata[WIRE_BATCH][WIRE_MSG], txdata[WIRE_BATCH][WIRE_MSG];
	unsigned ntx;
	/* stream */
	char *in, *out;
	size_t nin, nout;
};

void
wire_die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct sockaddr_in
wire_address(const char *text)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	const char *colon = strrchr(text, ':');
	char ip[INET_ADDRSTRLEN] = "";

	if (colon && (size_t)(colon - text) < sizeof ip)
		memcpy(ip, text, (size_t)(colon - text));
	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) {
		fprintf(stderr, "bench: %s: not an IPv4 address with a port\n", text);
		exit(2);
	}
	a.sin_port = htons((uint16_t)atoi(colon + 1));
	return a;
}

int
wire_socket(int type, const struct sockaddr_in *local)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1, bytes = SOCKET_BYTES;

	if (fd < 0)
		wire_die("socket");
	if (type == SOCK_DGRAM) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	} else {
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	}
	if (bind(fd, (const struct sockaddr *)local, sizeof *local) < 0)
		wire_die("bind");
	return fd;
}

/* The headers of one direction point at their buffers for good. */
static void
batch_init(struct mmsghdr *h, struct iovec *v, struct sockaddr_in *a, char (*data)[WIRE_MSG])
{
	for (unsigned i = 0; i < WIRE_BATCH; i++) {
		v[i] = (struct iovec){data[i], WIRE_MSG};
		h[i].msg_hdr.msg_iov = &v[i];
		h[i].msg_hdr.msg_iovlen = 1;
		h[i].msg_hdr.msg_name = &a[i];
		h[i].msg_hdr.msg_namelen = sizeof a[i];
	}
}

static struct wire *
wire_new(int fd, bool stream)
{
	struct wire *w = calloc(1, sizeof *w);

	if (!w)
		wire_die("memory");
	w->fd = fd;
	w->stream = stream;
	if (stream) {
		w->in = malloc(STREAM_BYTES);
		w->out = malloc(STREAM_BYTES);
		if (!w->in || !w->out)
			wire_die("memory");
	} else {
		batch_init(w->rx, w->rxv, w->from, w->rxdata);
		batch_init(w->tx, w->txv, w->to, w->txdata);
	}
	return w;
}

struct wire *
wire_udp(const struct sockaddr_in *local, const struct sockaddr_in *peer)
{
	int fd = wire_socket(SOCK_DGRAM, local);

	if (peer && connect(fd, (const struct sockaddr *)peer, sizeof *peer) < 0)
		wire_die("connect");
	return wire_new(fd, false);
}

struct wire *
wire_tcp(const struct sockaddr_in *local, const struct sockaddr_in *peer)
{
	int fd = wire_socket(SOCK_STREAM, local);

	if (connect(fd, (const struct sockaddr *)peer, sizeof *peer) < 0)
		wire_die("connect");
	return wire_accepted(fd);
}

struct wire *
wire_accepted(int fd)
{
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return wire_new(fd, true);
}

void
wire_free(struct wire *w)
{
	close(w->fd);
	free(w->in);
	free(w->out);
	free(w);
}

int
wire_fd(const struct wire *w)
{
	return w->fd;
}

char *
wire_room(struct wire *w)
{
	if (w->stream ? w->nout + WIRE_MSG > STREAM_BYTES : w->ntx == WIRE_BATCH)
		wire_flush(w);
	return w->stream ? w->out + w->nout : w->txdata[w->ntx];
}

void
wire_put(struct wire *w, size_t n, const struct sockaddr_in *to)
{
	if (w->stream) {
		w->nout += n;
		return;
	}
	w->txv[w->ntx].iov_len = n;
	w->tx[w->ntx].msg_hdr.msg_namelen = to ? sizeof *to : 0;
	if (to)
		w->to[w->ntx] = *to;
	w->ntx++;
}

static void
wait_writable(int fd)
{
	struct pollfd p = {fd, POLLOUT, 0};

	if (poll(&p, 1, 1000) <= 0) {
		errno = ETIMEDOUT;
		wire_die("send");
	}
}

static void
flush_datagrams(struct wire *w)
{
	unsigned sent = 0;

	while (sent < w->ntx) {
		int n = sendmmsg(w->fd, w->tx + sent, w->ntx - sent, MSG_DONTWAIT);

		if (n > 0)
			sent += (unsigned)n;
		else if (errno == EAGAIN)
			wait_writable(w->fd);
		else if (errno != EINTR && errno != ECONNREFUSED)
			wire_die("sendmmsg");
	}
	w->ntx = 0;
}

static void
flush_stream(struct wire *w)
{
	size_t sent = 0;

	while (sent < w->nout) {
		ssize_t n = send(w->fd, w->out + sent, w->nout - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno == EAGAIN)
			wait_writable(w->fd);
		else if (errno == EPIPE || errno == ECONNRESET)
			break; /* the next receive says that it is over */
		else if (errno != EINTR)
			wire_die("send");
	}
	w->nout = 0;
}

void
wire_flush(struct wire *w)
{
	if (w->stream)
		flush_stream(w);
	else
		flush_datagrams(w);
}

static bool
receive_datagrams(struct wire *w, wire_fn *fn, void *arg)
{
	int n;

	for (unsigned i = 0; i < WIRE_BATCH; i++)
		w->rx[i].msg_hdr.msg_namelen = sizeof w->from[i];
	n = recvmmsg(w->fd, w->rx, WIRE_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
		wire_die("recvmmsg");
	for (int i = 0; i < n; i++)
		fn(arg, (struct slice){w->rxdata[i], w->rx[i].msg_len}, &w->from[i]);
	return true;
}

/* The value of Content-Length among the header lines of p[0..n), 0 when there is none. */
static size_t
content_length(const char *p, size_t n)
{
	const char *end = p + n, *nl;

	for (; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1) {
		if (nl - p > 15 && !strncasecmp(p, "Content-Length", 14))
			return strtoul(strchr(p, ':') + 1, NULL, 10);
		if (nl - p > 2 && (*p == 'l' || *p == 'L') && p[1] == ':')
			return strtoul(p + 2, NULL, 10);
	}
	return 0;
}

/* Bytes of the message that begins at p, 0 when it is not all there. */
static size_t
frame(const char *p, size_t n)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4);
	size_t whole;

	if (!end)
		return 0;
	whole = (size_t)(end - p) + 4;
	whole += content_length(p, whole);
	return whole <= n ? whole : 0;
}

static bool
receive_stream(struct wire *w, wire_fn *fn, void *arg)
{
	static const struct sockaddr_in none;
	size_t at = 0, n;
	ssize_t got = recv(w->fd, w->in + w->nin, STREAM_BYTES - w->nin, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0)
		return false;
	w->nin += (size_t)got;
	while ((n = frame(w->in + at, w->nin - at)) > 0) {
		fn(arg, (struct slice){w->in + at, n}, &none);
		at += n;
	}
	memmove(w->in, w->in + at, w->nin - at);
	w->nin -= at;
	return true;
}

bool
wire_receive(struct wire *w, wire_fn *fn, void *arg)
{
	return w->stream ? receive_stream(w, fn, arg) : receive_datagrams(w, fn, arg);
}
