/* clock: see clock.h. */
#include "ipc/base/clock.h"

#include <time.h>

struct mono
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){(int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec};
}
