/* submit_open: libcurl opens the connection (CURLOPT_CONNECT_ONLY), for what it does well: names
 * with several addresses, TLS and whose certificate it is, AUTH.  The transaction is ours
 * (submit_talk): libcurl 7.88 knows neither PIPELINING nor the parameters of RFC 3461, and keeps no
 * more of a reply than its code.
 * Part of the room submit_conn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker/submit_curl.h"
#include "worker/mail_host.h"
#include "worker/secret.h"

enum { GREETING_MAX = 64 * 1024 }; /* all that a server may say until it has let us in */

/* ---- what is said ---- */

/* libcurl's own remarks that say something to an administrator. */
static void
note_remark(struct submit_conn *c, struct slice text)
{
	static const char *const telling[] = {
	    "Connected to", "Trying ", "connect to ",    "SSL c", "subject",
	    "issuer",       "expire",  "start date",     "SSL: ", "TLS ",
	    "Could not",    "Failed ", "Operation timed"};

	text = slice_trim(text);
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (slice_has_prefix(text, slice_str(telling[i]))) {
			submit_note(c->world, '*', text);
			return;
		}
}

static enum smtp_step
step_of(struct slice command)
{
	if (slice_has_prefix(command, SLICE("STARTTLS")))
		return SMTP_TLS;
	return slice_has_prefix(command, SLICE("AUTH")) ? SMTP_LOGIN : SMTP_HELLO;
}

/* After AUTH and its mechanism come only secrets, until EHLO or the login's end. */
static void
note_command(struct submit_conn *c, struct slice text)
{
	struct slice shown = text;
	ptrdiff_t blank;

	if (!c->secret)
		c->step = step_of(text);
	if (!c->secret && c->step == SMTP_LOGIN) {
		c->secret = true;
		blank = slice_find((struct slice){text.p + 5, text.n > 5 ? text.n - 5 : 0},
				   SLICE(" "), false);
		if (blank >= 0)
			shown.n = 5 + (size_t)blank;
		submit_note(c->world, '>', shown);
		return;
	}
	submit_note(c->world, '>', c->secret ? SLICE("(not shown)") : text);
}

static int
on_remark(CURL *curl, curl_infotype type, char *p, size_t n, void *arg)
{
	struct submit_conn *c = arg;

	(void)curl;
	if (type == CURLINFO_TEXT)
		note_remark(c, (struct slice){p, n});
	else if (type == CURLINFO_HEADER_OUT)
		note_command(c, (struct slice){p, n});
	return 0;
}

/* A line of a reply, while libcurl speaks; anything but n ends the transfer. */
static size_t
on_line(char *p, size_t one, size_t n, void *arg)
{
	struct submit_conn *c = arg;
	struct slice line = slice_trim((struct slice){p, n * one});
	const bool first = !c->reply.open;
	int rc = smtp_reply_line(&c->reply, line);

	submit_note(c->world, '<', line);
	c->heard += n * one;
	if (rc < 0 || c->heard > GREETING_MAX) {
		c->nonsense = true;
		return 0;
	}
	if (c->reply.code == 250)
		smtp_server_line(&c->server, line, first);
	if (rc == 1 && c->step == SMTP_LOGIN && c->reply.code != 334)
		c->secret = false;
	return n * one;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	const struct submit_conn *c = arg;

	(void)a, (void)b, (void)d, (void)e;
	return atomic_load(&c->world->stopped);
}

/* ---- opening ---- */

#define SET(option, value)                                                              \
	do {                                                                            \
		CURLcode set_rc = curl_easy_setopt(c->curl, CURLOPT_##option, (value)); \
		if (set_rc != CURLE_OK)                                                 \
			return set_rc;                                                  \
	} while (0)

static CURLcode
set_url(struct submit_conn *c, const char *host)
{
	const struct conf *conf = c->world->conf;
	const bool implicit = conf->smtp.tls == MAIL_TLS_IMPLICIT;
	char name[256] = "localhost", url[CONF_HOST_MAX + sizeof(name) + 16];

	if (conf->smtp.helo[0])
		snprintf(name, sizeof(name), "%s", conf->smtp.helo);
	else
		gethostname(name, sizeof(name) - 1);
	/* The path is what EHLO says. */
	snprintf(url, sizeof(url), "%s://%s/%s", implicit ? "smtps" : "smtp", host, name);
	SET(URL, url);
	return CURLE_OK;
}

static CURLcode
set_server(struct submit_conn *c)
{
	const struct conf *conf = c->world->conf;
	const struct mail_host server = {.protocols = "smtp,smtps",
					 .tls = conf->smtp.tls,
					 .ca = conf->smtp.ca,
					 .timeout = conf->smtp.connect_timeout};
	const CURLcode rc = mail_host_set(c->curl, &server);

	if (rc != CURLE_OK)
		return rc;
	SET(CONNECT_ONLY, 1L);
	SET(TIMEOUT_MS, (long)conf->smtp.connect_timeout);
	return CURLE_OK;
}

static CURLcode
set_callbacks(struct submit_conn *c)
{
	SET(ERRORBUFFER, c->error);
	SET(VERBOSE, 1L);
	SET(DEBUGFUNCTION, on_remark);
	SET(DEBUGDATA, c);
	SET(HEADERFUNCTION, on_line);
	SET(HEADERDATA, c);
	SET(NOPROGRESS, 0L);
	SET(XFERINFOFUNCTION, on_progress);
	SET(XFERINFODATA, c);
	return CURLE_OK;
}

/* 0, or -errno with why in c->error. */
static int
set_login(struct submit_conn *c)
{
	const struct conf *conf = c->world->conf;
	char secret[SECRET_MAX];
	struct buf why = BUF(c->error);
	int e;

	if (!conf->smtp.user[0])
		return 0;
	e = secret_read("smtp.password_file", conf->smtp.password_file, secret, &why);
	if (e < 0) {
		buf_cstr(&why);
		return e;
	}
	e = mail_host_login(c->curl, conf->smtp.user, secret) == CURLE_OK ? 0 : -ENOMEM;
	if (e == 0 && curl_easy_setopt(c->curl, CURLOPT_SASL_IR, 1L) != CURLE_OK)
		e = -ENOMEM;
	explicit_bzero(secret, sizeof(secret));
	return e;
}

static CURLcode
connect_and_login(struct submit_conn *c, const char *host)
{
	CURLcode rc = set_callbacks(c);

	if (rc == CURLE_OK)
		rc = set_server(c);
	if (rc == CURLE_OK)
		rc = set_url(c, host);
	if (rc == CURLE_OK && set_login(c) < 0) {
		c->step = SMTP_LOGIN;
		rc = CURLE_LOGIN_DENIED;
	}
	if (rc == CURLE_OK)
		rc = curl_easy_perform(c->curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &c->wire.socket);
	return rc;
}

/* Why it failed: the server's refusal says more than libcurl does. */
static void
say_why(const struct submit_conn *c, CURLcode rc, struct submit_open *ret)
{
	struct buf why = BUF(ret->why);

	ret->step = c->step;
	if (rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_PEER_FAILED_VERIFICATION ||
	    rc == CURLE_USE_SSL_FAILED)
		ret->step = SMTP_TLS;
	if (c->nonsense) {
		buf_str(&why, "it does not speak SMTP");
	} else if (!c->reply.open && c->reply.code >= 400) {
		ret->code = c->reply.code;
		buf_str(&why, c->reply.text);
	} else if (atomic_load(&c->world->stopped)) {
		buf_str(&why, "stopped");
	} else {
		buf_str(&why, c->error[0] ? c->error : curl_easy_strerror(rc));
	}
	buf_cstr(&why);
}

/* libcurl goes on without a login when none is offered. */
static bool
lacks_login(const struct submit_conn *c)
{
	return c->world->conf->smtp.user[0] && c->step != SMTP_LOGIN;
}

struct submit_conn *
submit_conn_open(struct submit_world *w, const char *host, struct submit_open *ret)
{
	struct submit_conn *c = calloc(1, sizeof(*c));
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	*ret = (struct submit_open){.why = "out of memory"};
	if (!c)
		return NULL;
	c->world = w;
	c->curl = curl_easy_init();
	c->wire = (struct mail_wire){.curl = c->curl,
				     .socket = CURL_SOCKET_BAD,
				     .stop_fd = w->stop_fd,
				     .in = c->in,
				     .cap = sizeof(c->in)};
	if (c->curl)
		rc = connect_and_login(c, host);
	if (rc == CURLE_OK && lacks_login(c)) {
		c->step = SMTP_LOGIN;
		snprintf(c->error, sizeof(c->error),
			 "it offers no AUTH PLAIN or LOGIN, and smtp.user is given");
		c->reply.code = 0;
		rc = CURLE_LOGIN_DENIED;
	}
	if (rc == CURLE_OK)
		return c;
	say_why(c, rc, ret);
	submit_note(w, '*', slice_str(ret->why));
	submit_conn_close(c, false);
	return NULL;
}
