/* dialplan: how one telephone system writes numbers, and the one form in which they are compared.
 * Pure: settings and texts in, texts out; bounded, never fails on any bytes.
 * Must not know: SIP, mailboxes, which call it is about.
 *
 * The form of a number in a plan: an extension as it is (2101); any other number with its country
 * code and a + (+493012345678, E.164) where the plan says enough to know it; else as it came. */
#ifndef EVERTRUNK_CONF_DIALPLAN_H
#define EVERTRUNK_CONF_DIALPLAN_H

#include "conf/conf.h"

enum { DIALPLAN_NUMBER_MAX = 64 };

/* The plan called `name`, or NULL. */
const struct dialplan_conf *dialplan_find(const struct conf *c, const char *name);
/* The plan of a call for the dialled number `raw`: the trunk's own; else the one that has it as a
 * pilot number; else the only one there is.  NULL: none.  `own` is trunk.dialplan or "". */
const struct dialplan_conf *dialplan_of(const struct conf *c, const char *own, struct slice raw);

/* `raw` (the user part of a URI, decoded) in the plan's form; what does not fit is cut. */
void dialplan_number(const struct dialplan_conf *plan, struct slice raw,
		     char out[DIALPLAN_NUMBER_MAX]);
/* What one dials from anywhere for `number`, which is in the plan's form: +493012342101.  "" when
 * the plan does not tell. */
void dialplan_full(const struct dialplan_conf *plan, const char *number,
		   char out[DIALPLAN_NUMBER_MAX]);
/* Whether `raw`, however it is written, is a pilot number, or an attendant's. */
bool dialplan_is_pilot(const struct dialplan_conf *plan, struct slice raw);
bool dialplan_is_attendant(const struct dialplan_conf *plan, struct slice raw);
/* Whether a number in the plan's form is an extension. */
bool dialplan_is_extension(const struct dialplan_conf *plan, const char *number);

#endif
