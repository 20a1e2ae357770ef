/* dtmf_info: the key that a SIP INFO tells of, as telephone systems without RFC 4733 send it.
 * There is no standard, only what Cisco began (application/dtmf-relay, "Signal=5"), its short
 * form (application/dtmf, "5") and Nortel's (application/vnd.nortelnetworks.digits, "d=5").
 * Pure: bytes in, a key out; bounded, never fails on any bytes.  Must not know: sofia-sip. */
#ifndef EVERTRUNK_DTMF_INFO_H
#define EVERTRUNK_DTMF_INFO_H

#include "ipc/base/text.h"

/* The key, one of "0123456789*#ABCD"; `type` is the media type without parameters.  0: no key in
 * it (a hook flash, say). */
char dtmf_info_key(struct slice type, struct slice body);

#endif
