/* mail_notice: what the text of a notice to the operator is made of; see mail_room.h. */
#include <time.h>

#include "worker/mail_room.h"

_Static_assert((int)MAIL_ABOUT_MAX >= (int)LETTER_ABOUT_MAX, "a letter's list fits");

#define CLEAN(from, to) mail_field_clean((from), sizeof(from), (to), sizeof(to))

static void
find_about(const struct letter_about *l, struct mail_about *ret)
{
	const time_t t = (time_t)l->received;
	CLEAN(l->id, ret->id);
	CLEAN(l->recipient, ret->recipient);
	CLEAN(l->caller, ret->caller);
	CLEAN(l->reason, ret->reason);
	ret->tried_s = l->tried_s;
	if (t <= 0 || localtime_r(&t, &ret->when) == NULL)
		ret->when.tm_year = -1;
}

void
mail_notice_facts(struct making *m, const char *spool)
{
	const struct letter *l = m->l;
	struct mail_notice *n = &m->notice;
	char path[PATH_MAX];
	n->again = l->notice == NOTICE_UNCONFIRMED;
	n->count = l->count;
	for (; n->nabout < l->nabout && n->nabout < LETTER_ABOUT_MAX; n->nabout++)
		find_about(&l->about[n->nabout], &n->about[n->nabout]);
	snprintf(path, sizeof(path), "%.4000s/bad", spool);
	CLEAN(path, m->files);
	n->files = m->files;
	m->facts.recipient = n->about[0].recipient;
	m->facts.seconds = n->about[0].tried_s;
	m->facts.notice = n;
}
