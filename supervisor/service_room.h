/* service_room: what the two files of service share: service.c (the rooms come, run and go) and
 * service_orders.c (what the operator can have done). */
#ifndef EVERTRUNK_SERVICE_ROOM_H
#define EVERTRUNK_SERVICE_ROOM_H

#include <limits.h>

#include "supervisor/boxes.h"
#include "supervisor/certificate.h"
#include "supervisor/control.h"
#include "supervisor/flow.h"
#include "supervisor/gauges.h"
#include "supervisor/health.h"
#include "supervisor/pool.h"
#include "supervisor/service.h"

enum { SERVICE_SIGNALS = 3, SERVICE_SAY = 1024 };

struct service {
	struct loop *loop;
	const char *file;
	struct conf *conf;
	struct boxes boxes;
	char program[PATH_MAX];
	struct certificate *certificate;
	struct flow *flow;
	struct pool *pool;
	struct gauges *gauges;
	struct control *control;
	struct health *health;
	struct loop_signal *signal[SERVICE_SIGNALS];
	struct loop_timer *watchdog;
	struct mono started;
	bool announced; /* systemd has had READY=1 */
	bool stopping;
};

/* A log line for each line of `faults`, behind `what`. */
void service_log_faults(const char *what, struct buf *faults);
/* Finds um-worker: where the configuration says, else beside um-supervisor. */
void service_find_program(struct service *s);
/* Begins the end; `now`: without waiting for the calls that are up. */
void service_stop(struct service *s, bool now);
/* Reads the file again: 0, or -errno and the old configuration stays; `say` tells. */
int service_reload(void *arg, struct buf *say);
int service_snapshot(void *arg, bool with_calls, struct snapshot *ret);
/* What control asks for; `arg` is the service. */
struct control_hooks service_orders(struct service *s);

#endif
