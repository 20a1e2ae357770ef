/* display_name: names that telephone systems write in front of an address without the quotes
 * that they need: `From: Müller (Sales) <sip:2101@pbx>`.  RFC 3261 25.1 wants a quoted string or
 * tokens, and sofia-sip refuses a message with anything else, which would cost the caller his
 * call.
 * Pure.  Must not know: messages as a whole. */
#ifndef EVERTRUNK_DISPLAY_NAME_H
#define EVERTRUNK_DISPLAY_NAME_H

#include <stdbool.h>

#include "ipc/base/text.h"

/* Whether the name of a name-addr is neither a quoted string nor tokens; what has to be quoted, as
 * it is written. */
bool display_name_is_bare(struct slice value, struct slice *ret);
/* Appends it as a quoted string. */
void display_name_quote(struct buf *out, struct slice name);

#endif
