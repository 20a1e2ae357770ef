/* mailbox_folder: the folder of a mailbox under mail.maildir: THE rule, for whoever delivers, for
 * whoever counts, and for the check of the mailbox file.
 * Pure.  Must not know: disks, what lies in the folder. */
#ifndef EVERTRUNK_CONF_MAILBOX_FOLDER_H
#define EVERTRUNK_CONF_MAILBOX_FOLDER_H

#include <limits.h>

#include "conf/conf.h"

enum { MAILBOX_PATTERN_MAX = CONF_PATH_MAX + 8 };

/* mail.maildir, or what stands for it. */
void mailbox_folder_pattern(const struct conf *c, char ret[MAILBOX_PATTERN_MAX]);
/* The folder by `pattern`: %n is the local part, %d the domain, both in lower case; a pattern
 * without either gets /%n.  Every byte but letters, digits and _+=@.- is written %XX, also a dot
 * that comes first; what gets too long ends in a hash of the whole.  0, or -ENAMETOOLONG. */
int mailbox_folder_of(const char *pattern, struct slice local, struct slice domain,
		      char ret[PATH_MAX]);
/* The same of an address, or of a number that stands for one: its domain is "local". */
int mailbox_folder(const char *pattern, const char *address, char ret[PATH_MAX]);

#endif
