/* background: see background.h. */
#include "ipc/base/background.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10 };

void
background_thread(const char *name)
{
	pthread_setname_np(pthread_self(), name);
	/* That it cannot be had is no reason not to work. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}
