/* directory: where this worker looks up mailboxes: the supervisor's sealed table, mapped, and
 * replaced in between two calls' look-ups when there is a new one.
 * Owns: the mapping.  Must not know: how a mailbox is found (conf/mailbox.h), what a call is. */
#ifndef EVERTRUNK_DIRECTORY_H
#define EVERTRUNK_DIRECTORY_H

#include "conf/mailbox.h"

struct directory; /* an empty one: there is no mailbox file */

struct directory *directory_new(void); /* NULL: out of memory */
/* Maps the table and closes `fd`.  0, or -errno and what there was stays. */
int directory_take(struct directory *d, int fd);
/* What is in force until the next directory_take(); copy what is to last.  NULL: there is no
 * mailbox file, every number is a mailbox of its own. */
const struct mailboxes *directory_view(const struct directory *d);
void directory_free(struct directory *d); /* NULL is fine */

#endif
