/* control: see control.h.  A connection reads one line, has it done, waits if it was told to, and
 * writes the answer; each of these states has its own deadline, so that no client can hold a place
 * for ever or block the loop. */
#include "supervisor/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/order.h"
#include "supervisor/socketfile.h"

enum {
	WAIT_TICK_MS = 100, /* while somebody waits for a recycle */
	TICK_MS = 500,      /* while anybody is connected: deadlines */
	LEFTOVER_READS = 8, /* of what a client has sent beyond its line */
};

const struct control_limits control_limits = {
    .connections = 32, .line_ms = 10000, .answer_ms = 10000};

enum conn_state {
	CONN_READING,   /* its line is not whole yet */
	CONN_WAITING,   /* for its recycle or NOTIFY; no deadline but theirs */
	CONN_ANSWERING, /* has not taken all of its answer yet */
};

struct conn {
	struct control *control;
	struct conn *next;
	int fd;
	struct loop_io *io;
	enum conn_state state;
	struct mono deadline;
	struct order_answer answer;
	char *out; /* malloced */
	size_t nout, sent;
	size_t nline;
	char line[CMDLINE_MAX + 2]; /* one byte more than a legal line with its LF */
};

struct control {
	struct loop *loop;
	struct control_hooks hooks;
	struct control_limits limits;
	int fd;
	struct loop_io *io;
	struct loop_timer *timer;
	int64_t pace_ms; /* of the timer; 0: stopped */
	struct conn *conns;
	unsigned nconn;
	bool paused; /* no descriptor left for accept(): tried again at the next tick */
	char path[CONF_PATH_MAX];
};

/* The timer runs only while there is something to look at: an idle supervisor sleeps.  It is left
 * alone while its pace is right, so that no busy client can push it off. */
static void
pace(struct control *c)
{
	int64_t ms = c->conns != NULL || c->paused ? TICK_MS : 0;

	for (struct conn *n = c->conns; n != NULL; n = n->next)
		if (n->state == CONN_WAITING)
			ms = WAIT_TICK_MS;
	if (ms == c->pace_ms)
		return;
	c->pace_ms = ms;
	if (ms > 0)
		loop_timer_every(c->timer, ms);
	else
		loop_timer_stop(c->timer);
}

/* What the client has sent beyond its line is read away: closing over unread bytes would tell it
 * "connection reset" instead of the end of its answer. */
static void
read_leftovers(int fd)
{
	char away[4096];
	int i = 0;

	while (i < LEFTOVER_READS && recv(fd, away, sizeof(away), MSG_DONTWAIT) > 0)
		i++;
}

static void
conn_close(struct conn *n)
{
	struct control *c = n->control;
	struct conn **at = &c->conns;

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	c->nconn--;
	loop_io_free(n->io);
	read_leftovers(n->fd);
	close(n->fd);
	free(n->answer.body);
	free(n->out);
	free(n);
}

/* Sends what the client takes now; closes when that was all, or when the client is gone. */
static void
conn_send(struct conn *n)
{
	ssize_t r = 1;

	while (r > 0 && n->sent < n->nout) {
		r = send(n->fd, n->out + n->sent, n->nout - n->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (r > 0) {
			n->sent += (size_t)r;
			n->deadline =
			    mono_add(loop_now(n->control->loop), n->control->limits.answer_ms);
		}
	}
	if (n->sent == n->nout || (r < 0 && errno != EAGAIN && errno != EINTR))
		conn_close(n);
	else
		loop_io_want(n->io, LOOP_WRITE);
}

/* Who gave the order, as the kernel says it. */
static void
log_order(const struct conn *n)
{
	static const char *const how[] = {
	    [ORDER_DONE] = "done", [ORDER_REFUSED] = "refused", [ORDER_USAGE] = "wrong usage"};
	struct ucred who = {0};
	socklen_t len = sizeof(who);
	int line = (int)strcspn(n->line, "\r\n");

	getsockopt(n->fd, SOL_SOCKET, SO_PEERCRED, &who, &len);
	if (n->answer.kind == CHANGES)
		log_notice(LOG_CONTROL, "\"%.*s\" from uid %u, pid %d: %s: %s", line, n->line,
			   who.uid, who.pid, how[n->answer.status], n->answer.text);
	else
		log_debug(LOG_CONTROL, "\"%.*s\" from uid %u, pid %d: %s", line, n->line, who.uid,
			  who.pid, how[n->answer.status]);
}

static void
conn_answer(struct conn *n)
{
	log_order(n);
	n->state = CONN_ANSWERING;
	n->deadline = mono_add(loop_now(n->control->loop), n->control->limits.answer_ms);
	n->out = order_print(&n->answer);
	n->nout = n->out != NULL ? strlen(n->out) : 0;
	conn_send(n);
}

/* The line is whole: has it done. */
static void
conn_order(struct conn *n, size_t len)
{
	n->line[n->nline] = '\0';
	order_run(&n->control->hooks, (struct slice){n->line, len}, &n->answer);
	if (!n->answer.waiting) {
		conn_answer(n);
		return;
	}
	n->state = CONN_WAITING;
	loop_io_want(n->io, 0);
}

static void
conn_read(struct conn *n)
{
	size_t room = sizeof(n->line) - 1 - n->nline; /* -1: the NUL for the log */
	ssize_t r = recv(n->fd, n->line + n->nline, room, MSG_DONTWAIT);
	const char *lf;

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r < 0 || (r == 0 && n->nline == 0)) {
		conn_close(n);
		return;
	}
	n->nline += (size_t)r;
	lf = memchr(n->line, '\n', n->nline);
	if (lf != NULL)
		conn_order(n, (size_t)(lf - n->line));
	else if (r == 0 || n->nline == sizeof(n->line) - 1)
		conn_order(n, n->nline); /* the end, or longer than any command may be */
}

static void
on_conn(void *arg, unsigned events)
{
	struct conn *n = arg;
	struct control *c = n->control;

	(void)events;
	if (n->state == CONN_READING)
		conn_read(n);
	else if (n->state == CONN_ANSWERING)
		conn_send(n);
	pace(c);
}

/* Whether a waiting client has left for good: one that has only finished sending has not. */
static bool
conn_hung_up(const struct conn *n)
{
	struct pollfd p = {.fd = n->fd};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static void
conn_look_again(struct conn *n)
{
	order_wait(&n->control->hooks, &n->answer);
	if (!n->answer.waiting)
		conn_answer(n);
}

static void
conn_tick(struct conn *n, struct mono now)
{
	if (n->state == CONN_WAITING && conn_hung_up(n))
		conn_close(n);
	else if (n->state == CONN_WAITING)
		conn_look_again(n);
	else if (mono_due(n->deadline, now)) {
		log_info(LOG_CONTROL, "a client is cut off: it %s for too long",
			 n->state == CONN_READING ? "sent no command" : "did not take its answer");
		conn_close(n);
	}
}

static void
on_tick(void *arg)
{
	struct control *c = arg;
	struct mono now = loop_now(c->loop);

	for (struct conn *n = c->conns, *next; n != NULL; n = next) {
		next = n->next;
		conn_tick(n, now);
	}
	if (c->paused) {
		c->paused = false;
		loop_io_want(c->io, LOOP_READ);
	}
	pace(c);
}

void
control_poke(struct control *c)
{
	for (struct conn *n = c->conns, *next; n != NULL; n = next) {
		next = n->next;
		if (n->state == CONN_WAITING)
			conn_look_again(n);
	}
	pace(c);
}

static void
refuse_one_more(struct control *c, int fd)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "1 too many clients (%u); try again\n",
			 c->limits.connections);

	send(fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	read_leftovers(fd);
	close(fd);
}

static void
admit(struct control *c, int fd)
{
	struct conn *n = calloc(1, sizeof(*n));

	if (n != NULL)
		n->io = loop_io_new(c->loop, "control client", fd, on_conn, n);
	if (n == NULL || n->io == NULL) {
		free(n);
		close(fd);
		return;
	}
	n->control = c;
	n->fd = fd;
	n->deadline = mono_add(loop_now(c->loop), c->limits.line_ms);
	n->next = c->conns;
	c->conns = n;
	c->nconn++;
	loop_io_want(n->io, LOOP_READ);
}

static void
on_listen(void *arg, unsigned events)
{
	struct control *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0 && c->nconn < c->limits.connections) {
		admit(c, fd);
	} else if (fd >= 0) {
		refuse_one_more(c, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_warn(LOG_CONTROL, "accept: %s; trying again in %d ms", strerror(errno),
			 TICK_MS);
		c->paused = true;
		loop_io_want(c->io, 0);
	}
	pace(c);
}

int
control_new(struct loop *l, const struct control_place *place, const struct control_hooks *hooks,
	    char say[COMMAND_SAY], struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	int fd =
	    c != NULL ? socketfile_listen(place->path, place->group, say, COMMAND_SAY) : -ENOMEM;

	if (fd < 0) {
		if (c == NULL)
			snprintf(say, COMMAND_SAY, "control.socket: out of memory");
		free(c);
		return fd;
	}
	c->loop = l;
	c->hooks = *hooks;
	c->limits = place->limits;
	c->fd = fd;
	snprintf(c->path, sizeof(c->path), "%s", place->path);
	c->timer = loop_timer_new(l, "control", on_tick, c);
	c->io = loop_io_new(l, "control", fd, on_listen, c);
	if (c->io == NULL) {
		int r = -errno;

		snprintf(say, COMMAND_SAY, "control.socket: %s", strerror(-r));
		control_free(c);
		return r;
	}
	loop_io_want(c->io, LOOP_READ);
	*ret = c;
	return 0;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	for (struct conn *n = c->conns, *next; n != NULL; n = next) {
		next = n->next;
		if (n->state == CONN_WAITING) {
			n->answer.status = ORDER_REFUSED;
			snprintf(n->answer.text, sizeof(n->answer.text),
				 "the supervisor ends before it is done");
			conn_answer(n);
		} else {
			conn_close(n);
		}
	}
	while (c->conns != NULL) /* did not take the good-bye at once */
		conn_close(c->conns);
	loop_timer_free(c->timer);
	loop_io_free(c->io);
	close(c->fd);
	unlink(c->path);
	free(c);
}
