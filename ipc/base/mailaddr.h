/* mailaddr: whether a text is one e-mail address that may stand in MAIL FROM and RCPT TO
 * (RFC 5321 4.1.2): a local part, plain or quoted, and a domain or an address in brackets.
 * Pure.  Must not know: who writes to whom. */
#ifndef EVERTRUNK_MAILADDR_H
#define EVERTRUNK_MAILADDR_H

#include "ipc/base/text.h"

/* The longest address (RFC 5321 4.5.3.1.3: a path of 256 with its angle brackets). */
#define MAILADDR_MAX 254

/* local@domain, ASCII only.  `ret_local`, if not NULL: the local part as written. */
bool mailaddr_ok(struct slice s, struct slice *ret_local);
/* A local part alone, without quotes: letters, digits and the marks of RFC 5322 3.2.3, with single
 * dots between. */
bool mailaddr_local_ok(struct slice s);

#endif
