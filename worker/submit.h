/* submit: hands messages to a mail server by SMTP (RFC 5321): the hosts of smtp.hosts in order,
 * TLS, AUTH, SIZE, PIPELINING, delivery status asked for (RFC 3461).
 * Owns: the one connection, kept for the next message, and which host has failed of late.
 * libcurl's room, with submit_conn: it looks the name up, connects, encrypts and logs in.
 * Must not know: letters, queues, what is in a message.  One thread, all but submit_stop(). */
#ifndef EVERTRUNK_SUBMIT_H
#define EVERTRUNK_SUBMIT_H

#include "conf/conf.h"
#include "worker/retry.h"
#include "worker/smtp.h"

struct submit;

struct submit_reply {
	enum outcome outcome; /* LATER: this message, try again; OUTAGE: no server took any */
	enum smtp_step step;  /* how far it came */
	int code;             /* of the server's reply; 0: there was none */
	bool reported;        /* DELIVERED: the server will send a delivery status to the sender */
	char host[CONF_HOST_MAX]; /* who spoke last, as configured; "": nobody */
	char text[1024];          /* one line: the whole reply, or what went wrong; host by host */
};

/* `conf` must outlive it; nothing is connected yet.  NULL: out of memory or descriptors. */
struct submit *submit_new(const struct conf *conf);
/* Says QUIT if a connection is kept; takes 2 s at most.  NULL is fine. */
void submit_free(struct submit *s);
/* From any thread: the transfer at hand ends soon (OUTAGE), and every later one at once. */
void submit_stop(struct submit *s);

/* Hands over one message.  Blocks for each host up to smtp.connect_timeout and smtp.send_timeout.
 * `fresh`: on a connection of its own, by every host in turn however it fared before: a test. */
void submit_send(struct submit *s, const struct envelope *e, struct slice mail, bool fresh,
		 struct submit_reply *ret);
/* Closes the kept connection, if there is one; takes 2 s at most. */
void submit_quit(struct submit *s);
/* Closes a kept connection that has not been used for some seconds; how many ms until that is due,
 * -1: none is kept. */
int64_t submit_rest(struct submit *s);

/* What was said in the last submit_send(), line by line: `>` by us, `<` by the server, `*` of the
 * connection and its certificate; never a password.  Valid until the next call. */
const char *submit_dialogue(const struct submit *s);

#endif
