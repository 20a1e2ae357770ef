/* message: names and checks that follow from the table in messages.h.
 * Pure: values in, values out. */
#ifndef EVERTRUNK_MESSAGE_H
#define EVERTRUNK_MESSAGE_H

#include <stddef.h>
#include "ipc/messages.h"

/* "CALL_BEGIN"; "?" for a type that is none. */
const char *message_name(unsigned type);
/* Bytes of the payload; 0 for a type that is none. */
size_t message_size(unsigned type);
/* Whether `type` with `n` payload bytes may travel in direction `dir`:
 * 0, -ENOMSG (no such type), -EPERM (wrong way), -EMSGSIZE (wrong size). */
int message_check(unsigned type, enum message_dir dir, size_t n);
/* "hangup"; "?" when out of range. */
const char *call_cause_name(unsigned cause);

#endif
