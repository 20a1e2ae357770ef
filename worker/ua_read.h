/* ua_read: what ua.c wants to know of a SIP message that sofia-sip has parsed.
 * Part of sofia-sip's room: a message is passed as a bare pointer to its sip_t, so that no header
 * of ours names a type of the library.  All slices point into the message.
 * Must not know: calls, what is done about what it finds. */
#ifndef EVERTRUNK_UA_READ_H
#define EVERTRUNK_UA_READ_H

#include <stdbool.h>

#include "worker/ua.h"

/* Where text is put that the message does not hold in one piece. */
struct ua_space {
	char type[256];
	char disposition[128];
	char encoding[64];
	char privacy[64];
};

void ua_read_invite(const void *sip, struct ua_invite *ret, struct ua_space *space);
struct body ua_read_body(const void *sip, struct ua_space *space);
/* The digit of an INFO: application/dtmf-relay "Signal=5", or application/dtmf "5"; 0: none. */
char ua_read_digit(const void *sip);
/* Whether an INFO is of an Info Package (RFC 6086). */
bool ua_read_has_package(const void *sip);
/* The status line in the body of a NOTIFY (message/sipfrag, RFC 3420) and its phrase; 0: none. */
unsigned ua_read_sipfrag(const void *sip, struct slice *phrase);
/* Whether Subscription-State says that no other NOTIFY follows. */
bool ua_read_terminated(const void *sip);
/* Whether the sender takes UPDATE (Allow), and whether it knows session timers (RFC 4028). */
bool ua_read_allows_update(const void *sip);
bool ua_read_knows_timer(const void *sip);

#endif
