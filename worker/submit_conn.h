/* submit_conn: one connection to a mail server, from its name to the end of the login, and then
 * lines and bytes with time limits; with submit, libcurl's room.
 * Owns: the connection, what was said on it.  Must not know: mail transactions, other hosts. */
#ifndef EVERTRUNK_SUBMIT_CONN_H
#define EVERTRUNK_SUBMIT_CONN_H

#include <stdatomic.h>

#include "conf/conf.h"
#include "ipc/base/clock.h"
#include "worker/smtp.h"

enum { SUBMIT_DIALOGUE_MAX = 16 * 1024 };

/* What all connections of a submit have in common. */
struct submit_world {
	const struct conf *conf;
	int stop_fd; /* readable: stop */
	atomic_bool stopped;
	struct buf dialogue; /* bounded: what does not fit is left out */
};

struct submit_conn;

/* How an attempt to connect ended. */
struct submit_open {
	enum smtp_step step;
	int code;
	char why[SMTP_TEXT_MAX]; /* the server's refusal, or what went wrong */
};

/* Connects to `host` ("mx.example.com:25") and logs in, within smtp.connect_timeout.  NULL: *ret
 * says why. */
struct submit_conn *submit_conn_open(struct submit_world *w, const char *host,
				     struct submit_open *ret);
/* What it said to EHLO, the last time it was asked. */
const struct smtp_server *submit_conn_server(const struct submit_conn *c);

/* Whether nothing has come on a connection that has been left alone: an end, a farewell. */
bool submit_conn_quiet(struct submit_conn *c);
/* 0; -ETIMEDOUT at `until`; -ECANCELED: told to stop; -EPIPE: the connection is gone. */
int submit_conn_write(struct submit_conn *c, const char *p, size_t n, struct mono until);
/* A whole reply; the same, and -EBADMSG: that is no SMTP. */
int submit_conn_reply(struct submit_conn *c, struct mono until, struct smtp_reply *ret);
/* A line for the dialogue. */
void submit_note(struct submit_world *w, char mark, struct slice line);

/* Closes; `quit`: says so before and waits a little for the answer.  NULL is fine. */
void submit_conn_close(struct submit_conn *c, bool quit);

#endif
