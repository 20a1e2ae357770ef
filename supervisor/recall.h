/* recall: what a redirected INVITE said of the diversion of its call, kept for the INVITE that
 * follows, which may have lost it (Asterisk does; the parameters of RFC 4458 stand in a Request-URI
 * that our 302 replaces).
 * Owns: the lines of the last RECALL_PLACES redirected calls that had any; the oldest goes.
 * Pure; nothing is allocated.  Must not know: which INVITE follows which (redirected.h). */
#ifndef EVERTRUNK_RECALL_H
#define EVERTRUNK_RECALL_H

#include "conf/conf.h"
#include "supervisor/scan.h"

enum {
	RECALL_PLACES = 1024, /* a power of two */
	RECALL_TEXT = 1024, /* header field lines of one call; one that does not fit is left out */
};

struct recall_item {
	uint32_t number;
	uint32_t n;
	char text[RECALL_TEXT];
};

struct recall {
	uint32_t last;
	struct recall_item item[RECALL_PLACES];
};

/* Keeps what `m`, whose Request-URI is `uri`, says of a diversion: its Diversion, History-Info and
 * x-nt-ocn-id lines as they came; or, when there are none or the trunk puts it first, a Diversion
 * line made of the `target` of the Request-URI.  Its number for recall_lines(), 0: nothing said. */
uint32_t recall_keep(struct recall *r, const struct sip_msg *m, const struct sip_uri *uri,
		     const struct trunk_conf *trunk);
/* Whole header field lines; empty when they have been forgotten. */
struct slice recall_lines(const struct recall *r, uint32_t number);

/* Whether `m` says by whom its call, which goes to the user `called`, was diverted: a header field
 * that names nobody but `called` does not (Asterisk names the pilot number that was redirected). */
bool recall_said(const struct sip_msg *m, struct slice called);
/* `m` with `lines` at the end of its head, and without those of its own that they replace. */
void recall_write(struct buf *out, const struct sip_msg *m, struct slice lines);

/* "sip:1002%40pbx.example" and "486" (RFC 4458) as a Diversion line; nothing is written when the
 * target is not a plain URI: no byte of it can end the line, the brackets or a quoted string. */
void recall_target_line(struct buf *out, struct slice target, struct slice cause);

#endif
