/* mwi: the NOTIFY that lights or clears a message waiting lamp (RFC 3842): for which trunk, with
 * what text, and what its answer means.
 * Pure: settings and counts in, texts out.
 * Must not know: sofia-sip, who asks for it, the time. */
#ifndef EVERTRUNK_MWI_H
#define EVERTRUNK_MWI_H

#include "conf/conf.h"
#include "ipc/messages.h"

enum { MWI_TEXT = 320 };

/* All that one NOTIFY says; NUL-terminated. */
struct mwi_texts {
	char uri[MWI_TEXT];   /* Request-URI */
	char route[MWI_TEXT]; /* "" when the uri itself says where it goes */
	char from[MWI_TEXT], to[MWI_TEXT], contact[MWI_TEXT];
	char body[2 * MWI_TEXT];
};

#define MWI_EVENT "message-summary"
#define MWI_TYPE  "application/simple-message-summary"

/* NULL: `number` may stand in a Request-URI; else why not.  Letters, digits, + * # . - _ only: what
 * comes from elsewhere must not become a header. */
const char *mwi_refusal(const char *number);
/* NULL: the trunk takes it; else why not. */
const char *mwi_unfit(const struct trunk_conf *trunk);
/* The texts for `order` to `trunk`, which takes it; we are at `door` (a service door's address and
 * port, as the trunk is to see it). */
void mwi_write(const struct msg_notify *order, const struct trunk_conf *trunk,
	       const struct addr *door, struct mwi_texts *ret);
/* What a final status (0: no answer came) means for those that follow. */
enum mwi_verdict {
	MWI_TAKEN,
	MWI_LATER,   /* another time it may be taken */
	MWI_REFUSED, /* not this one: the number, or we, are not known there */
	MWI_UNABLE   /* the trunk takes none at all */
};
enum mwi_verdict mwi_verdict(unsigned status);
/* Whether another trunk should be tried after this final status (0: no answer came). */
bool mwi_failed(unsigned status);
/* One line on an answer: "200 OK by trunk cucm at 10.1.1.1:5060/tcp after 12 ms", with what can be
 * done about it where that is known. */
void mwi_words(const struct trunk_conf *trunk, unsigned status, const char *phrase, uint32_t ms,
	       struct buf *out);

#endif
