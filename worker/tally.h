/* tally: how many messages a Maildir holds, new and read, by the names of its files alone.
 * Owns: what a name says: marks (maildir.h) and flags (`:2,S`; cr.yp.to/proto/maildir.html).
 * Must not know: what is in a file, who wants to know. */
#ifndef EVERTRUNK_TALLY_H
#define EVERTRUNK_TALLY_H

#include <stdint.h>

/* As RFC 3842 5.2 counts; nobody has more than 65535, and who has is told so many. */
struct tally {
	uint16_t fresh, old;
	uint16_t fresh_urgent, old_urgent; /* of these */
	uint16_t fax_fresh, fax_old;       /* faxes do not come yet */
};

/* Adds the file `name` to `t`: only what is marked as a voice message, and is not deleted (flag T).
 * It is read when it has flag S. */
void tally_name(struct tally *t, const char *name);
/* Counts new/ and cur/ of `folder`.  Blocks on the disk.  0; -ENOENT: there is no such Maildir
 * (yet); -errno. */
int tally_folder(const char *folder, struct tally *ret);

#endif
