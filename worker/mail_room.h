/* mail_room: what the mail files that know GMime share and nobody else needs to see. */
#ifndef EVERTRUNK_MAIL_ROOM_H
#define EVERTRUNK_MAIL_ROOM_H

#include <gmime/gmime.h>

#include "worker/mail.h"
#include "worker/mail_text.h"

#define MAIL_CHARSET "utf-8"

/* A message being made. */
struct making {
	const struct letter *l;
	const struct mail_style *style;
	struct mail *mail;
	/* The letter's texts, clean. */
	char name[MAIL_NAME_MAX], number[MAIL_NAME_MAX], dial[MAIL_NAME_MAX];
	char recipient[MAIL_NAME_MAX], ours[MAIL_NAME_MAX]; /* ours: the sender's name */
	char call_id[sizeof(((struct letter *)0)->call_id)], note[MAIL_NOTE_MAX];
	struct mail_facts facts;
	struct audio audio;
	char file[MAIL_LINE_MAX]; /* the name that the sound gets */
	int64_t when;             /* wall seconds: Date */
	struct mail_notice notice;
	char files[PATH_MAX];
};

/* ---- mail_notice.c ---- */

/* What a notice to the operator is about, clean; after everything else is known of the letter. */
void mail_notice_facts(struct making *m, const char *spool);

/* ---- mail.c ---- */

/* GMime's own beginning; as often as one likes, from any thread. */
void mail_init(void);

/* ---- mail_field.c: text in headers ---- */

/* Clean, one blank for many, and without what a reader could take for an encoded word (RFC 2047):
 * the text of a header is what the caller said, never what it decodes to.  `in` ends at `size` at
 * the latest. */
void mail_field_clean(const char *in, size_t size, char *out, size_t out_size);
/* A name that looks like an address is how people are cheated: no client shall show one that is not
 * the sender's. */
void mail_field_disarm(char *name);
/* A header of text; none for "" or NULL.  A Call-ID stays the one word it is, however long: no text
 * of ours comes near the 998 characters of a line. */
void mail_field_put(GMimeMessage *msg, const char *name, const char *value);
/* Takes `a` over. */
void mail_field_address(GMimeMessage *msg, GMimeAddressType type, InternetAddress *a);

/* ---- mail_part.c: what is below the headers ---- */

/* The whole body; takes m->audio over.  NULL when the texts do not fit, which the sizes in
 * mail_text.h rule out. */
GMimeObject *mail_part_body(struct making *m);

#endif
