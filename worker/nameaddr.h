/* nameaddr: header values that name somebody (RFC 3261 20.10: name-addr or addr-spec, and their
 * parameters), taken apart.
 * Pure: bytes as on the wire in, slices of them out; bounded, never fails on any bytes.
 * Must not know: which header it is. */
#ifndef EVERTRUNK_NAMEADDR_H
#define EVERTRUNK_NAMEADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "ipc/base/text.h"

/* The next value of a comma list, taken off the front; commas in quotes and in <> do not count.
 * False when the list is used up. */
bool nameaddr_next(struct slice *list, struct slice *ret);
/* Of one value, or of the first one of a list: its URI (what is in <>, else all before the first
 * parameter); n = 0 when there is none. */
struct slice nameaddr_uri(struct slice value);
/* The user part of that URI, its parameters included (CS1000 writes `2101;phone-context=x@y`); of
 * a tel: URI the whole rest; n = 0 when there is none. */
struct slice nameaddr_user(struct slice value);
/* What follows the URI: ";index=1;reason=x" */
struct slice nameaddr_params(struct slice value);
/* The value of parameter `name` (case-blind) in ";a=b;c"; n = 0 with p set when it has none. */
bool nameaddr_param(struct slice params, const char *name, struct slice *ret);
/* The number in a user part: without parameters (split at ';') and password (':'), %xx decoded,
 * control characters dropped, cut to the room there is; always NUL-terminated. */
void nameaddr_number(struct slice user, char *out, size_t cap);
/* %xx decoded; what does not fit is cut. */
void nameaddr_unescape(struct slice s, struct buf *out);
/* `user` as a user part; what must not stand there is escaped (RFC 3261 25.1). */
void nameaddr_escape(const char *user, struct buf *out);

#endif
