/* calls_logon: checks an extension and a PIN, on the thread pool, where a hash computes for as long
 * as it likes; the disk's work needs the pool too, so that only a few are checked at a time.
 * A mailbox that nobody has, or that is locked, costs as much as a wrong PIN, and looks like one.
 * See calls_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/pin_hash.h"
#include "ipc/base/log.h"
#include "worker/calls_room.h"
#include "worker/pin.h"

enum { AT_ONCE = 2 };

struct logon {
	struct calls *all;
	struct call *c; /* NULL: it has ended meanwhile */
	struct logon *next;
	struct whose whose; /* of the mailbox, if there is one */
	bool exists;
	char pin[DIALPLAN_NUMBER_MAX];
	char hash[PIN_HASH_MAX];
	char from[MESSAGE_CALL_ID_MAX + CONF_NAME_MAX + DIALPLAN_NUMBER_MAX + 32]; /* for the log */
	struct attempts attempts;
	int error;
	bool right;
};

/* ---- on the pool ---- */

static void
check(void *arg)
{
	struct logon *l = arg;
	const struct calls *all = l->all;
	const struct attempts_rule rule = {
	    .max = all->with.conf->call.logon_attempts,
	    .again = all->with.conf->call.logon_failures,
	    .lock_s = all->with.conf->call.logon_lock / 1000,
	};
	char name[GREETING_NAME_MAX];

	greeting_name(l->whose.dialplan, l->whose.called, "", name);
	if (l->exists)
		l->error = attempts_begin(all->logons, name, &rule, &l->attempts);
	l->right = pin_is(l->pin, l->exists && l->error == 0 ? l->hash : NULL);
	if (l->right)
		l->error = attempts_forget(all->logons, name);
	explicit_bzero(l->pin, sizeof(l->pin));
}

/* ---- on the loop ---- */

static void
free_logon(struct logon *l)
{
	explicit_bzero(l, sizeof(*l));
	free(l);
}

/* What monitoring looks for.  An extension that nobody has may be a PIN in the wrong place: it is
 * not said. */
static void
say_wrong(const struct logon *l)
{
	const struct conf *conf = l->all->with.conf;
	char lock[32];

	if (!l->exists) {
		log_notice(LOG_CALL, "%s: logon failed: no mailbox with a PIN has that extension",
			   l->from);
	} else if (l->error == -EPERM) {
		log_warn(LOG_CALL, "%s: logon refused: mailbox %s of dial plan %s is locked",
			 l->from, l->whose.called, l->whose.dialplan);
	} else if (l->error < 0) {
		log_err(LOG_CALL,
			"%s: logon refused: tries for mailbox %s of dial plan %s cannot be counted "
			"in %s: %s",
			l->from, l->whose.called, l->whose.dialplan, l->all->logons,
			strerror(-l->error));
	} else {
		log_notice(
		    LOG_CALL,
		    "%s: logon failed: wrong PIN for mailbox %s of dial plan %s, %u in a row",
		    l->from, l->whose.called, l->whose.dialplan, l->attempts.wrong);
		if (l->attempts.wrong >= conf->call.logon_attempts)
			log_warn(LOG_CALL,
				 "mailbox %s of dial plan %s is locked for %s: %u wrong PINs in a "
				 "row",
				 l->whose.called, l->whose.dialplan,
				 text_duration_print(conf->call.logon_lock, lock, sizeof(lock)),
				 l->attempts.wrong);
	}
}

static void
say_right(const struct logon *l)
{
	log_info(LOG_CALL, "%s: logged on to mailbox %s of dial plan %s", l->from, l->whose.called,
		 l->whose.dialplan);
	if (l->error < 0)
		log_err(LOG_CALL,
			"the wrong PINs of mailbox %s of dial plan %s stay counted in %s: %s",
			l->whose.called, l->whose.dialplan, l->all->logons, strerror(-l->error));
}

static void
tally(struct calls *all, const struct logon *l)
{
	if (l->right)
		all->logons_right++;
	else if (l->error == -EPERM)
		all->logons_locked++;
	else
		all->logons_wrong++;
}

static void
tell(struct logon *l)
{
	struct call *c = l->c;
	const bool right = l->right;

	if (right)
		say_right(l);
	else
		say_wrong(l);
	tally(l->all, l);
	if (c && right)
		c->whose = l->whose;
	free_logon(l);
	if (!c)
		return;
	c->logon = NULL;
	if (c->media)
		calls_access_checked(c, right);
}

static void start(struct calls *all);

static void
on_checked(void *arg)
{
	struct logon *l = arg;
	struct calls *all = l->all;

	all->checking--;
	tell(l);
	if (all->freed && all->checking == 0)
		calls_delete(all);
	else
		start(all);
}

/* Who has hung up while he waited is not checked. */
static struct logon *
take_waiting(struct calls *all)
{
	struct logon *l;

	while ((l = all->waiting) != NULL) {
		all->waiting = l->next;
		if (l->c)
			return l;
		free_logon(l);
	}
	return NULL;
}

static void
start(struct calls *all)
{
	struct logon *l;

	while (all->checking < AT_ONCE && (l = take_waiting(all)) != NULL) {
		all->checking++;
		if (loop_work(all->with.loop, check, on_checked, l) == 0)
			continue; /* and it is the pool's: not even read any more */
		all->checking--;
		l->error = -EAGAIN;
		tell(l);
	}
}

static void
find_mailbox(struct logon *l, const struct call *c)
{
	const struct mailboxes *boxes = directory_view(c->all->with.directory);
	const char *hash = "";

	l->whose = c->whose;
	l->exists = boxes && whose_log_on(boxes, c->access.extension, &l->whose, &hash);
	snprintf(l->hash, sizeof(l->hash), "%s", hash);
	snprintf(l->from, sizeof(l->from), "call %.*s: from %s over trunk %s", c->call_id_len,
		 c->call_id, c->whose.caller[0] ? c->whose.caller : "(unknown)", c->trunk->name);
}

void
calls_check(struct call *c)
{
	struct logon *l = calloc(1, sizeof(*l)), **last = &c->all->waiting;

	if (!l)
		log_fatal(LOG_CALL, "out of memory");
	l->all = c->all;
	l->c = c;
	find_mailbox(l, c);
	access_take_pin(&c->access, l->pin);
	c->logon = l;
	while (*last)
		last = &(*last)->next;
	*last = l;
	start(c->all);
}

void
calls_forget_check(struct call *c)
{
	if (c->logon)
		c->logon->c = NULL;
}
