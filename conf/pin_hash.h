/* pin_hash: the form of a PIN's hash, as crypt(5) writes it.
 * Owns: which forms are taken, and how much work one may ask for: a check must not keep callers, or
 * the disk's threads, waiting.
 * Pure: a text in, a verdict out.  Must not know: the CSV file, how a hash is checked
 * (worker/pin.h). */
#ifndef EVERTRUNK_CONF_PIN_HASH_H
#define EVERTRUNK_CONF_PIN_HASH_H

#include "ipc/base/text.h"

enum { PIN_HASH_MAX = 256 }; /* bytes, with NUL */

/* NULL: `text` is the whole hash of a form that is taken.  Else what is wrong and what would be
 * right, in words that do not repeat any of it. */
const char *pin_hash_fault(struct slice text);

#endif
