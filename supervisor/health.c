/* health: see health.h.
 * libmicrohttpd runs without threads: its epoll descriptor is one of our loop's, so that it costs
 * nothing while nobody asks.  A connection carries one request and lives at most LIFE_MS, however
 * slowly it is spoken on: monitors come back, and a stranger cannot keep a place. */
#include "supervisor/health.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/report.h"

enum {
	CONNECTIONS = 32,
	HEADER_BYTES = 16384, /* of one connection's headers, both ways */
	LIFE_MS = 5000,
	TICK_MS = 500, /* while a connection is open */
	RUNS_MAX = 8,  /* of libmicrohttpd in one go, while it says that more is to be done */
};

struct client {
	struct client *next;
	int fd;
	struct mono deadline;
};

struct health {
	struct loop *loop;
	struct health_hooks hooks;
	struct addr address;
	struct MHD_Daemon *daemon;
	struct loop_io *io;
	struct loop_timer *timer;
	struct client *clients;
	bool closed; /* a connection has ended in this run */
};

struct page {
	const char *path, *type;
	bool snapshot; /* needs one; liveness must not */
	char *(*print)(const struct snapshot *s, bool verbose, bool *ret_ok);
};

static char *
live_page(const struct snapshot *s, bool verbose, bool *ret_ok)
{
	(void)s;
	(void)verbose;
	*ret_ok = true; /* the loop has come here */
	return strdup("live\n");
}

static char *
health_page(const struct snapshot *s, bool verbose, bool *ret_ok)
{
	(void)verbose;
	return report_health_json(s, ret_ok);
}

static char *
metrics_page(const struct snapshot *s, bool verbose, bool *ret_ok)
{
	struct report_process p;

	(void)verbose;
	*ret_ok = true;
	report_process_read(&p);
	return report_metrics(s, &p);
}

/* What `um-ctl status`, `trunks` and `history` say. */
static char *
status_page(const struct snapshot *s, bool verbose, bool *ret_ok)
{
	char *status = report_text(REPORT_STATUS, s), *trunks = report_text(REPORT_TRUNKS, s),
	     *history = report_text(REPORT_HISTORY, s), *page = NULL;

	(void)verbose;
	*ret_ok = true;
	if (status == NULL || trunks == NULL || history == NULL ||
	    asprintf(&page, "Evertrunk\n\n%s\n%s\n%s", status, trunks, history) < 0)
		page = NULL;
	free(status);
	free(trunks);
	free(history);
	return page;
}

static const struct page pages[] = {
    {"/", "text/plain; charset=utf-8", true, status_page},
    {"/livez", "text/plain; charset=utf-8", false, live_page},
    {"/readyz", "text/plain; charset=utf-8", true, report_health_text},
    {"/health", "application/health+json", true, health_page},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", true, metrics_page},
};

/* Sends `text` (malloced, taken over). */
static enum MHD_Result
respond(struct MHD_Connection *conn, unsigned status, const char *type, char *text)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result ok;

	if (r == NULL) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "Connection", "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	ok = MHD_queue_response(conn, status, r);
	MHD_destroy_response(r);
	return ok;
}

/* One line instead of a page; NULL text: out of memory, the connection is dropped. */
static enum MHD_Result
respond_line(struct MHD_Connection *conn, unsigned status, const char *line)
{
	char *text = strdup(line);

	return text != NULL ? respond(conn, status, "text/plain; charset=utf-8", text) : MHD_NO;
}

static enum MHD_Result
respond_page(struct health *h, struct MHD_Connection *conn, const struct page *page)
{
	bool verbose = MHD_lookup_connection_value_n(conn, MHD_GET_ARGUMENT_KIND, "verbose",
						     strlen("verbose"), NULL, NULL) == MHD_YES;
	struct snapshot *s = calloc(1, sizeof(*s));
	char *text = NULL;
	bool ok = false;

	if (s != NULL && (!page->snapshot || h->hooks.snapshot(h->hooks.arg, false, s) == 0))
		text = page->print(s, verbose, &ok);
	if (s != NULL)
		snapshot_free(s);
	free(s);
	if (text == NULL)
		return respond_line(conn, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	return respond(conn, ok ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, page->type, text);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *conn, const char *url, const char *method,
	   const char *version, const char *body, size_t *nbody, void **state)
{
	static char seen; /* only its address: the headers were complete once before */

	(void)version;
	(void)body;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return respond_line(conn, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (*state != &seen || *nbody > 0) {
		*state = &seen;
		*nbody = 0; /* a body means nothing to us */
		return MHD_YES;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(url, pages[i].path) == 0)
			return respond_page(arg, conn, &pages[i]);
	return respond_line(conn, MHD_HTTP_NOT_FOUND,
			    "not here; try / /livez /readyz /health /metrics\n");
}

static void
client_add(struct health *h, int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	c->fd = fd;
	c->deadline = mono_add(loop_now(h->loop), LIFE_MS);
	c->next = h->clients;
	h->clients = c;
}

static void
client_forget(struct health *h, int fd)
{
	struct client **at = &h->clients;

	h->closed = true;
	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	if (*at != NULL) {
		struct client *c = *at;

		*at = c->next;
		free(c);
	}
}

static void
on_connection(void *arg, struct MHD_Connection *conn, void **state,
	      enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	(void)state;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		client_add(arg, i->connect_fd);
	else
		client_forget(arg, i->connect_fd);
}

/* libmicrohttpd knows idle times only; whoever speaks a byte at a time is ended here. */
static void
end_the_late(struct health *h)
{
	struct mono now = loop_now(h->loop);

	for (struct client *c = h->clients; c != NULL; c = c->next)
		if (mono_due(c->deadline, now))
			shutdown(c->fd, SHUT_RDWR);
}

/* One run may leave work for the next: bytes that are read already, or, at the limit of
 * connections, the listening socket, which libmicrohttpd watches again only in the run after the
 * one that closed a connection. */
static bool
more_to_do(struct health *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return h->closed || (MHD_get_timeout(h->daemon, &ms) == MHD_YES && ms == 0);
}

static void
run(void *arg)
{
	struct health *h = arg;
	int runs = 0;

	end_the_late(h);
	do {
		h->closed = false;
		MHD_run(h->daemon);
	} while (more_to_do(h) && ++runs < RUNS_MAX);
	if (runs == RUNS_MAX)
		loop_timer_once(h->timer, 0);
	else if (h->clients != NULL)
		loop_timer_once(h->timer, TICK_MS);
	else
		loop_timer_stop(h->timer);
}

static void
on_io(void *arg, unsigned events)
{
	(void)events;
	run(arg);
}

__attribute__((format(printf, 2, 0))) static void
on_log(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\r\n")] = '\0';
	log_debug(LOG_HEALTH, "%s", line);
}

/* A listening socket at h->address, whose port becomes the one really bound; or -errno. */
static int
listen_socket(struct health *h)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&h->address, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, r;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, CONNECTIONS) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	addr_from_sockaddr(&ss, &h->address);
	return fd;
}

/* Starts libmicrohttpd over `fd` (taken over) and watches its epoll descriptor. */
static int
start(struct health *h, int fd)
{
	const union MHD_DaemonInfo *info;

	h->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, h,
	    MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(LIFE_MS / 1000), MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_END);
	if (h->daemon == NULL) {
		close(fd);
		return -ENOMEM;
	}
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->io = loop_io_new(h->loop, "http", info->epoll_fd, on_io, h);
	if (h->io == NULL)
		return -errno;
	loop_io_want(h->io, LOOP_READ);
	return 0;
}

int
health_new(struct loop *l, const struct addr *at, const struct health_hooks *hooks, char say[256],
	   struct health **ret)
{
	struct health *h = calloc(1, sizeof(*h));
	char text[ADDR_TEXT_MAX];
	int r = -ENOMEM;

	if (h != NULL) {
		h->loop = l;
		h->hooks = *hooks;
		h->address = *at;
		h->timer = loop_timer_new(l, "http", run, h);
		r = listen_socket(h);
		if (r >= 0)
			r = start(h, r);
	}
	if (r < 0) {
		snprintf(say, 256, "http.address %s: %s%s", addr_text(at, text), strerror(-r),
			 r == -EADDRINUSE ? " (another program listens there)" : "");
		health_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

const struct addr *
health_address(const struct health *h)
{
	return &h->address;
}

void
health_free(struct health *h)
{
	if (h == NULL)
		return;
	loop_io_free(h->io);
	loop_timer_free(h->timer);
	if (h->daemon != NULL)
		MHD_stop_daemon(h->daemon);
	while (h->clients != NULL)
		client_forget(h, h->clients->fd);
	free(h);
}
