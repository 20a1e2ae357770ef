/* submit: which host is asked, and what their answers come to; see submit.h. */
#include "worker/submit.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/submit_talk.h"

enum {
	IDLE_MS = 15000,   /* an unused connection is kept so long */
	OLD_MS = 300000,   /* then the hosts are asked in order again */
	RESTING_MS = 60000 /* a host that failed is asked last for so long */
};

struct submit {
	struct submit_world world;
	char dialogue[SUBMIT_DIALOGUE_MAX];

	struct submit_conn *conn; /* kept; NULL: none */
	size_t conn_host;
	struct mono opened, used;

	struct mono resting[CONF_MAIL_HOSTS]; /* until then; never: it is well */
};

/* A message on its way. */
struct errand {
	struct submit *submit;
	const struct envelope *envelope;
	struct slice mail;
	struct submit_reply *ret;
	struct buf text; /* over ret->text */
	bool answered;   /* a server had something against this message, for now */
};

struct submit *
submit_new(const struct conf *conf)
{
	struct submit *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->world.conf = conf;
	s->world.dialogue = BUF(s->dialogue);
	s->world.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->world.stop_fd >= 0 && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return s;
	if (s->world.stop_fd >= 0)
		close(s->world.stop_fd);
	free(s);
	return NULL;
}

static void
hang_up(struct submit *s, bool quit)
{
	submit_conn_close(s->conn, quit);
	s->conn = NULL;
}

void
submit_free(struct submit *s)
{
	if (!s)
		return;
	hang_up(s, true);
	curl_global_cleanup();
	close(s->world.stop_fd);
	free(s);
}

void
submit_stop(struct submit *s)
{
	const uint64_t one = 1;
	ssize_t n;

	atomic_store(&s->world.stopped, true);
	n = write(s->world.stop_fd, &one, sizeof(one));
	(void)n; /* it can only be full, and then it is readable */
}

/* Failures of all hosts make one line. */
static void
report(struct errand *t, size_t host, enum smtp_step step, int code, const char *text)
{
	const char *name = t->submit->world.conf->smtp.host[host];

	if (t->text.n > 0)
		buf_str(&t->text, "; ");
	buf_printf(&t->text, "%s: %s", name, text);
	if (code)
		buf_printf(&t->text, " (at %s)", smtp_step_name(step));
	t->ret->step = step;
	t->ret->code = code;
	snprintf(t->ret->host, sizeof(t->ret->host), "%s", name);
}

static bool
open_host(struct errand *t, size_t host)
{
	struct submit *s = t->submit;
	struct submit_open opened;

	hang_up(s, true);
	s->conn = submit_conn_open(&s->world, s->world.conf->smtp.host[host], &opened);
	if (!s->conn) {
		report(t, host, opened.step, opened.code, opened.why);
		return false;
	}
	s->conn_host = host;
	s->opened = clock_now();
	return true;
}

/* What a transaction said, if it was the last word on this message. */
static bool
is_settled(struct errand *t, size_t host, const struct submit_talk *said)
{
	t->ret->outcome = said->outcome;
	report(t, host, said->step, said->code, said->text);
	if (said->outcome == OUTCOME_LATER)
		t->answered = true;
	return said->outcome == OUTCOME_DELIVERED || said->outcome == OUTCOME_NEVER;
}

/* One transaction on the connection that is open.  `ret_gone`: it was gone before anything was
 * said: another one to the same host may do. */
static bool
hand_over(struct errand *t, bool kept, bool *ret_gone)
{
	struct submit *s = t->submit;
	struct submit_talk said;

	submit_talk(&s->world, s->conn, t->envelope, t->mail, &said);
	*ret_gone = kept && said.lost && said.step == SMTP_MAIL;
	t->ret->reported = said.outcome == OUTCOME_DELIVERED && t->envelope->confirm &&
			   submit_conn_server(s->conn)->dsn;
	s->used = clock_now();
	if (said.lost)
		hang_up(s, false);
	return !*ret_gone && is_settled(t, s->conn_host, &said);
}

/* True: it is settled, one way or the other. */
static bool
try_host(struct errand *t, size_t host)
{
	struct submit *s = t->submit;
	bool gone = false, settled = false;

	if (atomic_load(&s->world.stopped))
		return false;
	if (open_host(t, host))
		settled = hand_over(t, false, &gone);
	s->resting[host] =
	    !s->conn && !settled ? mono_add(clock_now(), RESTING_MS) : (struct mono){0};
	return settled;
}

/* The kept connection, if it still is one. */
static bool
try_kept(struct errand *t, size_t *ret_host)
{
	struct submit *s = t->submit;
	const struct mono now = clock_now();
	bool gone = false;

	*ret_host = SIZE_MAX;
	if (!s->conn || mono_ms(s->used, now) > IDLE_MS || mono_ms(s->opened, now) > OLD_MS ||
	    !submit_conn_quiet(s->conn))
		return false;
	*ret_host = s->conn_host;
	if (hand_over(t, true, &gone))
		return true;
	if (gone)
		*ret_host = SIZE_MAX;
	return false;
}

/* The well ones in order, then those at rest. */
static bool
try_hosts(struct errand *t, size_t but, bool all)
{
	struct submit *s = t->submit;
	const struct mono now = clock_now();
	bool at_rest[CONF_MAIL_HOSTS];

	for (size_t i = 0; i < s->world.conf->smtp.nhost; i++)
		at_rest[i] = !all && mono_set(s->resting[i]) && !mono_due(s->resting[i], now);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < s->world.conf->smtp.nhost; i++)
			if (i != but && at_rest[i] == (round == 1) && try_host(t, i))
				return true;
	return false;
}

void
submit_send(struct submit *s, const struct envelope *e, struct slice mail, bool fresh,
	    struct submit_reply *ret)
{
	struct errand t = {.submit = s, .envelope = e, .mail = mail, .ret = ret};
	const char *wrong = smtp_envelope_wrong(e);
	size_t tried = SIZE_MAX;

	*ret = (struct submit_reply){.outcome = OUTCOME_NEVER};
	t.text = BUF(ret->text);
	if (fresh)
		hang_up(s, true);
	s->world.dialogue.n = 0;
	s->dialogue[0] = 0;
	if (wrong)
		buf_str(&t.text, wrong);
	if (!wrong && !try_kept(&t, &tried) && !try_hosts(&t, tried, fresh))
		ret->outcome = t.answered ? OUTCOME_LATER : OUTCOME_OUTAGE;
	if (!wrong && t.text.n == 0)
		buf_str(&t.text, "stopped");
	buf_cstr(&t.text);
}

void
submit_quit(struct submit *s)
{
	hang_up(s, true);
}

int64_t
submit_rest(struct submit *s)
{
	int64_t left;

	if (!s->conn)
		return -1;
	left = IDLE_MS - mono_ms(s->used, clock_now());
	if (left > 0)
		return left;
	hang_up(s, true);
	return -1;
}

const char *
submit_dialogue(const struct submit *s)
{
	return s->dialogue;
}
