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
	MAIL_NAME_MAX = 128,        /* of a person or a number, with NUL */
	MAIL_NOTE_MAX = 2048 + 1,   /* 512 characters, with NUL */
	MAIL_LINE_MAX = 1024,       /* holds any subject and file name */
	MAIL_ABOUT_MAX = 50,        /* messages that a notice lists */
	MAIL_REASON_MAX = 576,      /* why one was not delivered, with NUL */
	MAIL_BODY_MAX = 384 * 1024, /* holds any text and HTML */
	MAIL_WIDTH = 76,            /* columns of the plain text */
};

/* A message that was not delivered as it should be; strings as in mail_facts. */
struct mail_about {
	char id[MAIL_NAME_MAX], recipient[2 * MAIL_NAME_MAX], caller[MAIL_NAME_MAX];
	char reason[MAIL_REASON_MAX];
	uint32_t tried_s;
	struct tm when; /* as in mail_facts */
};

/* What is said to the operator instead of a message: at least one of `count` is listed. */
struct mail_notice {
	bool again;        /* they were sent again; else they are tried no more */
	const char *files; /* the folder they lie in; "" */
	uint32_t count, nabout;
	struct mail_about about[MAIL_ABOUT_MAX];
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
	/* NULL: a message.  Else only culture, note and, of the first that it is about, recipient
	 * and seconds (for so long it was tried) are looked at. */
	const struct mail_notice *notice;
};

/* Each appends to `out`, which is large enough by the sizes above.  UTF-8. */
void mail_text_caller(const struct mail_facts *f, struct buf *out); /* name, number, "Unknown" */
void mail_text_subject(const struct mail_facts *f, struct buf *out);
void mail_text_file(const struct mail_facts *f, const char *suffix, struct buf *out);
void mail_text_plain(const struct mail_facts *f, struct buf *out); /* lines end in LF */
void mail_text_html(const struct mail_facts *f, struct buf *out);  /* well-formed XML as well */

#endif
