/* imap_conn: one connection to the server of imap.host, from its name to the end of the login, and
 * then commands and their answers, each with a time limit; with imap, libcurl's room.
 * Owns: the connection, its tags.  Must not know: mailboxes, what is asked. */
#ifndef EVERTRUNK_IMAP_CONN_H
#define EVERTRUNK_IMAP_CONN_H

#include <stdatomic.h>

#include "conf/conf.h"
#include "worker/imap_reply.h"

/* What all connections of an imap have in common. */
struct imap_world {
	const struct conf *conf;
	int stop_fd; /* readable: stop */
	atomic_bool stopped;
};

struct imap_conn;

/* Connects and logs in as `login`, within imap.connect_timeout.  0 and *ret; -EACCES: the server
 * does not let `login` in; else -errno: it lets nobody in.  `why`: a line without the host. */
int imap_conn_open(struct imap_world *w, const char *login, struct imap_conn **ret,
		   struct buf *why);
/* What the server can do. */
const struct imap_server *imap_conn_server(const struct imap_conn *c);
/* Whether nothing has come on a connection that has been left alone. */
bool imap_conn_quiet(struct imap_conn *c);

/* Says `command` (no tag, no line end) and waits for the whole answer, imap.reply_timeout at most.
 * 0: see ret->end; -ETIMEDOUT; -ECANCELED: told to stop; -EPIPE: the connection is gone; -EBADMSG:
 * that is no IMAP. */
int imap_conn_ask(struct imap_conn *c, const char *command, struct imap_reply *ret);

/* Closes; `logout`: says so before and waits half a second for the answer.  NULL is fine. */
void imap_conn_close(struct imap_conn *c, bool logout);

#endif
