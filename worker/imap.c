/* imap: see imap.h. */
#include "worker/imap.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ipc/base/clean.h"
#include "ipc/base/clock.h"
#include "worker/imap_conn.h"

enum {
	IDLE_MS = 15000,  /* an unused connection may be used again for so long */
	BLIND_LOOKS = 10, /* without CONDSTORE every so many looks count anew: a mark of deletion
			     does not change STATUS */
	COMMAND_MAX = 1536
};

struct imap {
	struct imap_world world;
	struct imap_conn *conn; /* kept; NULL: none */
	char login[IMAP_NAME_MAX];
	struct mono used;
	struct mono next; /* no look of imap_seen() before, for imap.rate */
	unsigned looks;
};

/* A look into a mailbox. */
struct visit {
	struct imap *imap;
	char login[IMAP_NAME_MAX], folder[IMAP_NAME_MAX]; /* the folder as it is said */
	struct buf *why;
	size_t why_n; /* of it when we began */
	bool gone;    /* the connection had ended */

	struct imap_status *known;
	struct tally *tally;
	bool changed;
	const char *message_id;
	bool seen;
};

struct imap *
imap_new(const struct conf *conf)
{
	struct imap *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->world.conf = conf;
	m->world.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->world.stop_fd >= 0 && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return m;
	if (m->world.stop_fd >= 0)
		close(m->world.stop_fd);
	free(m);
	return NULL;
}

static void
hang_up(struct imap *m, bool logout)
{
	imap_conn_close(m->conn, logout);
	m->conn = NULL;
}

void
imap_free(struct imap *m)
{
	if (!m)
		return;
	hang_up(m, true);
	curl_global_cleanup();
	close(m->world.stop_fd);
	free(m);
}

void
imap_stop(struct imap *m)
{
	const uint64_t one = 1;
	ssize_t n;

	atomic_store(&m->world.stopped, true);
	n = write(m->world.stop_fd, &one, sizeof(one));
	(void)n; /* it can only be full, and then it is readable */
}

/* ---- what is said ---- */

static const char *
failure(int e)
{
	switch (e) {
	case -ETIMEDOUT: return "no answer in time";
	case -ECANCELED: return "stopped";
	case -EBADMSG: return "what it says is no IMAP";
	default: return "it has closed the connection";
	}
}

/* One line: who, what was asked, what came of it. */
static void
say(struct visit *v, const char *command, const char *what)
{
	buf_printf(v->why, "%s, mailbox of %s: %.*s: %s", v->imap->world.conf->imap.host[0],
		   v->login, (int)strcspn(command, " "), command, what);
}

/* OK alone is OK; after an outage the connection is no more. */
static enum imap_result
ask(struct visit *v, const char *command, struct imap_reply *reply)
{
	const int e = imap_conn_ask(v->imap->conn, command, reply);
	const bool refused = e == 0 && reply->end == IMAP_END_NO;

	if (e == 0 && reply->end == IMAP_END_OK)
		return IMAP_OK;
	say(v, command, e < 0 ? failure(e) : reply->text);
	if (refused && !imap_text_of_all(reply->text))
		return IMAP_MAILBOX;
	v->gone = e == -EPIPE || (e == 0 && reply->end == IMAP_END_BYE);
	hang_up(v->imap, refused);
	return IMAP_OUTAGE;
}

static enum imap_result
examine(struct visit *v)
{
	char command[COMMAND_MAX];
	struct imap_reply reply;

	snprintf(command, sizeof(command), "EXAMINE %s", v->folder);
	return ask(v, command, &reply);
}

/* How many messages of the folder that is open are `criteria`. */
static enum imap_result
search(struct visit *v, const char *criteria, uint32_t *ret)
{
	const bool esearch = imap_conn_server(v->imap->conn)->esearch;
	char command[COMMAND_MAX];
	struct imap_reply reply;
	enum imap_result r;

	snprintf(command, sizeof(command), "SEARCH %s%s", esearch ? "RETURN (COUNT) " : "",
		 criteria);
	r = ask(v, command, &reply);
	*ret = r == IMAP_OK ? reply.found : 0;
	/* A server may leave the line away that would say "none". */
	return r;
}

/* ---- whose connection ---- */

/* With a login of its own for each mailbox nothing is kept. */
static bool
is_kept(const struct visit *v)
{
	const struct imap *m = v->imap;

	return m->conn && strcmp(m->login, v->login) == 0 &&
	       mono_ms(m->used, clock_now()) <= IDLE_MS && imap_conn_quiet(m->conn);
}

static enum imap_result
open_for(struct visit *v)
{
	struct imap *m = v->imap;
	const struct conf *conf = m->world.conf;
	char text[512];
	struct buf why = BUF(text);
	int e;

	hang_up(m, true);
	if (atomic_load(&m->world.stopped)) {
		buf_str(v->why, "stopped");
		return IMAP_OUTAGE;
	}
	e = imap_conn_open(&m->world, v->login, &m->conn, &why);
	snprintf(m->login, sizeof(m->login), "%s", v->login);
	if (e == 0)
		return IMAP_OK;
	buf_printf(v->why, "%s: login as %s: %s", conf->imap.host[0], v->login, buf_cstr(&why));
	/* one login for all: what it lacks, all lack */
	return e == -EACCES && imap_name_varies(conf->imap.user) ? IMAP_MAILBOX : IMAP_OUTAGE;
}

/* What the connection is not needed for goes. */
static void
leave(struct visit *v, bool examined)
{
	struct imap *m = v->imap;
	struct imap_reply reply;

	if (!m->conn)
		return;
	m->used = clock_now();
	if (imap_name_varies(m->world.conf->imap.user))
		hang_up(m, true);
	else if (examined &&
		 (imap_conn_ask(m->conn, "CLOSE", &reply) < 0 || reply.end == IMAP_END_BYE))
		hang_up(m, false);
}

/* Does `job` on a connection; on a new one when a kept one turns out to be gone. */
static enum imap_result
go(struct visit *v, enum imap_result (*job)(struct visit *v))
{
	const bool kept = is_kept(v);
	enum imap_result r = kept ? IMAP_OK : open_for(v);

	if (r == IMAP_OK)
		r = job(v);
	if (r != IMAP_OUTAGE || !kept || !v->gone)
		return r;
	v->why->n = v->why_n;
	r = open_for(v);
	return r == IMAP_OK ? job(v) : r;
}

/* The names of the mailbox; an outage of nobody but itself. */
static bool
name(struct visit *v, const struct imap_who *who)
{
	const struct conf *conf = v->imap->world.conf;
	char text[IMAP_NAME_MAX];
	struct buf login = BUF(v->login), folder = BUF(text), wire = BUF(v->folder);
	int e = imap_name_fill(conf->imap.user, who, &login);

	if (e == 0)
		e = imap_name_fill(conf->imap.folder, who, &folder);
	buf_cstr(&login);
	buf_cstr(&folder);
	if (e == 0)
		e = imap_name_folder(text, &wire);
	buf_cstr(&wire);
	if (e == 0 && !login.full && !folder.full && !wire.full)
		return true;
	clean_text(slice_str(who->address), text, sizeof(text));
	buf_printf(v->why, "%.256s: %s", text,
		   e == -ENOENT ? "imap.user or imap.folder asks for what it does not have"
				: "no login or folder can be made of it");
	return false;
}

/* ---- how many ---- */

#define VOICE  "UNDELETED HEADER Message-Context voice-message"
#define URGENT VOICE " HEADER Importance high"

static uint16_t
at_most(uint32_t n)
{
	return n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

/* All of them and the unread; what changes in between is counted by the next look. */
static enum imap_result
count_pair(struct visit *v, const char *all, const char *unseen, uint16_t *ret_fresh,
	   uint16_t *ret_old)
{
	uint32_t n = 0, fresh = 0;
	enum imap_result r = search(v, all, &n);

	if (r == IMAP_OK && n > 0)
		r = search(v, unseen, &fresh);
	*ret_fresh = at_most(fresh);
	*ret_old = at_most(n > fresh ? n - fresh : 0);
	return r;
}

static enum imap_result
count(struct visit *v)
{
	struct tally *t = v->tally;
	enum imap_result r = examine(v);

	*t = (struct tally){0};
	if (r == IMAP_OK)
		r = count_pair(v, VOICE, VOICE " UNSEEN", &t->fresh, &t->old);
	if (r == IMAP_OK && (t->fresh || t->old))
		r = count_pair(v, URGENT, URGENT " UNSEEN", &t->fresh_urgent, &t->old_urgent);
	return r;
}

static bool
is_same(const struct imap_status *a, const struct imap_status *b)
{
	return a->messages == b->messages && a->unseen == b->unseen && a->uidnext == b->uidnext &&
	       a->uidvalidity == b->uidvalidity && a->modseq == b->modseq;
}

static enum imap_result
look(struct visit *v)
{
	const bool condstore = imap_conn_server(v->imap->conn)->condstore;
	char command[COMMAND_MAX];
	struct imap_reply reply;
	enum imap_result r;

	snprintf(command, sizeof(command), "STATUS %s (MESSAGES UNSEEN UIDNEXT UIDVALIDITY%s)",
		 v->folder, condstore ? " HIGHESTMODSEQ" : "");
	r = ask(v, command, &reply);
	if (r == IMAP_OK && !reply.has_status) {
		say(v, command, "an answer without what was asked");
		hang_up(v->imap, false);
		return IMAP_OUTAGE;
	}
	if (r != IMAP_OK || (is_same(&reply.status, v->known) &&
			     (reply.status.modseq != 0 || ++v->imap->looks % BLIND_LOOKS != 0)))
		return r;
	r = count(v);
	v->changed = r == IMAP_OK;
	if (v->changed)
		*v->known = reply.status;
	return r;
}

enum imap_result
imap_count(struct imap *m, const struct imap_who *who, struct imap_status *known, struct tally *ret,
	   bool *ret_changed, struct buf *why)
{
	struct tally tally = {0};
	struct visit v = {.imap = m, .why = why, .why_n = why->n, .known = known, .tally = &tally};
	enum imap_result r = name(&v, who) ? go(&v, look) : IMAP_MAILBOX;

	leave(&v, v.changed);
	*ret_changed = v.changed;
	if (v.changed)
		*ret = tally;
	return r;
}

/* ---- whether ---- */

static enum imap_result
find(struct visit *v)
{
	char criteria[COMMAND_MAX / 2];
	uint32_t n = 0;
	enum imap_result r = examine(v);

	snprintf(criteria, sizeof(criteria), "HEADER Message-ID \"%s\"", v->message_id);
	if (r == IMAP_OK)
		r = search(v, criteria, &n);
	v->seen = n > 0;
	return r;
}

/* Until imap.rate allows the next look; a stop ends it, which the look then sees. */
static void
wait_for_turn(struct imap *m)
{
	struct pollfd fd = {.fd = m->world.stop_fd, .events = POLLIN};
	const int64_t ms = mono_set(m->next) ? mono_ms(clock_now(), m->next) : 0;

	if (ms > 0)
		(void)poll(&fd, 1, (int)ms);
	m->next = mono_add(clock_now(), 1000 / m->world.conf->imap.rate);
}

static bool
is_message_id(const char *id)
{
	const size_t n = strlen(id);

	for (const char *p = id; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\\')
			return false;
	return n > 0 && n <= 512;
}

int
imap_seen(struct imap *m, const struct imap_who *who, const char *message_id, struct buf *why)
{
	struct visit v = {.imap = m, .why = why, .why_n = why->n, .message_id = message_id};
	enum imap_result r;

	if (!is_message_id(message_id)) {
		buf_str(why, "that is no Message-ID");
		return -EINVAL;
	}
	wait_for_turn(m);
	r = name(&v, who) ? go(&v, find) : IMAP_MAILBOX;
	leave(&v, true);
	if (r == IMAP_OK)
		return v.seen;
	return r == IMAP_MAILBOX ? -ENOENT : -EIO;
}
