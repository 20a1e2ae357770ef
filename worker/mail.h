/* mail: the message that a queue item becomes, RFC 5322 and MIME; GMime's room.
 * Owns: headers, structure, encoding.  Must not know: the queue, where the message goes, the
 * configuration.  What a caller said is never more than text: no field of a letter can add a header
 * line, a part, a recipient or another sender. */
#ifndef EVERTRUNK_MAIL_H
#define EVERTRUNK_MAIL_H

#include <stddef.h>

#include "ipc/base/mailaddr.h"
#include "worker/audio.h"
#include "worker/letter.h"

/* What is the same for every message; the courier fills it from its configuration ([mail] sender,
 * sender_name, note, audio) and keeps the texts. */
struct mail_style {
	const char *sender;      /* local@domain, mailaddr_ok(): the address of From */
	const char *sender_name; /* From's name when the caller has neither name nor number; "" */
	const char *note;        /* a paragraph of the administrator's at the end; "" */
	enum audio_form audio;
};

struct mail {
	char *bytes; /* malloced: give the whole to mail_free() */
	size_t n;    /* lines end in CRLF, none is longer than 998 bytes */
	/* As it stands in the message, <GUID@domain of the sender>: the same at every try. */
	char message_id[LETTER_ID_MAX + MAILADDR_MAX + 4];
	char from[MAILADDR_MAX + 2]; /* envelope sender, never "" */
	char to[MAILADDR_MAX + 2];   /* envelope recipient; "": the letter has a mailbox only */
};

/* Makes the message of `l`, whose sound lies in folder `spool`.  Blocks (disk, encoding some 100 ms
 * for a long message) and takes about three times the encoded size for the moment: not for the
 * loop or the media thread.  Times in the text are local ones.
 * 0 and *ret; else *ret is empty, `why` says in one line what is wrong, and the result is
 * -EBADMSG: this item never becomes a message (no such file, no sound in it, text that is no
 * UTF-8); anything else, -ENOMEM, -EIO, -EACCES...: another time perhaps. */
int mail_build(const struct letter *l, const struct mail_style *style, const char *spool,
	       struct mail *ret, struct buf *why);
/* NULL-safe for an empty one. */
void mail_free(struct mail *m);

#endif
