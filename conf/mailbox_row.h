/* mailbox_row: one row of the mailbox file, from texts to a checked mailbox.
 * Owns: THE table of columns.  Pure: texts in, values or one line of words out.
 * Must not know: CSV, files, lines, other rows. */
#ifndef EVERTRUNK_CONF_MAILBOX_ROW_H
#define EVERTRUNK_CONF_MAILBOX_ROW_H

#include "conf/mailbox_build.h"

/* In the order in which they are read: numbers need the plan. */
enum mailbox_column {
	MAILBOX_DIALPLAN,
	MAILBOX_EXTENSION,
	MAILBOX_NUMBERS,
	MAILBOX_NAME,
	MAILBOX_ADDRESS,
	MAILBOX_LANGUAGE,
	MAILBOX_GREETING,
	MAILBOX_PIN,
	MAILBOX_MAX_RECORDING,
	MAILBOX_COLUMNS
};

/* "extension"; its title in the file, in any case of letters. */
const char *mailbox_column_name(enum mailbox_column c);
/* The column with this title; MAILBOX_COLUMNS: none. */
enum mailbox_column mailbox_column_find(struct slice title);

/* `cell` has a text for each column, n = 0 where the file has none.  0 and *ret (without a line),
 * or -EINVAL and in `why` what is wrong and what would be right. */
int mailbox_row_read(const struct conf *conf, const struct slice cell[MAILBOX_COLUMNS],
		     struct mailbox_row *ret, struct buf *why);

#endif
