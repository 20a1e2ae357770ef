/* mail_text: what a message says to people: subject, name of the sound file, text and HTML, in the
 * language of the mailbox (mail_words).
 * Pure.  Must not know: MIME, letters, files, the clock.  Callers' names and numbers are only ever
 * text: escaped in HTML, without a separator in a file name. */
#ifndef EVERTRUNK_MAIL_TEXT_H
#define EVERTRUNK_MAIL_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "ipc/base/text.h"

enum {
	MAIL_NAME_MAX = 128,       /* of a person or a number, with NUL */
	MAIL_NOTE_MAX = 2048 + 1,  /* 512 characters, with NUL */
	MAIL_LINE_MAX = 1024,      /* holds any subject and file name */
	MAIL_BODY_MAX = 32 * 1024, /* holds any text and HTML */
	MAIL_WIDTH = 76,           /* columns of the plain text */
};

/* Strings are clean_text(), "" when unknown, below the sizes above; never NULL. */
struct mail_facts {
	bool missed, important, private_, interrupted;
	uint32_t seconds; /* of sound */
	const char *culture;
	const char *name, *number; /* of the caller */
	const char *dial;          /* what one dials to call back, if it is not the number */
	const char *recipient;     /* whose mailbox */
	const char *note;
	struct tm when; /* local time, with tm_gmtoff and tm_zone; tm_year below 0: unknown */
};

/* Each appends to `out`, which is large enough by the sizes above.  UTF-8. */
void mail_text_caller(const struct mail_facts *f, struct buf *out); /* name, number, "Unknown" */
void mail_text_subject(const struct mail_facts *f, struct buf *out);
void mail_text_file(const struct mail_facts *f, const char *suffix, struct buf *out);
void mail_text_plain(const struct mail_facts *f, struct buf *out); /* lines end in LF */
void mail_text_html(const struct mail_facts *f, struct buf *out);  /* well-formed XML as well */

#endif
