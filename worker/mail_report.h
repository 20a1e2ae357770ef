/* mail_report: a report of what became of a message (RFC 3464 in RFC 6522's multipart/report), as
 * the mail system sends it to the sender.
 * Pure; GMime's room.  Whatever the bytes are, what comes out is bounded and clean.  Must not know:
 * where reports come from, what is done because of them. */
#ifndef EVERTRUNK_MAIL_REPORT_H
#define EVERTRUNK_MAIL_REPORT_H

#include "worker/letter.h"

/* Of a longer mail only the beginning is to be read: what comes last is the message it is about,
 * which some return in full. */
enum { MAIL_REPORT_MAX = 256 * 1024, MAIL_REPORT_TEXT_MAX = 400 };

/* RFC 3464 2.3.3.  RELAYED: to a system that will never say more; EXPANDED: a list's members got
 * it, and nobody reports of them. */
#define MAIL_ACTIONS(X)           \
	X(DELIVERED, "delivered") \
	X(RELAYED, "relayed")     \
	X(EXPANDED, "expanded")   \
	X(FAILED, "failed")       \
	X(DELAYED, "delayed")

/* In the order in which they count when a report speaks of several recipients: one who has got it
 * is enough, for each message of ours has one owner. */
enum mail_action {
#define X(id, word) MAIL_##id,
	MAIL_ACTIONS(X)
#undef X
	    MAIL_ACTION_COUNT
};
/* "delivered". */
const char *mail_action_name(enum mail_action a);

struct mail_report {
	char id[LETTER_ID_MAX]; /* Original-Envelope-Id; without one the returned Message-ID up to
				   its @; letter_id_ok() */
	enum mail_action action;
	char status[16];                /* "5.1.1"; "": not given */
	char by[128];                   /* Reporting-MTA without its type; "" */
	char why[MAIL_REPORT_TEXT_MAX]; /* Diagnostic-Code without its type; "" */
};

/* Reads a mail, or its beginning.  False: it is no report, or none about a message with an id that
 * could be ours. */
bool mail_report_read(struct slice text, struct mail_report *ret);

#endif
