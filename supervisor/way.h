/* way: where a message came from or goes to, as a value.
 * Shared by the doing rooms door and stream and by everything that says "send this there". */
#ifndef EVERTRUNK_WAY_H
#define EVERTRUNK_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

/* Door index of the inner socket that is connected to the worker of slot 0 (A) or 1 (B). */
#define WAY_INNER(slot) ((uint16_t)(0xfffe + (slot)))

struct way {
	struct addr peer;
	uint32_t conn;     /* stream connection, never used twice; 0: UDP, or none yet */
	uint16_t door;     /* index in conf_doors(), or WAY_INNER(slot) */
	uint8_t transport; /* enum transport */
};

/* The slot (0 or 1) of an inner way. */
static inline unsigned
way_slot(const struct way *w)
{
	return w->door - WAY_INNER(0);
}

static inline bool
way_is_inner(const struct way *w)
{
	return w->door >= WAY_INNER(0);
}

#endif
