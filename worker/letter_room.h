/* letter_room: what the files of the room "letter" share.  Nobody else includes it. */
#ifndef EVERTRUNK_LETTER_ROOM_H
#define EVERTRUNK_LETTER_ROOM_H

#include "worker/letter.h"

enum { LETTER_TIME_MAX = 32 };

/* 2026-01-31T23:59:59Z; anything else leaves *ret as it is: a time that nobody knows. */
void letter_time_read(struct slice value, int64_t *ret);
/* "" for 0. */
void letter_time_write(int64_t when, char ret[LETTER_TIME_MAX]);

#endif
