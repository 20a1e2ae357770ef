/* words: takes lines and words off the front of a text that came from the network.
 * Pure; never copies, never fails on any bytes.  Must not know: what the text is. */
#ifndef EVERTRUNK_WORDS_H
#define EVERTRUNK_WORDS_H

#include <stdbool.h>

#include "ipc/base/text.h"

/* Moves `rest` past the next line; `line` is that line without CR, LF and blanks at its ends.
 * False when nothing is left. */
bool words_line(struct slice *rest, struct slice *line);
/* The next run of bytes that are no blanks; n = 0 at the end.  `rest` continues behind it. */
struct slice words_next(struct slice *rest);
/* The bytes before `sep`, or all of them; `rest` continues behind `sep`. */
struct slice words_until(struct slice *rest, char sep);

#endif
