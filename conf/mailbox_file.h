/* mailbox_file: the mailbox file, a CSV export of a directory, to a table; libcsv's room.
 * Owns: the reading of the file, its title row, where each row was written.
 * Must not know: what is right in a column (mailbox_row.c), who uses the table. */
#ifndef EVERTRUNK_CONF_MAILBOX_FILE_H
#define EVERTRUNK_CONF_MAILBOX_FILE_H

#include "conf/mailbox_build.h"

/* Reads c->mailboxes.file.  0 and *ret (p: the caller's to free).  -EINVAL: faults, one line each
 * in `errors` (FILE:LINE: ...; those that do not fit are counted); ret->p is still set if the rows
 * that are right can be used, NULL if none can.  -errno with one line: it cannot be read. */
int mailbox_file_read(const struct conf *c, struct buf *errors, struct mailbox_bytes *ret);
/* The same from a text in memory; `name` stands for the file in errors. */
int mailbox_file_text(const struct conf *c, const char *name, struct slice text, struct buf *errors,
		      struct mailbox_bytes *ret);

#endif
