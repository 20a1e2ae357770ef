/* imap_reply: what an IMAP server answers to a command, line by line (RFC 3501 7): what it can do,
 * STATUS, how many a SEARCH found, and how it ended.
 * Pure.  Must not know: connections, which command it was, mailboxes. */
#ifndef EVERTRUNK_IMAP_REPLY_H
#define EVERTRUNK_IMAP_REPLY_H

#include "ipc/base/text.h"

enum {
	IMAP_TEXT_MAX = 256,
	IMAP_TAG_MAX = 12,
	IMAP_LINES_MAX = 4096,       /* of one answer */
	IMAP_BYTES_MAX = 1024 * 1024 /* likewise */
};

/* What STATUS said last; all zero: nothing is known. */
struct imap_status {
	uint32_t messages, unseen, uidnext, uidvalidity;
	uint64_t modseq; /* 0: the server has none (RFC 7162) */
};

/* What a server has said of itself. */
struct imap_server {
	bool known;
	bool imap4rev1, esearch, condstore;
	bool sasl; /* AUTH=PLAIN or AUTH=LOGIN */
};

enum imap_end {
	IMAP_OPEN, /* not yet */
	IMAP_END_OK,
	IMAP_END_NO,  /* refused */
	IMAP_END_BAD, /* not understood */
	IMAP_END_BYE  /* it hangs up */
};

struct imap_reply {
	char tag[IMAP_TAG_MAX];
	struct imap_server *server; /* what is said of it goes there */
	uint32_t lines;
	size_t bytes;
	enum imap_kind { IMAP_KIND_OTHER, IMAP_KIND_STATUS } kind;
	bool goes_on; /* a literal: the next line belongs to this one */

	struct imap_status status; /* as far as it was said */
	bool has_status;
	uint32_t found; /* messages, of SEARCH or ESEARCH */
	bool has_found;
	enum imap_end end;
	char text[IMAP_TEXT_MAX]; /* "NO [AUTHENTICATIONFAILED] Invalid ...", printable */
};

/* A greeting is the answer to `tag` "*". */
void imap_reply_begin(struct imap_reply *r, const char *tag, struct imap_server *server);
/* Takes a line without its end.  1: that was the last one, see `end`; 0: there are more; -EBADMSG:
 * that is no IMAP, or too much of it. */
int imap_reply_line(struct imap_reply *r, struct slice line);
/* The capabilities in a line of any kind, if it has any. */
void imap_server_line(struct imap_server *s, struct slice line);
/* Whether a refusal is of the moment, and everybody's (RFC 5530: UNAVAILABLE, LIMIT, ...). */
bool imap_text_of_all(const char *text);

#endif
