/* check_room: what the parts of the room check have in common.  Nobody else includes it. */
#ifndef EVERTRUNK_CHECK_ROOM_H
#define EVERTRUNK_CHECK_ROOM_H

#include "conf/fault.h"
#include "conf/keys.h"

/* Where to point: at the first key if the file gives it, else at the second. */
unsigned check_line(const struct faults *f, const char *first, const char *second);
/* Whether both keys' values are right by themselves; if not, that has been said already. */
bool check_sound(const struct faults *f, const char *a, const char *b);

void check_mail(const struct conf *c, struct faults *f);

#endif
