/* burst: many datagrams out of one socket with as few passes through the kernel as there can be.
 * Owns: how they are laid out for sendmmsg and cut apart by UDP_SEGMENT.
 * Must not know: what they say, which door it is. */
#ifndef EVERTRUNK_BURST_H
#define EVERTRUNK_BURST_H

#include <stdbool.h>

#include "supervisor/door.h"

/* Sends `n` datagrams; a `connected` socket ignores their addresses.  *no_runs is set when the
 * kernel refuses to cut runs apart, and then keeps them from being tried again.  Returns how many
 * the kernel did not take: they are dropped, as UDP may. */
unsigned burst_send(int fd, bool connected, bool *no_runs, const struct door_out *out, unsigned n);

#endif
