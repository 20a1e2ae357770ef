/* transfer: whether and to where a caller is sent on when he asks for the operator (RFC 3515).
 * Pure: settings and what the INVITE said in, a Refer-To out.
 * Must not know: sofia-sip, the call's state, the time. */
#ifndef EVERTRUNK_TRANSFER_H
#define EVERTRUNK_TRANSFER_H

#include "conf/conf.h"

enum { TRANSFER_CONTEXT = 64, TRANSFER_TARGET = 512 };

/* What is known of the call's other side. */
struct transfer {
	struct addr peer;               /* where its answers go; the port is not looked at */
	char context[TRANSFER_CONTEXT]; /* phone-context of the number it dialled; "": none */
	bool user_phone;                /* it wrote user=phone */
	bool takes_refer;               /* its Allow names REFER */
};

/* Reads context and user_phone from the Request-URI: its user part ("3500;phone-context=cdp.udp")
 * and its URI parameters. */
void transfer_read(struct transfer *t, struct slice user, struct slice params);
/* NULL: the call may be transferred; else why not, for the log. */
const char *transfer_refusal(const struct transfer *t, enum refer_use use);
/* Writes the Refer-To for number `operator`: the number as it would be dialled where the call came
 * from, at trunk.refer_host, else trunk.domain, else the telephone system's address: trunk.address
 * or that of the call, never with a port that it only sent from. */
void transfer_target(const struct transfer *t, const struct trunk_conf *trunk, const char *operator,
		     struct buf * out);

#endif
