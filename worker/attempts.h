/* attempts: wrong PINs in a row, counted for each mailbox in a small file, so that neither a
 * recycle nor a crash forgets them, and two workers count together.
 * Owns: the folder's files.  Must not know: what a PIN is, what a call is. */
#ifndef EVERTRUNK_ATTEMPTS_H
#define EVERTRUNK_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

enum { ATTEMPTS_FOLDER_MAX = CONF_PATH_MAX + 16 };

struct attempts_rule {
	uint32_t max;   /* so many in a row lock */
	uint32_t again; /* so many are left when the lock is over */
	int64_t lock_s;
};

struct attempts {
	uint32_t wrong;
	int64_t last; /* wall seconds */
};

/* One more try, at `now`: false when the mailbox is locked, and nothing is counted.  Pure. */
bool attempts_allow(struct attempts *a, const struct attempts_rule *rule, int64_t now);

/* The folder below state.directory, into `ret`. */
void attempts_folder(const struct conf *conf, char ret[ATTEMPTS_FOLDER_MAX]);
/* One try more for the mailbox `name` (a file's name), counted as a wrong one until
 * attempts_forget().  0; -EPERM: it is locked; -errno: it cannot be counted, and so must not be
 * made.  *ret is how things stand then.  Blocks on the disk, and on who else tries. */
int attempts_begin(const char *folder, const char *name, const struct attempts_rule *rule,
		   struct attempts *ret);
/* The try was right: there are no wrong ones in a row any more.  0 or -errno. */
int attempts_forget(const char *folder, const char *name);

#endif
