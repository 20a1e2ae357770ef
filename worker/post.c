/* post: see post.h. */
#include "worker/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf/mailbox_folder.h"
#include "ipc/base/mailaddr.h"
#include "worker/mail.h"
#include "worker/maildir.h"
#include "worker/submit.h"
#include "worker/trial.h"

struct post {
	const struct conf *conf;
	struct mail_style style;
	char pattern[MAILBOX_PATTERN_MAX]; /* of Maildirs */
	struct submit *submit;             /* NULL: Maildirs */
	struct submit *trial;              /* the same for um-ctl test-mail, on its own thread */
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
	mailbox_folder_pattern(conf, p->pattern);
	if (conf->mail.delivery != DELIVERY_SMTP)
		return p;
	p->submit = submit_new(conf);
	p->trial = submit_new(conf);
	if (p->submit != NULL && p->trial != NULL)
		return p;
	post_free(p);
	return NULL;
}

void
post_stop(struct post *p)
{
	if (p->submit == NULL)
		return;
	submit_stop(p->submit);
	submit_stop(p->trial);
}

int64_t
post_rest(void *arg)
{
	struct post *p = arg;
	return p->submit != NULL ? submit_rest(p->submit) : -1;
}

void
post_free(struct post *p)
{
	if (p != NULL) {
		submit_free(p->submit);
		submit_free(p->trial);
	}
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
find_folder(const struct post *p, const char *mailbox, const char *address, char folder[PATH_MAX],
	    struct courier_result *ret)
{
	struct slice local = slice_str(mailbox), domain = SLICE("local");
	const char *at = strrchr(address, '@');
	if (at != NULL)
		domain = slice_str(at + 1);
	int e = mailbox_folder_of(p->pattern, local, domain, folder);
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
	    .mark = l->type != LETTER_VOICE ? NULL
		    : l->important          ? MAILDIR_URGENT
					    : MAILDIR_VOICE,
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

/* The server's word is its own: that a message is in the mailbox is known later, if ever. */
static void
to_server(struct post *p, const struct letter *l, const struct mail *mail,
	  struct courier_result *ret)
{
	const struct envelope e = {.from = mail->from,
				   .to = mail->to,
				   .id = l->id,
				   .confirm = p->conf->mail.reports[0] != '\0'};
	struct submit_reply reply;
	if (mail->to[0] == '\0') {
		ret->outcome = OUTCOME_NEVER;
		snprintf(ret->text, sizeof(ret->text), "mailbox %s has no address to send to",
			 l->mailbox);
		return;
	}
	submit_send(p->submit, &e, (struct slice){mail->bytes, mail->n}, false, &reply);
	ret->outcome = reply.outcome;
	ret->confirmed = false;
	ret->reported = reply.reported;
	snprintf(ret->text, sizeof(ret->text), "%.500s", reply.text);
}

void
post_deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	struct post *p = arg;
	struct buf why = BUF(ret->text);
	char folder[PATH_MAX];
	struct mail mail;
	if (p->submit == NULL && (!find_folder(p, l->mailbox, l->recipient_address, folder, ret) ||
				  (again && is_there(l, folder, ret))))
		return;
	int e = mail_build(l, &p->style, p->conf->recording.spool, &mail, &why);
	if (e != 0) {
		buf_cstr(&why);
		ret->outcome = outcome_of(e);
		return;
	}
	if (p->submit != NULL)
		to_server(p, l, &mail, ret);
	else
		into_maildir(l, &mail, folder, ret);
	mail_free(&mail);
}

/* ---- um-ctl test-mail ---- */

static void
test_maildir(struct post *p, struct slice local, const char *address, const char *id,
	     struct slice text, struct courier_result *ret)
{
	char mailbox[MAILADDR_MAX + 1], folder[PATH_MAX];
	snprintf(mailbox, sizeof(mailbox), "%.*s", (int)local.n, local.p);
	if (!find_folder(p, mailbox, address, folder, ret))
		return;
	const struct maildir_mail m = {
	    .folder = folder, .id = id, .received = (int64_t)time(NULL), .text = text};
	int e = maildir_deliver(&m);
	if (e < 0)
		fail(ret, e, folder);
	else
		delivered(ret, folder, "written into ");
}

static void
test_server(struct post *p, const char *address, const char *id, struct slice text,
	    struct courier_result *ret)
{
	const struct envelope e = {.from = p->conf->mail.sender, .to = address, .id = id};
	struct submit_reply reply;
	submit_send(p->trial, &e, text, true, &reply);
	ret->outcome = reply.outcome;
	snprintf(ret->text, sizeof(ret->text), "%.500s", reply.text);
}

static int
status_of(enum outcome o)
{
	return o == OUTCOME_DELIVERED ? 0 : o == OUTCOME_NEVER ? -EREMOTEIO : -EAGAIN;
}

int
post_test(void *arg, struct slice address, struct buf *out)
{
	struct post *p = arg;
	struct courier_result r = {.outcome = OUTCOME_LATER};
	char to[MAILADDR_MAX + 1], shown[2 * MAILADDR_MAX], id[TRIAL_ID_MAX], space[TRIAL_TEXT_MAX];
	struct buf text = BUF(space);
	struct slice local = address;
	struct timespec now;
	/* A Maildir may belong to an extension that has no address. */
	const bool bare = p->submit == NULL && mailaddr_local_ok(address);
	if (!bare && !mailaddr_ok(address, &local)) {
		buf_str(out, "that is no mail address\n");
		return -EINVAL;
	}
	snprintf(to, sizeof(to), "%.*s", (int)address.n, address.p);
	clock_gettime(CLOCK_REALTIME, &now);
	trial_id(now, id);
	snprintf(shown, sizeof(shown), "%s%s", to, bare ? strrchr(p->conf->mail.sender, '@') : "");
	trial_text(p->conf->mail.sender, slice_str(shown), id, now.tv_sec, &text);
	if (p->submit != NULL)
		test_server(p, to, id, (struct slice){text.p, text.n}, &r);
	else
		test_maildir(p, local, to, id, (struct slice){text.p, text.n}, &r);
	buf_printf(out, "%s: %s\n", r.outcome == OUTCOME_DELIVERED ? "delivered" : "not delivered",
		   r.text);
	if (p->submit != NULL) {
		buf_str(out, submit_dialogue(p->trial));
		submit_quit(p->trial);
	}
	return status_of(r.outcome);
}
