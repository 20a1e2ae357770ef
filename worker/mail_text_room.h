/* mail_text_room: what the files of the room "mail_text" share.  Nobody else includes it. */
#ifndef EVERTRUNK_MAIL_TEXT_ROOM_H
#define EVERTRUNK_MAIL_TEXT_ROOM_H

#include "worker/mail_text.h"

enum {
	MAIL_ROWS_MAX = 8,
	MAIL_LINES_MAX = 3,
	MAIL_ENTRY_REASON = 200, /* bytes of a reason that an entry shows */
	MAIL_ENTRY_MAX = MAIL_ENTRY_REASON + 4 * MAIL_NAME_MAX + 128,
};

/* What a message says, before it is laid out. */
struct mail_view {
	char first[MAIL_LINE_MAX]; /* "You have a voice message from ..." */
	struct {
		const char *label;
		char value[MAIL_LINE_MAX];
		const char *dial; /* "": no link */
	} rows[MAIL_ROWS_MAX];
	size_t nrows;
	char entries[MAIL_ABOUT_MAX][MAIL_ENTRY_MAX]; /* a list */
	size_t nentries;
	const char *lines[MAIL_LINES_MAX]; /* important, private, interrupted */
	size_t nlines;
	char more[MAIL_NAME_MAX]; /* one of the lines may be this */
};

/* mail_text.c */
void mail_text_view(const struct mail_facts *f, struct mail_view *v);
/* The pattern with everything in its place; `caller` for {caller}. */
void mail_text_fill(const struct mail_facts *f, const char *pattern, const char *caller,
		    struct buf *out);
/* "22 November 2026, 01:47 CET (UTC+01:00)", "" when it is not known. */
void mail_text_time(const struct mail_facts *f, struct buf *out);
/* None for an empty value. */
void mail_text_row(struct mail_view *v, const char *label, const char *value, const char *dial);

/* mail_text_notice.c: the same of a notice to the operator. */
void mail_text_notice(const struct mail_facts *f, struct mail_view *v);
/* The pattern of the subject. */
const char *mail_text_notice_subject(const struct mail_facts *f);

#endif
