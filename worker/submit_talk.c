/* submit_talk: see submit_talk.h. */
#include "worker/submit_talk.h"

#include <errno.h>
#include <stdio.h>

enum { LAST_WORDS_MS = 500 };

/* A transaction at work. */
struct talk {
	struct submit_world *world;
	struct submit_conn *conn;
	const struct smtp_server *server;
	const struct envelope *envelope;
	struct slice mail;
	struct mono end; /* of the whole */
	struct submit_talk *ret;
};

/* When the answer to a command must have come. */
static struct mono
soon(const struct talk *t)
{
	struct mono until = mono_add(clock_now(), t->world->conf->smtp.reply_timeout);

	return until.ns < t->end.ns ? until : t->end;
}

/* The connection failed at `step`.  A server that breaks on this very message must not stop the
 * others: from DATA on it is the message that waits. */
static int
fail(struct talk *t, enum smtp_step step, int e)
{
	static const char *const words[] = {"no answer in time", "stopped",
					    "it does not speak SMTP", "it closed the connection"};
	const int i = e == -ETIMEDOUT ? 0 : e == -ECANCELED ? 1 : e == -EBADMSG ? 2 : 3;
	const bool ours = step < SMTP_DATA || e == -ECANCELED;

	t->ret->outcome = ours ? OUTCOME_OUTAGE : OUTCOME_LATER;
	t->ret->step = step;
	t->ret->code = 0;
	t->ret->lost = true;
	snprintf(t->ret->text, sizeof(t->ret->text), "%s at %s", words[i], smtp_step_name(step));
	submit_note(t->world, '*', slice_str(t->ret->text));
	return e;
}

/* The server said no: 0 as long as the connection is fine. */
static void
refused(struct talk *t, enum smtp_step step, const struct smtp_reply *reply)
{
	t->ret->outcome = smtp_outcome(step, reply->code);
	t->ret->step = step;
	t->ret->code = reply->code;
	t->ret->lost = reply->code == 421;
	snprintf(t->ret->text, sizeof(t->ret->text), "%s", reply->text);
}

/* What is written is shown line by line. */
static int
say(struct talk *t, struct slice commands, enum smtp_step step)
{
	struct slice rest = commands;
	ptrdiff_t end;
	int e;

	while ((end = slice_find(rest, SLICE("\r\n"), false)) >= 0) {
		submit_note(t->world, '>', (struct slice){rest.p, (size_t)end});
		rest = (struct slice){rest.p + end + 2, rest.n - (size_t)end - 2};
	}
	e = submit_conn_write(t->conn, commands.p, commands.n, soon(t));
	return e < 0 ? fail(t, step, e) : 0;
}

/* The answer to `step`.  1: go on; 0: refused; -errno. */
static int
hear(struct talk *t, enum smtp_step step)
{
	struct smtp_reply reply;
	int e = submit_conn_reply(t->conn, step == SMTP_END ? t->end : soon(t), &reply);

	if (e < 0)
		return fail(t, step, e);
	t->ret->step = step;
	if (smtp_goes_on(step, reply.code)) {
		t->ret->code = reply.code;
		snprintf(t->ret->text, sizeof(t->ret->text), "%s", reply.text);
		return 1;
	}
	refused(t, step, &reply);
	return 0;
}

/* One command after the other's answer. */
static int
ask_each(struct talk *t)
{
	char space[SMTP_COMMANDS_MAX];
	int rc = 1;

	for (enum smtp_step step = SMTP_MAIL; rc == 1 && step <= SMTP_DATA; step++) {
		struct buf out = BUF(space);

		if (step == SMTP_MAIL)
			smtp_mail(t->envelope, t->server, t->mail.n, &out);
		else if (step == SMTP_RCPT)
			smtp_rcpt(t->envelope, t->server, &out);
		else
			buf_str(&out, "DATA\r\n");
		rc = say(t, (struct slice){out.p, out.n}, step);
		if (rc == 0)
			rc = hear(t, step);
	}
	return rc;
}

/* The server waits for a message that it has no recipient for: an empty one, which it refuses
 * (RFC 2920 3.1). */
static int
give_nothing(struct talk *t)
{
	struct smtp_reply reply;
	int e = submit_conn_write(t->conn, ".\r\n", 3, soon(t));

	submit_note(t->world, '>', SLICE("."));
	return e < 0 ? e : submit_conn_reply(t->conn, soon(t), &reply);
}

/* Hears what is said to the commands behind the one that was refused. */
static int
hear_rest(struct talk *t, enum smtp_step refused_at)
{
	struct smtp_reply reply = {0};

	for (enum smtp_step step = refused_at; step < SMTP_DATA && !t->ret->lost; step++)
		if (submit_conn_reply(t->conn, soon(t), &reply) < 0)
			t->ret->lost = true;
	if (refused_at < SMTP_DATA && !t->ret->lost && reply.code == 354 && give_nothing(t) < 0)
		t->ret->lost = true;
	return 0;
}

/* All three at once (RFC 2920). */
static int
ask_together(struct talk *t)
{
	char space[SMTP_COMMANDS_MAX];
	struct buf out = BUF(space);
	int rc;

	smtp_mail(t->envelope, t->server, t->mail.n, &out);
	smtp_rcpt(t->envelope, t->server, &out);
	buf_str(&out, "DATA\r\n");
	rc = say(t, (struct slice){out.p, out.n}, SMTP_MAIL);
	if (rc < 0)
		return rc;
	for (enum smtp_step step = SMTP_MAIL; step <= SMTP_DATA; step++) {
		rc = hear(t, step);
		if (rc == 0)
			return hear_rest(t, step);
		if (rc < 0)
			return rc;
	}
	return 1;
}

/* The server took the connection away while we spoke: it may have said why. */
static int
last_words(struct talk *t, int e)
{
	struct smtp_reply reply;

	if (e == -EPIPE &&
	    submit_conn_reply(t->conn, mono_add(clock_now(), LAST_WORDS_MS), &reply) == 0 &&
	    reply.code >= 400) {
		refused(t, SMTP_END, &reply);
		t->ret->lost = true;
		return 0;
	}
	return fail(t, SMTP_END, e);
}

static int
give_message(struct talk *t)
{
	struct smtp_body body = {.left = t->mail, .begins = true};
	char space[16 * 1024], line[64];
	size_t n;

	while ((n = smtp_body(&body, space, sizeof(space))) > 0) {
		int e = submit_conn_write(t->conn, space, n, soon(t));
		if (e < 0)
			return last_words(t, e);
	}
	snprintf(line, sizeof(line), "(the message, %zu bytes)", t->mail.n);
	submit_note(t->world, '>', slice_str(line));
	return hear(t, SMTP_END);
}

/* Known before a byte of it is sent. */
static bool
too_large(struct talk *t)
{
	if (t->server->size == 0 || t->mail.n <= t->server->size)
		return false;
	t->ret->outcome = OUTCOME_NEVER;
	t->ret->step = SMTP_MAIL;
	t->ret->code = 552;
	snprintf(t->ret->text, sizeof(t->ret->text),
		 "the message is too large: %zu bytes, the server takes %llu", t->mail.n,
		 (unsigned long long)t->server->size);
	submit_note(t->world, '*', slice_str(t->ret->text));
	return true;
}

/* After a refusal: whatever the server still thinks of it is forgotten. */
static void
start_over(struct talk *t)
{
	struct smtp_reply reply;

	submit_note(t->world, '>', SLICE("RSET"));
	if (submit_conn_write(t->conn, "RSET\r\n", 6, soon(t)) < 0 ||
	    submit_conn_reply(t->conn, soon(t), &reply) < 0 || reply.code != 250)
		t->ret->lost = true;
}

void
submit_talk(struct submit_world *w, struct submit_conn *c, const struct envelope *e,
	    struct slice mail, struct submit_talk *ret)
{
	struct talk t = {.world = w,
			 .conn = c,
			 .server = submit_conn_server(c),
			 .envelope = e,
			 .mail = mail,
			 .end = mono_add(clock_now(), w->conf->smtp.send_timeout),
			 .ret = ret};
	int rc;

	*ret = (struct submit_talk){0};
	if (too_large(&t))
		return;
	rc = t.server->pipelining ? ask_together(&t) : ask_each(&t);
	if (rc == 1)
		rc = give_message(&t);
	if (rc == 1)
		ret->outcome = smtp_outcome(SMTP_END, ret->code);
	else if (rc == 0 && !ret->lost)
		start_over(&t);
}
