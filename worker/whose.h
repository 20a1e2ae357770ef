/* whose: whose call it is: from the numbers of an INVITE to a mailbox, or to a refusal.
 * Pure: settings, mailboxes and numbers in, a decision out.
 * Must not know: SIP, how numbers stand in headers (party.h), media, the spool.
 *
 * In this order: the dial plan (the trunk's own, or the one whose pilot number was dialled); of the
 * parties that the call was diverted from, in the trunk's order, attendants and pilot numbers
 * passed over, the first that has a mailbox; the number that was dialled.  Who dials a pilot number
 * that is nobody's mailbox wants his own, if there are PINs to log on with. */
#ifndef EVERTRUNK_WHOSE_H
#define EVERTRUNK_WHOSE_H

#include "conf/dialplan.h"
#include "conf/mailbox.h"
#include "worker/party.h"

enum whose_verdict {
	WHOSE_TAKE,  /* a message for that mailbox */
	WHOSE_OWNER, /* he may log on to his own */
	WHOSE_SPEAK, /* nobody's: answer, say so, hang up */
	WHOSE_REFUSE /* nobody's: 404 */
};

struct whose_question {
	const struct conf *conf;
	const struct mailboxes *boxes; /* NULL: every number is a mailbox of its own */
	const struct trunk_conf *trunk;
	const struct party_fields *fields;
};

/* Numbers are in the form of the dial plan; what is unknown is "". */
struct whose {
	enum whose_verdict verdict;
	const char *why;    /* WHOSE_SPEAK, WHOSE_REFUSE: a few words for the log */
	struct party party; /* what the INVITE says, as it says it */
	char dialplan[CONF_NAME_MAX];
	/* The mailbox's extension; nobody's: the number.  WHOSE_OWNER: that of the telephone's
	 * mailbox, if it has a PIN, else "". */
	char called[DIALPLAN_NUMBER_MAX];
	char name[MAILBOX_TEXT_MAX];
	char address[MAILBOX_TEXT_MAX];
	char language[CONF_LANGUAGE_MAX];
	char greeting[CONF_PATH_MAX]; /* as in struct mailbox */
	bool records;                 /* one of his own, recorded by telephone, goes before it */
	uint32_t max_recording;       /* ms; 0: recording.max_duration */
	char operator[CONF_NAME_MAX]; /* where key 0 sends the caller */
	char operator_address[MAILBOX_TEXT_MAX]; /* of that number's mailbox, as `address` */
	char caller[DIALPLAN_NUMBER_MAX];
	char caller_full[DIALPLAN_NUMBER_MAX]; /* what one dials from anywhere to call back */
	char caller_name[MAILBOX_TEXT_MAX];    /* of a caller with a mailbox */
	char caller_address[MAILBOX_TEXT_MAX];
};

void whose_call(const struct whose_question *q, struct whose *ret);
/* With WHOSE_OWNER: `ret` becomes the one of the mailbox with `number` in its dial plan; *ret_pin
 * is the hash of its PIN, in the table.  False: nobody with a PIN has that number. */
bool whose_log_on(const struct mailboxes *boxes, const char *number, struct whose *ret,
		  const char **ret_pin);

#endif
