/* post: see post.h. */
#include "worker/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/mail.h"
#include "worker/maildir.h"

struct post {
	const struct conf *conf;
	struct mail_style style;
	char pattern[CONF_PATH_MAX + 8]; /* of Maildirs */
};

struct post *
post_new(const struct conf *conf)
{
	struct post *p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->conf = conf;
	p->style = (struct mail_style){
	    .sender = conf->mail.sender,
	    .sender_name = conf->mail.sender_name,
	    .note = conf->mail.note,
	    .audio = conf->mail.audio,
	};
	if (conf->mail.maildir[0] != '\0')
		snprintf(p->pattern, sizeof(p->pattern), "%s", conf->mail.maildir);
	else
		snprintf(p->pattern, sizeof(p->pattern), "%s/mail", conf->state.directory);
	return p;
}

void
post_free(struct post *p)
{
	free(p);
}

/* What the disk says: full or failing for all, or only for this mailbox. */
static enum outcome
outcome_of(int e)
{
	switch (e) {
	case -ENOSPC:
	case -EROFS:
	case -EIO:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE: return OUTCOME_OUTAGE;
	case -ENAMETOOLONG:
	case -EBADMSG: return OUTCOME_NEVER;
	default: return OUTCOME_LATER;
	}
}

static void
fail(struct courier_result *ret, int e, const char *what)
{
	ret->outcome = outcome_of(e);
	snprintf(ret->text, sizeof(ret->text), "%.300s: %s", what, strerror(-e));
}

static bool
find_folder(const struct post *p, const struct letter *l, char folder[PATH_MAX],
	    struct courier_result *ret)
{
	struct slice local = slice_str(l->mailbox), domain = SLICE("local");
	const char *at = strrchr(l->recipient_address, '@');
	if (at != NULL)
		domain = slice_str(at + 1);
	int e = maildir_path(p->pattern, local, domain, folder);
	if (e != 0)
		fail(ret, e, p->pattern);
	return e == 0;
}

static void
delivered(struct courier_result *ret, const char *folder, const char *how)
{
	ret->outcome = OUTCOME_DELIVERED;
	ret->confirmed = true;
	snprintf(ret->text, sizeof(ret->text), "%s%.400s", how, folder);
}

static void
into_maildir(const struct letter *l, const struct mail *mail, const char *folder,
	     struct courier_result *ret)
{
	const struct maildir_mail m = {
	    .folder = folder,
	    .id = l->id,
	    .received = l->received,
	    .text = {mail->bytes, mail->n},
	};
	int e = maildir_deliver(&m);
	if (e < 0)
		fail(ret, e, folder);
	else
		delivered(ret, folder, "");
}

/* Looked for before the mail is made: encoding takes its time. */
static bool
is_there(const struct letter *l, const char *folder, struct courier_result *ret)
{
	int there = maildir_has(folder, l->id);
	if (there > 0)
		delivered(ret, folder, "found in ");
	else if (there < 0)
		fail(ret, there, folder);
	return there != 0;
}

void
post_deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	struct post *p = arg;
	struct buf why = BUF(ret->text);
	char folder[PATH_MAX];
	struct mail mail;
	if (!find_folder(p, l, folder, ret) || (again && is_there(l, folder, ret)))
		return;
	int e = mail_build(l, &p->style, p->conf->recording.spool, &mail, &why);
	if (e != 0) {
		buf_cstr(&why);
		ret->outcome = outcome_of(e);
		return;
	}
	into_maildir(l, &mail, folder, ret);
	mail_free(&mail);
}
