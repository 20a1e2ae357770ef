/* conn_tls: TLS on a trunk connection: its handshake, and its bytes.  See conn.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipc/base/log.h"
#include "supervisor/conn.h"
#include "supervisor/counters.h"

int
conn_tls_begin(struct conn *c)
{
	const struct stream_tls *with = &streams_env(c->set)->tls;

	if (!with->tls)
		return -EPROTONOSUPPORT;
	if (c->ours)
		c->tls = tls_connect(with->tls, c->fd, with->server_name(with->arg, &c->way.peer));
	else
		c->tls = tls_accept(with->tls, c->fd);
	c->shaking = c->tls != NULL;
	return c->tls ? 0 : -ENOMEM;
}

unsigned
conn_tls_wants(const struct conn *c)
{
	const unsigned read = c->finishing ? 0 : tls_read_waits(c->tls);

	if (c->shaking)
		return tls_waits(c->tls);
	return read | (c->out_at < c->out_n ? tls_write_waits(c->tls) : 0);
}

/* What the peer has shown is kept for as long as it is there: a reload asks for it again. */
static void
keep_peer(struct conn *c)
{
	struct tls_peer *peer = malloc(sizeof(*peer));

	if (peer)
		tls_peer(c->tls, time(NULL), peer);
	if (peer && !peer->shown) {
		free(peer);
		peer = NULL;
	}
	c->peer = peer;
}

static void
established(struct conn *c)
{
	char text[ADDR_TEXT_MAX], how[96];

	c->shaking = false;
	c->last = loop_now(streams_env(c->set)->loop);
	count(tls_resumed(c->tls) ? COUNT_TLS_RESUMED : COUNT_TLS_FULL);
	log_debug(LOG_STREAM, "connection %s %s: %s", c->ours ? "to" : "from",
		  addr_text(&c->way.peer, text), tls_describe(c->tls, how));
	keep_peer(c);
	streams_admit(c->set, c);
	if (c->closed)
		return;
	if (c->known)
		c->began = (struct mono){0};
	conn_want(c);
}

/* A monitor that connects and goes away again is worth no line. */
static void
failed(struct conn *c)
{
	const char *why = tls_why(c->tls);
	const enum log_level level = strcmp(why, "closed") == 0 ? LOG_DEBUG_
				     : c->known                 ? LOG_WARN_
								: LOG_INFO_;
	char text[ADDR_TEXT_MAX];

	count(COUNT_TLS_FAILED);
	log_at(LOG_STREAM, level, "TLS handshake with %s failed: %s", addr_text(&c->way.peer, text),
	       why);
	streams_close(c->set, c);
}

void
conn_tls_shake(struct conn *c)
{
	const int error = tls_handshake(c->tls);

	if (error == -EAGAIN)
		conn_want(c);
	else if (error)
		failed(c);
	else
		established(c);
}

/* A TLS 1.3 peer that does not like our certificate says so only now. */
static void
tell_end(const struct conn *c)
{
	char text[ADDR_TEXT_MAX];

	log_at(LOG_STREAM, c->known ? LOG_WARN_ : LOG_INFO_, "TLS connection with %s broken: %s",
	       addr_text(&c->way.peer, text), tls_why(c->tls));
}

ssize_t
conn_tls_read(struct conn *c, char *p, size_t n)
{
	const ssize_t got = tls_read(c->tls, p, n);

	if (got == -EAGAIN)
		conn_want(c);
	else if (got < 0)
		tell_end(c);
	return got;
}

/* Neighbours in memory become one record: the outbox lays its letters side by side. */
static unsigned
run(const struct iovec *iov, unsigned n, size_t *ret_bytes)
{
	unsigned i = 0;

	*ret_bytes = iov[0].iov_len;
	for (i = 1; i < n; i++) {
		if ((const char *)iov[0].iov_base + *ret_bytes != iov[i].iov_base)
			break;
		*ret_bytes += iov[i].iov_len;
	}
	return i;
}

ssize_t
conn_tls_write(struct conn *c, const struct iovec *iov, unsigned n)
{
	ssize_t all = 0;

	while (n > 0) {
		size_t bytes;
		const unsigned i = run(iov, n, &bytes);
		for (size_t at = 0; at < bytes;) {
			const ssize_t wrote =
			    tls_write(c->tls, (const char *)iov->iov_base + at, bytes - at);
			if (wrote < 0)
				return wrote == -EAGAIN ? all : wrote;
			at += (size_t)wrote;
			all += wrote;
		}
		iov += i;
		n -= i;
	}
	return all;
}
