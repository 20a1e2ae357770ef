/* submit_conn: lines and bytes of an open connection, its end; see submit_conn.h. */
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

bool
submit_conn_quiet(struct submit_conn *c)
{
	return mail_wire_quiet(&c->wire);
}

int
submit_conn_write(struct submit_conn *c, const char *p, size_t n, struct mono until)
{
	return mail_wire_write(&c->wire, p, n, until);
}

int
submit_conn_reply(struct submit_conn *c, struct mono until, struct smtp_reply *ret)
{
	struct slice line;
	int rc;

	*ret = (struct smtp_reply){0};
	do {
		rc = mail_wire_line(&c->wire, until, &line);
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
	if (c->wire.socket != CURL_SOCKET_BAD)
		shutdown(c->wire.socket, SHUT_RDWR);
	curl_easy_cleanup(c->curl);
	free(c);
}
