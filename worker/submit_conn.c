/* submit_conn: lines and bytes of an open connection, its end; see submit_conn.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "worker/submit_curl.h"

enum { QUIT_MS = 1000 };

void
submit_note(struct submit_world *w, char mark, struct slice line)
{
	struct buf *d = &w->dialogue;

	line = slice_trim(line);
	if (d->cap - d->n < line.n + 4) /* mark, blank, line end, NUL */
		return;
	buf_printf(d, "%c ", mark);
	for (size_t i = 0; i < line.n; i++)
		d->p[d->n++] = line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?';
	buf_str(d, "\n");
	d->p[d->n] = 0;
}

const struct smtp_server *
submit_conn_server(const struct submit_conn *c)
{
	return &c->server;
}

/* ---- lines and bytes ---- */

/* Waits until the socket is ready.  0, -ETIMEDOUT, -ECANCELED. */
static int
wait_for(struct submit_conn *c, short events, struct mono until)
{
	struct pollfd fds[2] = {{.fd = c->socket, .events = events},
				{.fd = c->world->stop_fd, .events = POLLIN}};
	const int64_t ms = mono_ms(clock_now(), until) + 1;
	int n;

	if (ms <= 0)
		return -ETIMEDOUT;
	n = poll(fds, 2, ms > 1000000 ? 1000000 : (int)ms);
	if (n > 0 && fds[1].revents)
		return -ECANCELED;
	return n == 0 && mono_due(until, clock_now()) ? -ETIMEDOUT : 0;
}

bool
submit_conn_quiet(struct submit_conn *c)
{
	struct pollfd fd = {.fd = c->socket, .events = POLLIN};
	size_t n;

	if (c->from < c->to)
		return false;
	if (poll(&fd, 1, 0) == 0)
		return true;
	/* TLS has bytes of its own: session tickets. */
	return curl_easy_recv(c->curl, c->in, sizeof(c->in), &n) == CURLE_AGAIN;
}

int
submit_conn_write(struct submit_conn *c, const char *p, size_t n, struct mono until)
{
	while (n > 0) {
		size_t done = 0;
		CURLcode rc = curl_easy_send(c->curl, p, n, &done);
		int e = 0;

		if (rc == CURLE_AGAIN)
			e = wait_for(c, POLLOUT, until);
		else if (rc != CURLE_OK)
			return -EPIPE;
		if (e < 0)
			return e;
		p += done;
		n -= done;
	}
	return 0;
}

/* Reads on into the room behind what is there. */
static int
read_more(struct submit_conn *c, struct mono until)
{
	memmove(c->in, c->in + c->from, c->to - c->from);
	c->to -= c->from;
	c->from = 0;
	if (c->to == sizeof(c->in))
		return -EBADMSG; /* a line without an end */
	for (;;) {
		size_t n = 0;
		CURLcode rc = curl_easy_recv(c->curl, c->in + c->to, sizeof(c->in) - c->to, &n);
		int e;

		if (rc == CURLE_OK && n > 0) {
			c->to += n;
			return 0;
		}
		if (rc != CURLE_AGAIN)
			return -EPIPE;
		e = wait_for(c, POLLIN, until);
		if (e < 0)
			return e;
	}
}

/* The next line, which stays valid until the next call. */
static int
read_line(struct submit_conn *c, struct mono until, struct slice *ret)
{
	for (;;) {
		const char *end = memchr(c->in + c->from, '\n', c->to - c->from);
		int e;

		if (end) {
			*ret = (struct slice){c->in + c->from, (size_t)(end - c->in) - c->from};
			c->from = (size_t)(end - c->in) + 1;
			if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
				ret->n--;
			return 0;
		}
		e = read_more(c, until);
		if (e < 0)
			return e;
	}
}

int
submit_conn_reply(struct submit_conn *c, struct mono until, struct smtp_reply *ret)
{
	struct slice line;
	int rc;

	*ret = (struct smtp_reply){0};
	do {
		rc = read_line(c, until, &line);
		if (rc < 0)
			return rc;
		submit_note(c->world, '<', line);
		rc = smtp_reply_line(ret, line);
	} while (rc == 0);
	return rc < 0 ? rc : 0;
}

void
submit_conn_close(struct submit_conn *c, bool quit)
{
	const struct mono until = mono_add(clock_now(), QUIT_MS);
	struct smtp_reply bye;

	if (!c)
		return;
	if (quit && submit_conn_write(c, "QUIT\r\n", 6, until) == 0) {
		submit_note(c->world, '>', SLICE("QUIT"));
		(void)submit_conn_reply(c, until, &bye);
	}
	/* libcurl would say QUIT once more, and wait two minutes for an answer. */
	if (c->socket != CURL_SOCKET_BAD)
		shutdown(c->socket, SHUT_RDWR);
	curl_easy_cleanup(c->curl);
	free(c);
}
