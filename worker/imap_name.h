/* imap_name: whose mailbox is meant: the login and the folder of a mailbox, as imap.user and
 * imap.folder say, and how a folder's name is written on the wire.
 * Pure.  Must not know: servers, connections. */
#ifndef EVERTRUNK_IMAP_NAME_H
#define EVERTRUNK_IMAP_NAME_H

#include "ipc/base/text.h"

enum { IMAP_NAME_MAX = 1024 }; /* a filled pattern, and a folder on the wire; with NUL */

/* Whose mailbox. */
struct imap_who {
	const char *address;   /* local@domain */
	const char *extension; /* for %e; "" */
};

/* Appends `pattern` with %n (local part), %d (domain), %u (the whole address), %e (extension) and
 * %%.  0; -ENOENT: a variable of it is empty; -EINVAL: a value could be taken for a part of the
 * pattern: control characters, the separators of logins `*` and `\`; -ENAMETOOLONG. */
int imap_name_fill(const char *pattern, const struct imap_who *who, struct buf *out);
/* Whether it has a variable: no two mailboxes give the same. */
bool imap_name_varies(const char *pattern);
/* Appends `folder` (UTF-8) as a quoted string in modified UTF-7 (RFC 3501 5.1.3).  0; -EINVAL: it
 * has control characters or is no UTF-8; -ENAMETOOLONG. */
int imap_name_folder(const char *folder, struct buf *out);

#endif
