/* mail_text_notice: what a notice to the operator says: of one message everything, of many a list.
 * Part of the room mail_text; see mail_text.h. */
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail_text_room.h"
#include "worker/mail_words.h"

/* How one gets it out of bad/ again (docs/um-ctl.md). */
#define RELEASE "um-ctl queue release "

static bool
is_many(const struct mail_facts *f)
{
	return f->notice->count > 1;
}

/* The cell, or the one behind it that is for many. */
static const char *
cell(const struct mail_facts *f, enum mail_notice_cell one)
{
	return mail_words_notice(f->culture)->cells[is_many(f) ? one + 1 : one];
}

_Static_assert(MAIL_NOTICE_EXPIRED_MANY == MAIL_NOTICE_EXPIRED + 1 &&
		   MAIL_NOTICE_EXPIRED_TEXT_MANY == MAIL_NOTICE_EXPIRED_TEXT + 1 &&
		   MAIL_NOTICE_AGAIN_MANY == MAIL_NOTICE_AGAIN + 1 &&
		   MAIL_NOTICE_AGAIN_TEXT_MANY == MAIL_NOTICE_AGAIN_TEXT + 1,
	       "cell()");

const char *
mail_text_notice_subject(const struct mail_facts *f)
{
	return cell(f, f->notice->again ? MAIL_NOTICE_AGAIN : MAIL_NOTICE_EXPIRED);
}

static void
put_when(const struct mail_facts *f, const struct mail_about *a, struct buf *out)
{
	struct mail_facts at = *f;
	at.when = a->when;
	mail_text_time(&at, out);
}

/* ---- one ---- */

static void
put_one(const struct mail_facts *f, struct mail_view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	const struct mail_about *a = &f->notice->about[0];
	char when[MAIL_NAME_MAX];
	struct buf t = BUF(when);
	put_when(f, a, &t);
	mail_text_row(v, w->cells[MAIL_LABEL_FOR], a->recipient, "");
	mail_text_row(v, w->cells[MAIL_LABEL_CALLER],
		      a->caller[0] != '\0' ? a->caller : w->cells[MAIL_UNKNOWN], "");
	mail_text_row(v, w->cells[MAIL_LABEL_TIME], buf_cstr(&t), "");
}

/* ---- many ---- */

static void
put_labelled(struct buf *out, const char *label, const char *value)
{
	if (value[0] != '\0')
		buf_printf(out, "; %s: %s", label, value);
}

/* Why, where it is not what has been said already. */
static void
put_reason(const struct mail_facts *f, const struct mail_about *a, struct buf *out)
{
	char some[MAIL_ENTRY_REASON];
	if (strcmp(a->reason, f->notice->about[0].reason) == 0)
		return;
	clean_text(slice_str(a->reason), some, sizeof(some));
	put_labelled(out, mail_words_notice(f->culture)->cells[MAIL_NOTICE_LABEL_REASON], some);
}

static void
put_entry(const struct mail_facts *f, const struct mail_about *a, struct mail_view *v)
{
	const struct mail_words *w = mail_words_of(f->culture);
	struct buf out = BUF(v->entries[v->nentries]);
	char when[MAIL_NAME_MAX];
	struct buf t = BUF(when);
	put_when(f, a, &t);
	buf_str(&out, a->id);
	put_labelled(&out, w->cells[MAIL_LABEL_FOR], a->recipient);
	put_labelled(&out, w->cells[MAIL_LABEL_CALLER], a->caller);
	put_labelled(&out, w->cells[MAIL_LABEL_TIME], buf_cstr(&t));
	put_reason(f, a, &out);
	(void)buf_cstr(&out);
	v->nentries++;
}

static void
put_many(const struct mail_facts *f, struct mail_view *v)
{
	const struct mail_notice_words *w = mail_words_notice(f->culture);
	struct mail_notice rest = {.count = f->notice->count - f->notice->nabout};
	struct mail_facts left = *f;
	struct buf more = BUF(v->more);
	for (uint32_t i = 0; i < f->notice->nabout; i++)
		put_entry(f, &f->notice->about[i], v);
	if (rest.count == 0)
		return;
	left.notice = &rest;
	mail_text_fill(&left, w->cells[MAIL_NOTICE_MORE], "", &more);
	(void)buf_cstr(&more);
	v->lines[v->nlines++] = v->more;
}

/* ---- both ---- */

void
mail_text_notice(const struct mail_facts *f, struct mail_view *v)
{
	const struct mail_notice_words *w = mail_words_notice(f->culture);
	const struct mail_about *a = &f->notice->about[0];
	struct buf first = BUF(v->first);
	char command[2 * MAIL_NAME_MAX];
	struct buf c = BUF(command);
	mail_text_fill(
	    f, cell(f, f->notice->again ? MAIL_NOTICE_AGAIN_TEXT : MAIL_NOTICE_EXPIRED_TEXT), "",
	    &first);
	(void)buf_cstr(&first);
	if (!is_many(f))
		put_one(f, v);
	mail_text_row(v, w->cells[MAIL_NOTICE_LABEL_REASON], a->reason, "");
	if (!f->notice->again) {
		buf_printf(&c, RELEASE "%s", is_many(f) ? "GUID" : a->id);
		mail_text_row(v, w->cells[MAIL_NOTICE_LABEL_FILES], f->notice->files, "");
		mail_text_row(v, w->cells[MAIL_NOTICE_LABEL_COMMAND], buf_cstr(&c), "");
	}
	if (is_many(f))
		put_many(f, v);
}
