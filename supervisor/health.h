/* health: the HTTP door for monitors: /livez, /readyz, /health, /metrics and a status page at /.
 * libmicrohttpd's room, and the only file that includes <microhttpd.h>.
 * Owns: the listening socket, connections and their limits.  What is said comes from report.c.
 * Must not know: what the figures mean. */
#ifndef EVERTRUNK_HEALTH_H
#define EVERTRUNK_HEALTH_H

#include <stdbool.h>

#include "ipc/base/addr.h"
#include "ipc/base/loop.h"
#include "supervisor/snapshot.h"

struct health;

struct health_hooks {
	void *arg;
	/* Fills *ret (all of it; snapshot_free() frees what it holds).  0 or -ENOMEM. */
	int (*snapshot)(void *arg, bool with_calls, struct snapshot *ret);
};

/* Listens on `at` (port 0: any, for tests).  0 and *ret, or -errno with one line for the person in
 * `say`. */
int health_new(struct loop *l, const struct addr *at, const struct health_hooks *hooks,
	       char say[256], struct health **ret);
/* The address it listens on. */
const struct addr *health_address(const struct health *h);
void health_free(struct health *h); /* NULL is fine */

#endif
