/* courier_notice: what the operator is told by mail of messages that were not delivered.
 * Part of the room courier; see courier_room.h.
 * What there is to tell is gathered in a journal in the spool, a line a message, so that it
 * outlives the worker, and that ten thousand messages make one mail; now and then the journal
 * becomes items of the queue, one for each operator and kind. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ipc/base/clean.h"
#include "ipc/base/log.h"
#include "worker/courier_room.h"
#include "worker/spool.h"
#include "worker/spool_disk.h"
#include "worker/words.h"

#define JOURNAL ".notices"

enum {
	GATHER_MS = 5000,   /* what comes so soon after the first is told with it */
	PAUSE_MS = 600000,  /* between two mails: an operator reads no more than that */
	TROUBLE_MS = 60000, /* it could not be written: a full disk */
	GROUPS_MAX = 64,    /* kinds and operators of one round; the rest is in the log only */
	LINE_MAX_ = LETTER_ABOUT_TEXT_MAX + 512,
};

/* ---- the journal ---- */

static const char *
operator_of(const struct courier *c, const struct letter *l)
{
	return c->with.operator_ != NULL && c->with.operator_[0] != '\0' ? c->with.operator_
									 : l->operator_;
}

/* All of it or nothing: half a line would spoil the next one. */
static int
append(int fd, struct slice line)
{
	size_t done;
	off_t end = lseek(fd, 0, SEEK_END);
	int e = end < 0 ? -errno : spool_disk_write(fd, line, end, &done);
	if (e == 0)
		return fdatasync(fd) == 0 ? 0 : -errno;
	if (end >= 0 && ftruncate(fd, end) != 0)
		log_debug(LOG_MAIL, JOURNAL ": half a line stays: %s", strerror(errno));
	return e;
}

static int
write_line(struct courier *c, struct slice line)
{
	int fd = openat(queue_folder(c->queue, QUEUE_HERE), JOURNAL,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	int e = fd < 0 ? -errno : append(fd, line);
	if (fd >= 0)
		close(fd);
	return e;
}

/* "Ann Other (+31201234567)". */
static void
put_person(const char *name, const char *address, char *out, size_t size)
{
	char who[96];
	clean_text(slice_str(name), who, sizeof(who));
	if (name[0] == '\0' || address[0] == '\0' || strcmp(name, address) == 0)
		clean_text(slice_str(name[0] != '\0' ? name : address), out, size);
	else
		snprintf(out, size, "%s (%.*s)", who, (int)(size - strlen(who)) - 4, address);
}

static void
describe(const struct courier *c, const struct letter *l, const char *reason,
	 struct letter_about *ret)
{
	const struct queue_item *i = queue_find(c->queue, l->id);
	const int64_t since = i != NULL ? i->since : l->received, now = (int64_t)time(NULL);
	*ret = (struct letter_about){.received = l->received};
	snprintf(ret->id, sizeof(ret->id), "%s", l->id);
	put_person(l->recipient_name,
		   l->recipient_address[0] != '\0' ? l->recipient_address : l->mailbox,
		   ret->recipient, sizeof(ret->recipient));
	put_person(l->caller_name, l->caller_id, ret->caller, sizeof(ret->caller));
	clean_text(slice_str(reason), ret->reason, sizeof(ret->reason));
	if (since > 0 && now > since)
		ret->tried_s = (uint32_t)(now - since);
}

void
courier_notice(struct courier *c, const struct letter *l, enum notice_kind kind, const char *reason)
{
	char text[LINE_MAX_];
	struct buf line = BUF(text);
	struct letter_about about;
	const char *whom = operator_of(c, l);
	if (l->type == LETTER_NOTICE || c->queue == NULL)
		return; /* of a notice no other is made: it would fare no better */
	if (whom[0] == '\0') {
		log_warn(LOG_MAIL, "%s: no operator is known who could be told; mail.operator",
			 l->id);
		return;
	}
	describe(c, l, reason, &about);
	buf_printf(&line, "%s\t%s\t%s\t", letter_notice_name(kind), whom, l->culture);
	letter_about_write(&about, &line);
	buf_str(&line, "\n");
	int e = line.full ? -ENAMETOOLONG : write_line(c, (struct slice){text, line.n});
	if (e != 0)
		log_err(LOG_MAIL, "%s: %s is not told of it: %s: %s", l->id, whom, JOURNAL,
			strerror(-e));
	else if (!mono_set(c->notice_due))
		courier_notice_found(c, clock_now());
}

/* ---- the mails ---- */

/* What goes to one operator. */
struct group {
	struct group *next;
	struct letter l;
};

static struct group *
group_of(struct group **all, const struct letter *key)
{
	unsigned n = 0;
	for (; *all != NULL; all = &(*all)->next, n++)
		if ((*all)->l.notice == key->notice &&
		    strcmp((*all)->l.recipient_address, key->recipient_address) == 0)
			return *all;
	if (n == GROUPS_MAX)
		return NULL;
	*all = calloc(1, sizeof(**all));
	if (*all == NULL)
		return NULL;
	(*all)->l = *key;
	return *all;
}

/* A line of the journal; false: it is none, or there are too many operators. */
static bool
gather(struct group **all, struct slice line, struct letter *key)
{
	struct slice rest = line, kind = words_until(&rest, '\t'), whom = words_until(&rest, '\t'),
		     culture = words_until(&rest, '\t');
	struct letter_about about;
	*key = (struct letter){.type = LETTER_NOTICE, .received = (int64_t)time(NULL)};
	snprintf(key->recipient_address, sizeof(key->recipient_address), "%.*s", (int)whom.n,
		 whom.p);
	snprintf(key->culture, sizeof(key->culture), "%.*s", (int)culture.n, culture.p);
	if (!letter_notice_kind(kind, &key->notice) || !letter_about_read(rest, &about))
		return false;
	struct group *g = group_of(all, key);
	if (g == NULL)
		return false;
	g->l.important = g->l.notice == NOTICE_EXPIRED;
	g->l.count++;
	if (g->l.nabout < LETTER_ABOUT_MAX)
		g->l.about[g->l.nabout++] = about;
	return true;
}

static struct group *
read_journal(const struct courier *c)
{
	int fd =
	    openat(queue_folder(c->queue, QUEUE_HERE), JOURNAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct letter *key = malloc(sizeof(*key));
	struct group *all = NULL;
	char line[LINE_MAX_];
	while (f != NULL && key != NULL && fgets(line, sizeof(line), f) != NULL)
		if (!gather(&all, slice_trim(slice_str(line)), key))
			log_warn(LOG_MAIL, JOURNAL ": nobody is told of this one: %s", line);
	free(key);
	if (f != NULL)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return all;
}

static int
seal(const struct courier *c, const struct letter *l)
{
	char *text = malloc(LETTER_TEXT_MAX);
	struct buf out = {text, 0, LETTER_TEXT_MAX, false};
	if (text == NULL)
		return -ENOMEM;
	letter_notice_write(l, &out);
	int e = out.full ? -EFBIG
			 : spool_disk_seal_text(queue_folder(c->queue, QUEUE_HERE), l->id,
						(struct slice){text, out.n});
	if (e != 0)
		spool_disk_remove(queue_folder(c->queue, QUEUE_HERE), l->id, SPOOL_TXT_PART);
	free(text);
	return e;
}

/* Items of the queue, which our own watch of the folder finds: all of them or none, so that nobody
 * is told twice when it is tried again. */
static int
put_items(const struct courier *c, struct group *all)
{
	struct spool_header name;
	struct group *g;
	int e = 0;
	for (g = all; g != NULL && e == 0; g = e == 0 ? g->next : g) {
		spool_guid(&name);
		snprintf(g->l.id, sizeof(g->l.id), "%s", name.guid);
		e = seal(c, &g->l);
	}
	for (struct group *done = all; done != g; done = done->next)
		if (e != 0)
			spool_disk_remove(queue_folder(c->queue, QUEUE_HERE), done->l.id,
					  SPOOL_TXT);
		else
			log_notice(LOG_MAIL, "%s: %s is told: %s, %u in all", done->l.id,
				   done->l.recipient_address, letter_notice_name(done->l.notice),
				   done->l.count);
	return e;
}

static void
free_groups(struct group *all)
{
	for (struct group *next; all != NULL; all = next) {
		next = all->next;
		free(all);
	}
}

void
courier_notice_found(struct courier *c, struct mono now)
{
	const int64_t wait = c->with.gather > 0 ? c->with.gather : GATHER_MS;
	struct mono soon = mono_add(now, wait), next = mono_add(c->noticed, PAUSE_MS);
	c->notice_due = mono_set(c->noticed) && next.ns > soon.ns ? next : soon;
}

void
courier_notice_look(struct courier *c, struct mono now)
{
	c->notice_due = c->noticed = (struct mono){0};
	if (faccessat(queue_folder(c->queue, QUEUE_HERE), JOURNAL, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		courier_notice_found(c, now);
}

int64_t
courier_notice_send(struct courier *c, struct mono now)
{
	if (!mono_set(c->notice_due))
		return -1;
	if (c->notice_due.ns > now.ns)
		return mono_ms(now, c->notice_due) + 1;
	struct group *all = read_journal(c);
	int e = put_items(c, all);
	free_groups(all);
	if (e != 0) {
		log_err(LOG_MAIL, "the operator is not told yet: %s", strerror(-e));
		c->notice_due = mono_add(now, TROUBLE_MS);
		return TROUBLE_MS;
	}
	(void)unlinkat(queue_folder(c->queue, QUEUE_HERE), JOURNAL, 0);
	c->notice_due = (struct mono){0};
	c->noticed = now;
	return -1;
}
