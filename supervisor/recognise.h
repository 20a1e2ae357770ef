/* recognise: what kind of telephone system a request comes from.
 * Owns: the table of signs and how far each is trusted (docs/pbx/README.md).
 * Pure.  Must not know: trunks, what follows from an answer (trunk.c, conf/profile.c). */
#ifndef EVERTRUNK_RECOGNISE_H
#define EVERTRUNK_RECOGNISE_H

#include "conf/conf.h"
#include "supervisor/scan.h"

enum { RECOGNISE_TEXT = 128 }; /* room for the evidence, NUL included */

/* What sent the request `m`; PROFILE_AUTO: nothing in it says so, or not clearly enough.  One
 * strong sign will do, or two weak ones.
 * Writes the evidence into `text`: `User-Agent "Cisco-CUCM8.6"`; for PROFILE_AUTO what it calls
 * itself.  Printable ASCII whatever the message holds. */
enum profile recognise(const struct sip_msg *m, char text[RECOGNISE_TEXT]);

#endif
