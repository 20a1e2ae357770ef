/* submit_talk: one mail transaction on an open connection: MAIL, RCPT, DATA, the message.
 * Must not know: how the connection came about, other hosts. */
#ifndef EVERTRUNK_SUBMIT_TALK_H
#define EVERTRUNK_SUBMIT_TALK_H

#include "worker/submit_conn.h"

struct submit_talk {
	enum outcome outcome;
	enum smtp_step step;
	int code;  /* 0: no reply */
	bool lost; /* the connection is of no use any more */
	char text[SMTP_TEXT_MAX];
};

/* Hands over `mail`.  After a refusal the connection is ready for the next, unless `lost`. */
void submit_talk(struct submit_world *w, struct submit_conn *c, const struct envelope *e,
		 struct slice mail, struct submit_talk *ret);

#endif
