/* maildir: puts a message into a mailbox's Maildir (new, cur, tmp), which an IMAP server serves as
 * it is.
 * Owns: the files' names.  Must not know: what a message says, queues.
 * A file's name begins with the message's own id, so that one delivered already is found again,
 * read or unread, whatever became of who delivered it. */
#ifndef EVERTRUNK_MAILDIR_H
#define EVERTRUNK_MAILDIR_H

#include <limits.h>
#include <stdbool.h>

#include "ipc/base/text.h"

/* Marks, in a file's name behind the id ("1769903999.ID+VU.host,S=17"): what the lamp counts is
 * known without a file being opened.  Servers keep this part of a name when they change flags. */
#define MAILDIR_VOICE  "V"  /* a voice message */
#define MAILDIR_URGENT "VU" /* one that is marked important */

struct maildir_mail {
	const char *folder; /* conf/mailbox_folder.h */
	const char *id;     /* the GUID; no '/' */
	int64_t received;   /* wall seconds, 0 unknown: the same at every try */
	bool again;         /* it may be there already: look first */
	const char *mark;   /* MAILDIR_VOICE...; NULL: none */
	struct slice text;  /* lines ended by CRLF or LF: LF in the file */
};

/* Delivers: folders made 0700 when missing, the file on the disk and its name in new/ when this
 * returns.  Blocks on the disk.  0; 1: it was there already; -errno, and nothing is left. */
int maildir_deliver(const struct maildir_mail *m);
/* Whether a message of this id is in new/ or cur/.  1, 0 or -errno. */
int maildir_has(const char *folder, const char *id);

#endif
