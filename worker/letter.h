/* letter: what a queue item's header file says: `Name : Value` lines, as spool writes them and as
 * people edit them by hand: any order, blanks, CRLF, a BOM, a value on the line below its name,
 * names we do not know (passed over).
 * Pure.  Whatever the bytes are, what comes out is clean: no control characters in any string, an
 * address of correct form, a file name that lies in the spool folder.
 * Must not know: the queue, how a message is made of it. */
#ifndef EVERTRUNK_LETTER_H
#define EVERTRUNK_LETTER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipc/base/text.h"

#define LETTER_ID_MAX   64          /* with its NUL */
#define LETTER_TEXT_MAX (64 * 1024) /* a longer file is not one of ours */

enum letter_type { LETTER_VOICE, LETTER_MISSED, LETTER_NOTICE };

/* What the operator is told of messages: they were given up, or sent again because nobody
 * confirmed that they arrived. */
enum notice_kind { NOTICE_EXPIRED, NOTICE_UNCONFIRMED, NOTICE_KINDS };

enum {
	LETTER_ABOUT_MAX = 50,        /* messages that a notice lists */
	LETTER_REASON_MAX = 576,      /* with NUL */
	LETTER_ABOUT_TEXT_MAX = 1024, /* of one as a line */
};

/* A message that a notice is about; texts as in struct letter. */
struct letter_about {
	char id[LETTER_ID_MAX];
	char recipient[192], caller[128]; /* as people read them */
	char reason[LETTER_REASON_MAX];
	int64_t received; /* wall clock, seconds; 0: not known */
	uint32_t tried_s; /* for so long; 0: not known */
};

/* Texts are UTF-8, "" when not given.  A text too long for its field is cut at a character, but an
 * address or a file name never is. */
struct letter {
	char id[LETTER_ID_MAX]; /* the GUID: the header file's name without .txt */
	enum letter_type type;
	char caller_id[64];
	char caller_number[64]; /* what one dials from anywhere to call back, or "" */
	char caller_name[128];
	char caller_address[256]; /* local@domain of a caller with a mailbox of ours, or "" */
	char recipient_name[128];
	char recipient_address[256]; /* local@domain, or "": the mailbox is all that is known */
	char extension[64];          /* the recipient's, or "" */
	char mailbox[128]; /* never "": local part of the address, else the recipient's name */
	char culture[16];  /* "en-US" */
	char call_id[256];
	char attachment[NAME_MAX + 1]; /* a file in the spool folder; never "" when LETTER_VOICE,
					  always when it is something else */
	uint32_t duration_s;
	bool important, private_, call_answering, interrupted;
	int64_t received; /* wall clock, seconds; 0: not given */
	/* Who is told when this is not delivered: local@domain, or a mailbox; "": nobody known. */
	char operator_[256];

	/* LETTER_NOTICE alone: */
	enum notice_kind notice;
	uint32_t count; /* of messages; `nabout` of them, at least one, are listed */
	uint32_t nabout;
	struct letter_about about[LETTER_ABOUT_MAX];
};

/* Whether a header file may be called `id`.txt: letters, digits, `-`, `_`, braces. */
bool letter_id_ok(struct slice id);
/* Reads the text of `id`.txt.  0; -EBADMSG with why, in words, in *ret_why (a literal). */
int letter_read(struct slice id, struct slice text, struct letter *ret, const char **ret_why);

/* A message that a notice is about as one line without its end: `ID | received | seconds |
 * recipient | caller | reason`, in LETTER_ABOUT_TEXT_MAX bytes; and back: false when that is none.
 */
void letter_about_write(const struct letter_about *a, struct buf *out);
bool letter_about_read(struct slice line, struct letter_about *ret);
/* The header file of a notice, which letter_read() reads back: the kind, recipient_address or
 * mailbox, culture, received, count and what it is about. */
void letter_notice_write(const struct letter *l, struct buf *out);
/* "Expired". */
const char *letter_notice_name(enum notice_kind kind);
/* Back, whatever its case; false: there is none such. */
bool letter_notice_kind(struct slice name, enum notice_kind *ret);

#endif
