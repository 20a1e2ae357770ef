/* certificate: see certificate.h. */
#include "supervisor/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ipc/base/log.h"
#include "supervisor/tls.h"

enum {
	LOOK_MS = 3000, /* a change is taken over when it has stood for one more look */
	DAY_S = 86400,
};

/* What tells a file from the one that was there before, also behind a symbolic link. */
struct mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct marks {
	struct mark file[4]; /* certificate, key, ca, crl */
};

struct certificate {
	const struct conf *conf;
	struct tls *tls; /* NULL: no TLS */
	struct loop_timer *look;
	struct marks tried, seen; /* as at the last attempt, and at the last look */
	uint64_t loads, refusals;
	time_t refused;
	char refusal[TLS_TEXT];
	time_t reminded;     /* of the certificate's end */
	time_t reminded_crl; /* of the end of a revocation list */
};

static void
mark_file(const char *path, struct mark *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (path[0] == '\0' || stat(path, &st) < 0)
		return;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	ret->size = st.st_size;
	ret->changed = st.st_mtim;
}

static bool
same_file(const struct mark *a, const struct mark *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static struct marks
mark_files(const struct conf *conf)
{
	struct marks m;

	mark_file(conf->tls.certificate, &m.file[0]);
	mark_file(conf->tls.key, &m.file[1]);
	mark_file(conf->tls.ca, &m.file[2]);
	mark_file(conf->tls.crl, &m.file[3]);
	return m;
}

static bool
same(const struct marks *a, const struct marks *b)
{
	return same_file(&a->file[0], &b->file[0]) && same_file(&a->file[1], &b->file[1]) &&
	       same_file(&a->file[2], &b->file[2]) && same_file(&a->file[3], &b->file[3]);
}

static long
days_left(const struct tls_report *r, time_t now)
{
	return (long)((r->not_after - now) / DAY_S);
}

/* "CN = um.example.com (dns:um.example.com), 59 days left". */
static void
describe(const struct tls_report *r, struct buf *out)
{
	buf_printf(out, "%s (%s), %ld days left", r->subject, r->names, days_left(r, time(NULL)));
	if (r->crls > 0)
		buf_printf(out, "; %zu revoked", r->revoked);
	if (r->nwarning > 0)
		buf_printf(out, "; %zu warning%s", r->nwarning, r->nwarning > 1 ? "s" : "");
}

/* Reads what `conf` names and takes it into use, or says why not. */
static int
load(struct certificate *c, const struct conf *conf, struct buf *why)
{
	const struct marks before = mark_files(conf);
	const int error = tls_load(c->tls, conf, time(NULL), why);
	const struct tls_report *r = tls_report(c->tls);
	char text[2 * TLS_TEXT];
	struct buf line = BUF(text);

	if (!error || conf == c->conf)
		c->tried = before;
	if (error)
		return error;
	c->refused = c->reminded = c->reminded_crl = 0;
	describe(r, &line);
	log_notice(LOG_TLS, "certificate in use: %s", buf_cstr(&line));
	for (size_t i = 0; i < r->nwarning; i++)
		log_warn(LOG_TLS, "the certificate %s: %s", conf->tls.certificate, r->warning[i]);
	return 0;
}

/* Reading again while one is in use; `why` is empty at first. */
static int
load_again(struct certificate *c, struct buf *why)
{
	const int error = load(c, c->conf, why);

	if (!error) {
		c->loads++;
		return 0;
	}
	c->refusals++;
	c->refused = time(NULL);
	snprintf(c->refusal, sizeof(c->refusal), "%s", buf_cstr(why));
	log_err(LOG_TLS, "certificate not taken over, the one in use stays: %s", c->refusal);
	return error;
}

static void
remind(struct certificate *c)
{
	const struct tls_report *r = tls_report(c->tls);
	const time_t now = time(NULL);

	if ((int64_t)(r->not_after - now) * 1000 >= c->conf->tls.expiry_warning ||
	    (c->reminded && now - c->reminded < DAY_S))
		return;
	c->reminded = now;
	if (now >= r->not_after)
		log_err(LOG_TLS, "the certificate %s has expired: telephone systems refuse it",
			c->conf->tls.certificate);
	else
		log_warn(LOG_TLS, "the certificate %s ends in %ld days", c->conf->tls.certificate,
			 days_left(r, now));
}

/* Once when it has ended, and then every day. */
static void
remind_crl(struct certificate *c)
{
	const struct tls_report *r = tls_report(c->tls);
	const time_t now = time(NULL);

	if (!r->crl_end || now < r->crl_end || (c->reminded_crl && now - c->reminded_crl < DAY_S))
		return;
	c->reminded_crl = now;
	log_warn(LOG_TLS,
		 "a revocation list in %s is out of date: it still counts, but what was revoked "
		 "since is not known",
		 c->conf->tls.crl);
}

/* Certificate and key are never replaced in one moment: only what has come to rest is read. */
static void
on_look(void *arg)
{
	struct certificate *c = arg;
	const struct marks now = mark_files(c->conf), before = c->seen;
	char text[TLS_TEXT];
	struct buf why = BUF(text);

	c->seen = now;
	if (!same(&now, &c->tried) && same(&now, &before))
		load_again(c, &why);
	remind(c);
	remind_crl(c);
}

int
certificate_new(struct loop *l, const struct conf *conf, struct certificate **ret, struct buf *why)
{
	struct certificate *c = calloc(1, sizeof(*c));
	int error = 0;

	if (!c)
		return -ENOMEM;
	c->conf = conf;
	if (conf->listen.tls) {
		c->tls = tls_new();
		error = c->tls ? load(c, conf, why) : -ENOMEM;
	}
	if (error) {
		certificate_free(c);
		return error;
	}
	if (c->tls) {
		c->seen = c->tried;
		c->look = loop_timer_new(l, "certificate", on_look, c);
		loop_timer_every(c->look, LOOK_MS);
		remind(c);
		remind_crl(c);
	}
	*ret = c;
	return 0;
}

struct tls *
certificate_tls(const struct certificate *c)
{
	return c->tls;
}

int
certificate_reload(struct certificate *c, struct buf *say)
{
	char text[TLS_TEXT];
	struct buf why = BUF(text);

	if (!c->tls) {
		buf_str(say, "there is no TLS: listen.transports has no tls");
		return -ENOENT;
	}
	const int error = load_again(c, &why);
	if (error) {
		buf_slice(say, (struct slice){why.p, why.n});
		buf_str(say, "; the one in use stays");
	} else {
		buf_str(say, "certificate in use: ");
		describe(tls_report(c->tls), say);
	}
	return error;
}

static bool
same_tls(const struct conf *a, const struct conf *b)
{
	return strcmp(a->tls.certificate, b->tls.certificate) == 0 &&
	       strcmp(a->tls.key, b->tls.key) == 0 && strcmp(a->tls.ca, b->tls.ca) == 0 &&
	       strcmp(a->tls.crl, b->tls.crl) == 0 && a->tls.nhost == b->tls.nhost &&
	       memcmp(a->tls.host, b->tls.host, sizeof(a->tls.host)) == 0;
}

int
certificate_conf(struct certificate *c, const struct conf *conf, struct buf *why)
{
	const bool other = c->tls && !same_tls(c->conf, conf);
	const int error = other ? load(c, conf, why) : 0;

	if (error)
		return error;
	c->conf = conf;
	c->loads += other;
	return 0;
}

void
certificate_report(const struct certificate *c, struct tls_report *ret)
{
	*ret = c->tls ? *tls_report(c->tls) : (struct tls_report){0};
	ret->loads = c->loads;
	ret->refusals = c->refusals;
	ret->refused = c->refused;
	memcpy(ret->refusal, c->refusal, sizeof(ret->refusal));
}

void
certificate_free(struct certificate *c)
{
	if (!c)
		return;
	loop_timer_free(c->look);
	tls_free(c->tls);
	free(c);
}
