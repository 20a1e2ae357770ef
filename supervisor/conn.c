/* conn: see conn.h. */
#include "supervisor/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ipc/base/log.h"
#include "supervisor/counters.h"

void
conn_want(struct conn *c)
{
	const bool waiting = c->connecting || c->out_at < c->out_n;
	unsigned wanted = (c->finishing ? 0 : LOOP_READ) | (waiting ? LOOP_WRITE : 0);

	if (c->tls && !c->connecting)
		wanted = conn_tls_wants(c);
	if (wanted != c->wanted)
		loop_io_want(c->io, wanted);
	c->wanted = wanted;
}

/* Makes *p hold at least `need` bytes. */
static int
grow(char **p, size_t *cap, size_t need)
{
	size_t n = *cap ? *cap : 2048;

	if (need <= *cap)
		return 0;
	while (n < need)
		n *= 2;
	char *q = realloc(*p, n);
	if (!q)
		return -ENOMEM;
	*p = q;
	*cap = n;
	return 0;
}

static void
give_up(struct conn *c, enum counter why)
{
	count(why);
	streams_close(c->set, c);
}

/* Keeps what the kernel did not take; a peer that never reads must not make us grow. */
static void
keep_rest(struct conn *c, const struct iovec *iov, unsigned n, size_t skip)
{
	for (unsigned i = 0; i < n; i++) {
		const size_t past = skip < iov[i].iov_len ? skip : iov[i].iov_len;
		const size_t len = iov[i].iov_len - past;
		skip -= past;
		if (len == 0)
			continue;
		if (c->out_n + len > streams_env(c->set)->limits.queue ||
		    grow(&c->out, &c->out_cap, c->out_n + len)) {
			give_up(c, COUNT_CONNECTIONS_SLOW);
			return;
		}
		memcpy(c->out + c->out_n, (const char *)iov[i].iov_base + past, len);
		c->out_n += len;
	}
	conn_want(c);
}

static ssize_t
write_plain(struct conn *c, const struct iovec *iov, unsigned n)
{
	struct msghdr mh = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = n};
	const ssize_t wrote = sendmsg(c->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (wrote >= 0)
		return wrote;
	return errno == EINTR ? -EAGAIN : -errno;
}

void
conn_write(struct conn *c, const struct iovec *iov, unsigned n)
{
	size_t all = 0;

	if (c->connecting || c->shaking || c->out_at < c->out_n) {
		keep_rest(c, iov, n, 0);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		all += iov[i].iov_len;
	const ssize_t wrote = c->tls ? conn_tls_write(c, iov, n) : write_plain(c, iov, n);
	if (wrote < 0 && wrote != -EAGAIN)
		streams_close(c->set, c);
	else if (wrote < (ssize_t)all)
		keep_rest(c, iov, n, wrote > 0 ? (size_t)wrote : 0);
}

static void
write_more(struct conn *c)
{
	const struct iovec rest = {c->out + c->out_at, c->out_n - c->out_at};
	const ssize_t n = c->tls ? conn_tls_write(c, &rest, 1) : write_plain(c, &rest, 1);

	if (n < 0 && n != -EAGAIN) {
		streams_close(c->set, c);
		return;
	}
	if (n > 0) {
		c->out_at += (size_t)n;
		c->last = loop_now(streams_env(c->set)->loop);
	}
	if (c->out_at < c->out_n) {
		conn_want(c);
		return;
	}
	free(c->out);
	c->out = NULL;
	c->out_at = c->out_n = c->out_cap = 0;
	if (c->finishing)
		streams_close(c->set, c);
	else
		conn_want(c);
}

/* Closes as soon as nothing waits to be written. */
static void
conn_finish(struct conn *c)
{
	c->finishing = true;
	if (c->out_at < c->out_n)
		conn_want(c);
	else
		streams_close(c->set, c);
}

/* Blank lines between messages: two together are a ping, answered by one (RFC 5626 3.5.1).
 * Returns how many bytes to skip. */
static size_t
skip_pings(struct conn *c, const char *p, size_t n)
{
	static const struct iovec pong = {(void *)(uintptr_t) "\r\n", 2};
	size_t at = 0;

	while (n - at >= 4 && memcmp(p + at, "\r\n\r\n", 4) == 0) {
		count(COUNT_KEEPALIVES);
		conn_write(c, &pong, 1);
		if (c->closed)
			return n;
		at += 4;
	}
	if (n - at > 2 && memcmp(p + at, "\r\n", 2) == 0 && p[at + 2] != '\r')
		at += 2;
	return at;
}

/* Whether the framing is lost, or the peer not one to go on with. */
static bool
is_last(const struct conn *c, enum scan_result r, const struct sip_msg *m)
{
	return !c->known || m->whole.n == 0 || r == SCAN_DUPLICATE || r == SCAN_LENGTH;
}

/* Hands over every complete message of [p, p + n); returns how many bytes are done with. */
static size_t
take_messages(struct conn *c, const char *p, size_t n)
{
	const struct conn_env *env = streams_env(c->set);
	struct sip_msg m;
	size_t at = 0;

	while (!c->closed && !c->finishing) {
		at += skip_pings(c, p + at, n - at);
		if (at == n || c->closed)
			break;
		const enum scan_result r =
		    scan_message(p + at, n - at, true, &env->limits.message, &m);
		if (r == SCAN_PARTIAL)
			break;
		env->plan->message(env->plan->arg, &c->way, r, &m);
		at += m.whole.n;
		if (is_last(c, r, &m)) {
			env->plan->batch(env->plan->arg); /* the answer first */
			if (!c->closed)
				conn_finish(c);
			return n;
		}
	}
	return at;
}

/* Keeps the beginning of the next message; lone line ends do not start its clock. */
static void
keep_beginning(struct conn *c, const char *p, size_t n, struct mono now)
{
	c->in_n = 0;
	if (n == 0) {
		c->began = (struct mono){0};
		return;
	}
	if (grow(&c->in, &c->in_cap, n)) {
		streams_close(c->set, c);
		return;
	}
	memcpy(c->in, p, n);
	c->in_n = n;
	if (*p == '\r' || *p == '\n')
		c->began = (struct mono){0};
	else if (!mono_set(c->began))
		c->began = now;
}

static ssize_t
read_plain(struct conn *c, char *p, size_t n)
{
	const ssize_t got = recv(c->fd, p, n, MSG_DONTWAIT);

	if (got >= 0)
		return got;
	return errno == EINTR ? -EAGAIN : -errno;
}

static void
read_more(struct conn *c)
{
	struct conn_env *env = streams_env(c->set);
	char *buf = env->scratch, *room = buf + c->in_n;
	const size_t left = CONN_SCRATCH - c->in_n;

	const ssize_t got = c->tls ? conn_tls_read(c, room, left) : read_plain(c, room, left);
	if (got == -EAGAIN)
		return;
	if (got <= 0) {
		streams_close(c->set, c);
		return;
	}
	if (c->in_n)
		memcpy(buf, c->in, c->in_n);
	c->doubted = false;
	const size_t n = c->in_n + (size_t)got, done = take_messages(c, buf, n);
	c->last = loop_now(env->loop);
	if (done > 0) /* what follows is another message */
		c->began = (struct mono){0};
	if (!c->closed)
		keep_beginning(c, buf + done, n - done, c->last);
	env->plan->batch(env->plan->arg);
}

static void
connected(struct conn *c)
{
	const bool tls = c->way.transport == TRANSPORT_TLS;
	char text[ADDR_TEXT_MAX];
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (!error && tls)
		error = -conn_tls_begin(c);
	if (error) {
		log_warn(LOG_STREAM, "cannot connect to %s: %s", addr_text(&c->way.peer, text),
			 strerror(error));
		streams_close(c->set, c);
		return;
	}
	c->connecting = false;
	c->last = loop_now(streams_env(c->set)->loop);
	if (!tls)
		c->began = (struct mono){0};
	conn_want(c);
}

static bool
may_write(const struct conn *c, unsigned events)
{
	return c->out_at < c->out_n && events & (c->tls ? tls_write_waits(c->tls) : LOOP_WRITE);
}

static bool
may_read(const struct conn *c, unsigned events)
{
	return !c->finishing && events & (c->tls ? tls_read_waits(c->tls) : LOOP_READ);
}

void
conn_ready(struct conn *c, unsigned events)
{
	if (c->connecting && events & LOOP_WRITE)
		connected(c);
	if (c->closed || c->connecting)
		return;
	if (c->shaking)
		conn_tls_shake(c);
	if (c->closed || c->shaking)
		return;
	if (may_write(c, events))
		write_more(c);
	if (!c->closed && may_read(c, events))
		read_more(c);
	while (c->tls && !c->closed && !c->finishing && tls_pending(c->tls))
		read_more(c); /* no readiness will tell of it */
}

/* Whom nobody answered, or who began a handshake and no more. */
static void
not_begun(struct conn *c)
{
	char text[ADDR_TEXT_MAX];

	if (c->ours)
		log_warn(LOG_STREAM, "cannot connect to %s: no answer%s",
			 addr_text(&c->way.peer, text), c->shaking ? " to our TLS handshake" : "");
	streams_close(c->set, c);
}

void
conn_too_slow(struct conn *c)
{
	const struct conn_env *env = streams_env(c->set);
	struct sip_msg m;

	count(COUNT_CONNECTIONS_SLOW);
	if (c->connecting || c->shaking) {
		not_begun(c);
		return;
	}
	if (c->in_n > 0) {
		scan_message(c->in, c->in_n, true, &env->limits.message, &m);
		env->plan->message(env->plan->arg, &c->way, SCAN_SLOW, &m);
		env->plan->batch(env->plan->arg);
	}
	if (!c->closed)
		conn_finish(c);
}
