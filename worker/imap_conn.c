/* imap_conn: libcurl opens the connection (CURLOPT_CONNECT_ONLY) for what it does well: names with
 * several addresses, TLS and whose certificate it is, AUTH.  The commands are ours: libcurl's own
 * know neither STATUS nor ESEARCH, and cut long lines.  See imap_conn.h. */
#include "worker/imap_conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "worker/mail_host.h"
#include "worker/mail_wire.h"
#include "worker/secret.h"
#include "worker/words.h"

enum {
	OPENING_MAX = 64 * 1024,    /* all that a server may say until it has let us in */
	IMAP_LINE_MAX = 256 * 1024, /* 35,000 numbers of a SEARCH by a server without ESEARCH */
	COMMAND_MAX = 2048,
	LOGOUT_MS = 500
};

struct imap_conn {
	struct imap_world *world;
	CURL *curl;
	struct imap_server server;
	unsigned tags;

	/* While libcurl opens the connection. */
	size_t heard;
	bool nonsense, preauth;
	char said[IMAP_TEXT_MAX]; /* its last NO, BAD or BYE */
	char error[CURL_ERROR_SIZE];

	/* From then on. */
	struct mail_wire wire;
	char in[IMAP_LINE_MAX];
};

const struct imap_server *
imap_conn_server(const struct imap_conn *c)
{
	return &c->server;
}

/* ---- opening ---- */

static bool
is_refusal(struct slice word)
{
	return slice_ieq(word, SLICE("NO")) || slice_ieq(word, SLICE("BAD")) ||
	       slice_ieq(word, SLICE("BYE"));
}

static void
keep_refusal(struct imap_conn *c, struct slice text)
{
	size_t n = 0;

	for (; n < text.n && n < sizeof(c->said) - 1; n++)
		c->said[n] = text.p[n] >= ' ' && text.p[n] <= '~' ? text.p[n] : '?';
	c->said[n] = '\0';
}

/* A line of the server, while libcurl speaks; anything but n ends the transfer. */
static size_t
on_line(char *p, size_t one, size_t n, void *arg)
{
	struct imap_conn *c = arg;
	const struct slice line = slice_trim((struct slice){p, n * one});
	struct slice rest = line, text, word;

	(void)words_next(&rest);
	text = slice_trim(rest);
	word = words_next(&rest);
	imap_server_line(&c->server, line);
	if (is_refusal(word))
		keep_refusal(c, text);
	c->preauth |= c->heard == 0 && slice_ieq(word, SLICE("PREAUTH"));
	c->heard += n * one;
	c->nonsense |= c->heard > OPENING_MAX;
	return c->nonsense || c->preauth ? 0 : n * one;
}

static int
on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
	const struct imap_conn *c = arg;

	(void)a, (void)b, (void)d, (void)e;
	return atomic_load(&c->world->stopped);
}

#define SET(option, value)                                                              \
	do {                                                                            \
		CURLcode set_rc = curl_easy_setopt(c->curl, CURLOPT_##option, (value)); \
		if (set_rc != CURLE_OK)                                                 \
			return set_rc;                                                  \
	} while (0)

static CURLcode
set_server(struct imap_conn *c)
{
	const struct conf *conf = c->world->conf;
	const bool implicit = conf->imap.tls == MAIL_TLS_IMPLICIT;
	const struct mail_host server = {.protocols = "imap,imaps",
					 .tls = conf->imap.tls,
					 .ca = conf->imap.ca,
					 .timeout = conf->imap.connect_timeout};
	char url[CONF_HOST_MAX + 16];

	snprintf(url, sizeof(url), "%s://%s/", implicit ? "imaps" : "imap", conf->imap.host[0]);
	SET(URL, url);
	SET(CONNECT_ONLY, 1L);
	SET(TIMEOUT_MS, (long)conf->imap.connect_timeout);
	SET(QUICK_EXIT, 1L); /* a resolver that hangs is not waited for */
	return mail_host_set(c->curl, &server);
}

static CURLcode
set_callbacks(struct imap_conn *c)
{
	SET(ERRORBUFFER, c->error);
	SET(HEADERFUNCTION, on_line);
	SET(HEADERDATA, c);
	SET(NOPROGRESS, 0L);
	SET(XFERINFOFUNCTION, on_progress);
	SET(XFERINFODATA, c);
	return CURLE_OK;
}

/* `plain`: by the command LOGIN, for a server that offers no AUTH of ours. */
static CURLcode
set_login(struct imap_conn *c, const char *login, bool plain)
{
	char secret[SECRET_MAX];
	struct buf why = BUF(c->error);
	CURLcode rc;

	if (secret_read("imap.password_file", c->world->conf->imap.password_file, secret, &why) <
	    0) {
		buf_cstr(&why);
		return CURLE_READ_ERROR;
	}
	rc = mail_host_login(c->curl, login, secret);
	explicit_bzero(secret, sizeof(secret));
	if (rc == CURLE_OK && plain)
		SET(LOGIN_OPTIONS, NULL); /* whatever there is, LOGIN at last */
	return rc;
}

static CURLcode
connect_and_login(struct imap_conn *c, const char *login, bool plain)
{
	CURLcode rc = set_callbacks(c);

	if (rc == CURLE_OK)
		rc = set_server(c);
	if (rc == CURLE_OK)
		rc = set_login(c, login, plain);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(c->curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &c->wire.socket);
	return rc;
}

/* Why it failed: the server's refusal says more than libcurl does. */
static int
say_why(const struct imap_conn *c, CURLcode rc, struct buf *why)
{
	const bool login = rc == CURLE_LOGIN_DENIED;

	if (atomic_load(&c->world->stopped))
		buf_str(why, "stopped");
	else if (c->preauth)
		buf_str(why, "it lets us in without a login (PREAUTH): nobody knows as whom");
	else if (c->nonsense)
		buf_str(why, "it does not speak IMAP");
	else if (c->said[0])
		buf_str(why, c->said);
	else if (login)
		buf_str(why, "it offers no login: neither AUTH=PLAIN, AUTH=LOGIN nor LOGIN");
	else
		buf_str(why, c->error[0] ? c->error : curl_easy_strerror(rc));
	return login && slice_has_prefix(slice_str(c->said), SLICE("NO")) &&
		       !imap_text_of_all(c->said)
		   ? -EACCES
		   : -EIO;
}

static struct imap_conn *
conn_new(struct imap_world *w)
{
	struct imap_conn *c = calloc(1, sizeof(*c));

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
		return c;
	free(c);
	return NULL;
}

/* 0, -errno; -EAGAIN: not that way, but perhaps by the command LOGIN. */
static int
try_open(struct imap_world *w, const char *login, bool plain, struct imap_conn **ret,
	 struct buf *why)
{
	struct imap_conn *c = conn_new(w);
	CURLcode rc;
	int e = 0;

	if (!c)
		return -ENOMEM;
	rc = connect_and_login(c, login, plain);
	if (rc == CURLE_OK) {
		*ret = c;
		return 0;
	}
	if (!plain && rc == CURLE_LOGIN_DENIED && !c->said[0] && c->server.known && !c->server.sasl)
		e = -EAGAIN;
	else
		e = say_why(c, rc, why);
	imap_conn_close(c, false);
	return e;
}

/* What a server tells of itself before a login may be less than after it. */
static int
ask_server(struct imap_conn *c, struct buf *why)
{
	struct imap_reply reply;
	const int e = imap_conn_ask(c, "CAPABILITY", &reply);

	if (e == 0 && reply.end == IMAP_END_OK && c->server.imap4rev1)
		return 0;
	buf_str(why, e == -ECANCELED ? "stopped" : "it does not say that it speaks IMAP4rev1");
	return e < 0 ? e : -EBADMSG;
}

int
imap_conn_open(struct imap_world *w, const char *login, struct imap_conn **ret, struct buf *why)
{
	struct imap_conn *c = NULL;
	int e = try_open(w, login, false, &c, why);

	*ret = NULL;
	if (e == -EAGAIN)
		e = try_open(w, login, true, &c, why);
	if (e == 0)
		e = ask_server(c, why);
	if (e == -ENOMEM)
		buf_str(why, "out of memory");
	if (e == 0)
		*ret = c;
	else
		imap_conn_close(c, false);
	return e;
}

/* ---- commands ---- */

bool
imap_conn_quiet(struct imap_conn *c)
{
	return mail_wire_quiet(&c->wire);
}

static int
ask_until(struct imap_conn *c, const char *command, struct mono until, struct imap_reply *ret)
{
	char line[COMMAND_MAX], tag[IMAP_TAG_MAX];
	struct slice heard;
	int n, e;

	snprintf(tag, sizeof(tag), "E%u", ++c->tags % 1000000);
	n = snprintf(line, sizeof(line), "%s %s\r\n", tag, command);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -EBADMSG;
	imap_reply_begin(ret, tag, &c->server);
	e = mail_wire_write(&c->wire, line, (size_t)n, until);
	while (e == 0) {
		e = mail_wire_line(&c->wire, until, &heard);
		if (e == 0)
			e = imap_reply_line(ret, heard);
	}
	return e == 1 ? 0 : e;
}

int
imap_conn_ask(struct imap_conn *c, const char *command, struct imap_reply *ret)
{
	const int64_t ms = c->world->conf->imap.reply_timeout;

	return ask_until(c, command, mono_add(clock_now(), ms), ret);
}

void
imap_conn_close(struct imap_conn *c, bool logout)
{
	struct imap_reply bye;

	if (!c)
		return;
	if (logout)
		(void)ask_until(c, "LOGOUT", mono_add(clock_now(), LOGOUT_MS), &bye);
	/* libcurl would say LOGOUT once more, and wait long for an answer. */
	if (c->wire.socket != CURL_SOCKET_BAD)
		shutdown(c->wire.socket, SHUT_RDWR);
	curl_easy_cleanup(c->curl);
	free(c);
}
