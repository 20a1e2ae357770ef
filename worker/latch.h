/* latch: whose packets belong to a call, and where ours go ("symmetric RTP").
 * Pure.  What the PBX signalled is believed first.  Only when that is an address that cannot be
 * reached from elsewhere (a PBX behind NAT that tells its inner one) and nothing has come from it
 * for a moment, the first stranger is taken for it, once and for good: so nobody can draw a call's
 * sound away or put words into it afterwards.  Must not know: sockets, RTP. */
#ifndef EVERTRUNK_LATCH_H
#define EVERTRUNK_LATCH_H

#include <stdbool.h>

#include "ipc/base/addr.h"
#include "ipc/base/clock.h"

struct latch {
	struct addr signalled; /* family 0: nothing is to be sent or taken (hold) */
	struct addr source;    /* where packets come from; family 0: none has come */
	struct mono since;     /* when `signalled` was set */
	struct mono heard;     /* last packet that was taken */
};

/* The negotiated address.  The same one again (a session refresh) changes nothing. */
void latch_signal(struct latch *l, const struct addr *signalled, struct mono now);
/* Whether a packet from `from` may belong to the call: what it holds decides (SRTP). */
bool latch_fits(const struct latch *l, const struct addr *from, struct mono now);
/* Whether a packet from `from` belongs to the call; then that is where packets come from. */
bool latch_take(struct latch *l, const struct addr *from, struct mono now);
/* Where our packets go; family 0: nowhere. */
const struct addr *latch_target(const struct latch *l);
/* Whether packets may go from `local` to an address that a PBX has named: not to a group or to
 * everybody, and to this machine itself only if `local` is a loopback address, too. */
bool latch_may_send(const struct addr *to, const struct addr *local);

#endif
