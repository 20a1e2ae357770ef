/* body: the body of a SIP message, or of a part of one, and what is said of it.
 * Must not know: what is in it. */
#ifndef EVERTRUNK_BODY_H
#define EVERTRUNK_BODY_H

#include "ipc/base/text.h"

/* Values of its header fields with their parameters, n = 0 where one is not there. */
struct body {
	struct slice type;        /* Content-Type */
	struct slice disposition; /* Content-Disposition: ";handling=optional" (RFC 3261 20.11) */
	struct slice encoding;    /* Content-Encoding */
	struct slice bytes;
};

#endif
