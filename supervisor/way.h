/* way: where a message came from or goes to, as a value.
 * Shared by the doing rooms door and stream and by everything that says "send this there". */
#ifndef EVERTRUNK_WAY_H
#define EVERTRUNK_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

#define WAY_INNER 0xffff /* door index of the inner socket, where the workers are */

struct way {
	struct addr peer;
	uint32_t conn;     /* stream connection, never used twice; 0: UDP, or none yet */
	uint16_t door;     /* index in conf_doors(), or WAY_INNER */
	uint8_t transport; /* enum transport */
};

static inline bool
way_is_inner(const struct way *w)
{
	return w->door == WAY_INNER;
}

#endif
