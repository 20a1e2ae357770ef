/* mail_wire: see mail_wire.h. */
#include "worker/mail_wire.h"

#include <errno.h>
#include <poll.h>

/* Waits until the socket is ready.  0, -ETIMEDOUT, -ECANCELED. */
static int
wait_for(struct mail_wire *w, short events, struct mono until)
{
	struct pollfd fds[2] = {{.fd = w->socket, .events = events},
				{.fd = w->stop_fd, .events = POLLIN}};
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
mail_wire_quiet(struct mail_wire *w)
{
	struct pollfd fd = {.fd = w->socket, .events = POLLIN};
	size_t n;

	if (w->from < w->to)
		return false;
	if (poll(&fd, 1, 0) == 0)
		return true;
	/* TLS has bytes of its own: session tickets. */
	return curl_easy_recv(w->curl, w->in, w->cap, &n) == CURLE_AGAIN;
}

int
mail_wire_write(struct mail_wire *w, const char *p, size_t n, struct mono until)
{
	while (n > 0) {
		size_t done = 0;
		CURLcode rc = curl_easy_send(w->curl, p, n, &done);
		int e = 0;

		if (rc == CURLE_AGAIN)
			e = wait_for(w, POLLOUT, until);
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
read_more(struct mail_wire *w, struct mono until)
{
	memmove(w->in, w->in + w->from, w->to - w->from);
	w->to -= w->from;
	w->from = 0;
	if (w->to == w->cap)
		return -EBADMSG;          /* a line without an end */
	if (mono_due(until, clock_now())) /* it never stops */
		return -ETIMEDOUT;
	for (;;) {
		size_t n = 0;
		CURLcode rc = curl_easy_recv(w->curl, w->in + w->to, w->cap - w->to, &n);
		int e;

		if (rc == CURLE_OK && n > 0) {
			w->to += n;
			return 0;
		}
		if (rc != CURLE_AGAIN)
			return -EPIPE;
		e = wait_for(w, POLLIN, until);
		if (e < 0)
			return e;
	}
}

int
mail_wire_line(struct mail_wire *w, struct mono until, struct slice *ret)
{
	for (;;) {
		const char *end = memchr(w->in + w->from, '\n', w->to - w->from);
		int e;

		if (end) {
			*ret = (struct slice){w->in + w->from, (size_t)(end - w->in) - w->from};
			w->from = (size_t)(end - w->in) + 1;
			if (ret->n > 0 && ret->p[ret->n - 1] == '\r')
				ret->n--;
			return 0;
		}
		e = read_more(w, until);
		if (e < 0)
			return e;
	}
}
