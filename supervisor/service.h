/* service: the running supervisor: builds the rooms, joins them by their hooks, reloads, stops.
 * Owns: the configuration in force and the order in which rooms come and go.
 * Must not know: what any room decides. */
#ifndef EVERTRUNK_SERVICE_H
#define EVERTRUNK_SERVICE_H

#include "conf/conf.h"
#include "ipc/base/text.h"

/* Runs until the end: `conf` (which it frees) was read from `file`.  The exit status: 0 after an
 * orderly stop, 1 when it could not start (one line has been logged). */
int service_run(const char *file, struct conf *conf);

#endif
