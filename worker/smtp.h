/* smtp: what is said to a mail server, and what its answers mean (RFC 5321, 1870, 2920, 3461).
 * Pure.  Must not know: sockets, TLS, how often is tried. */
#ifndef EVERTRUNK_SMTP_H
#define EVERTRUNK_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/text.h"
#include "worker/retry.h"

/* How far a transfer has come. */
enum smtp_step {
	SMTP_CONNECT, /* the name, the connection, the greeting */
	SMTP_HELLO,   /* EHLO */
	SMTP_TLS,     /* STARTTLS and the certificate */
	SMTP_LOGIN,   /* AUTH */
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_END, /* the message itself and the answer to it */
	SMTP_STEPS
};
/* As it is said in logs: "the greeting", "EHLO", ... */
const char *smtp_step_name(enum smtp_step step);

/* ---- answers ---- */

enum {
	SMTP_LINE_MAX = 2048, /* RFC 5321 4.5.3.1.5 says 512 */
	SMTP_LINES_MAX = 100, /* of one reply: more is no reply */
	SMTP_TEXT_MAX = 512   /* of a reply's text that is kept */
};

/* A reply, line by line; all zero before the first. */
struct smtp_reply {
	int code; /* 0: none yet */
	unsigned lines;
	bool open;                /* more lines follow */
	char text[SMTP_TEXT_MAX]; /* "550 5.1.1 no such user": lines joined, only printable ASCII */
};

/* Takes the next line, without its line end; after a reply's last one the next reply begins.
 * 1: the reply is whole; 0: it goes on; -EBADMSG: that is no SMTP. */
int smtp_reply_line(struct smtp_reply *r, struct slice line);

/* What a server can do: its answer to EHLO. */
struct smtp_server {
	bool pipelining, dsn, auth, starttls;
	bool sizes;    /* SIZE= may be said (RFC 1870) */
	uint64_t size; /* the largest message, bytes; 0: not said */
};
/* Takes a line of the answer to EHLO: `250-SIZE 1000`; the first line begins anew. */
void smtp_server_line(struct smtp_server *s, struct slice line, bool first);

/* What a reply to `step` makes of the message.  At SMTP_END 2xx is DELIVERED; at the other steps
 * it is asked only for what is not the hoped-for answer. */
enum outcome smtp_outcome(enum smtp_step step, int code);
/* Whether `code` lets the transfer go on after `step`. */
bool smtp_goes_on(enum smtp_step step, int code);

/* ---- commands ---- */

struct envelope {
	const char *from; /* never the null sender */
	const char *to;
	const char *id; /* ENVID (RFC 3461 4.4): comes back in reports; "": none */
	bool confirm;   /* a report of success is wanted, too */
};

/* NULL, or what is wrong with it, in words.  One that is right has no way to become two commands.
 */
const char *smtp_envelope_wrong(const struct envelope *e);
/* Append MAIL, RCPT: with SIZE=, RET=, ENVID=, NOTIFY=, ORCPT= where the server can. */
void smtp_mail(const struct envelope *e, const struct smtp_server *s, size_t size, struct buf *out);
void smtp_rcpt(const struct envelope *e, const struct smtp_server *s, struct buf *out);
/* Room for both and DATA, whatever the envelope. */
enum { SMTP_COMMANDS_MAX = 4096 };

/* The message on its way: every line end becomes CRLF, a dot that begins a line is doubled, at the
 * end a line with a dot alone.  Begins as {.left = message, .begins = true}. */
struct smtp_body {
	struct slice left;
	bool begins; /* the next byte begins a line */
	bool ended;  /* the last line has been given */
};
/* Writes the next part, at most `cap` (8 or more) bytes.  How many; 0: that was all. */
size_t smtp_body(struct smtp_body *b, char *out, size_t cap);

#endif
