/* mailbox_shared: mailboxes of different people that would be one folder under mail.maildir: equal
 * local parts of several domains, and a pattern without %d.
 * Must not know: how rows are read, what is done about it. */
#ifndef EVERTRUNK_CONF_MAILBOX_SHARED_H
#define EVERTRUNK_CONF_MAILBOX_SHARED_H

#include "conf/mailbox_build.h"

struct mailbox_shared;

/* NULL: out of memory. */
struct mailbox_shared *mailbox_shared_new(const struct conf *c);
/* Takes note of a row.  0 or -ENOMEM. */
int mailbox_shared_add(struct mailbox_shared *s, const struct mailbox_row *row);
/* The mailbox of `line` has the folder of that of `first_line`. */
typedef void mailbox_shared_fn(void *arg, unsigned line, const char *folder, unsigned first_line);
/* Tells of each row whose folder is another's, with another address; the same address in several
 * rows is one mailbox with several numbers. */
void mailbox_shared_tell(struct mailbox_shared *s, mailbox_shared_fn *tell, void *arg);
void mailbox_shared_free(struct mailbox_shared *s); /* NULL is fine */

#endif
