/* clean: text that others wrote, made fit to stand in lines, headers and documents: UTF-8 without
 * control characters and without what turns the direction of the text or hides in it.
 * Pure.  Must not know: where the text goes. */
#ifndef EVERTRUNK_CLEAN_H
#define EVERTRUNK_CLEAN_H

#include "ipc/base/text.h"

/* The bytes of the character that `s` begins with (RFC 3629), 0 when it begins with none. */
size_t clean_character(struct slice s);
/* Copies `s` to `out`, with NUL: what is no UTF-8 is taken as Latin-1, which an editor of another
 * age may have written; what is not to be seen becomes a blank (C0, C1, marks of direction, signs
 * of no width, tags, U+FFFE...); what does not fit is left away at a character. */
void clean_text(struct slice s, char *out, size_t size);

#endif
