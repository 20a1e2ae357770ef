/* ua_clock: time as sofia-sip sees it: two functions of the library are replaced, which it calls
 * through its PLT as it calls nta_agent_newtag() (ua_tag.c).  Part of sofia-sip's room. */
#ifndef EVERTRUNK_UA_CLOCK_H
#define EVERTRUNK_UA_CLOCK_H

/* Before any other call into sofia-sip.  The replacements are linked in because this is called. */
void ua_clock_start(void);

#endif
