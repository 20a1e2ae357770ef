/* pin: whether a PIN is the one of a hash; libcrypt's room.
 * Must not know: mailboxes, calls, how often somebody has tried. */
#ifndef EVERTRUNK_PIN_H
#define EVERTRUNK_PIN_H

#include <stdbool.h>

/* Computes for 10 ms to a second and takes up to 64 MB: a pool thread's work.  `hash` is one of
 * conf/pin_hash.h; NULL: no PIN is right, after the time of mkpasswd's usual hash.  False when
 * there is no memory for it. */
bool pin_is(const char *pin, const char *hash);

#endif
