/* accounts: the mailboxes that have a lamp: number, dial plan, and where the messages are: the
 * folder, or for who looks into them elsewhere the mail address.
 * Owns: the list, made from the mailbox table, or without one from the folders that there are: then
 * every number is a mailbox of its own.
 * Must not know: lamps, what is in a folder. */
#ifndef EVERTRUNK_ACCOUNTS_H
#define EVERTRUNK_ACCOUNTS_H

#include <stdint.h>

#include "conf/mailbox.h"

struct accounts;

#define ACCOUNTS_NONE UINT32_MAX

/* Valid as long as the list. */
struct account {
	const char *number;  /* the extension */
	const char *plan;    /* its dial plan's name; "": any */
	const char *folder;  /* its Maildir, which may not be there yet; "": it has none any more */
	const char *address; /* its mail address; "": it has none */
};

/* `pattern` is that of the Maildirs (maildir.h); "": nobody has any.  NULL: out of memory. */
struct accounts *accounts_new(const char *pattern);
/* All of the table; where nobody has a Maildir, those with an address.  0 or -errno. */
int accounts_take(struct accounts *a, const struct mailboxes *m);
/* The folders of `pattern` that are not in the list yet and have a number for a name.  -ENOTSUP: of
 * this pattern they cannot be found; -errno, -ENOENT: nothing is there yet. */
int accounts_look(struct accounts *a);
/* The folder that accounts_look() reads; NULL: none. */
const char *accounts_root(const struct accounts *a);
uint32_t accounts_count(const struct accounts *a);
struct account accounts_get(const struct accounts *a, uint32_t i);
/* Which one has this dial plan and number; ACCOUNTS_NONE: none, or out of memory. */
uint32_t accounts_find(struct accounts *a, const char *plan, const char *number);
/* One more: whose mailbox is gone, without a folder.  0 or -ENOMEM. */
int accounts_leave(struct accounts *a, const struct account *gone);
void accounts_free(struct accounts *a); /* NULL is fine */

#endif
