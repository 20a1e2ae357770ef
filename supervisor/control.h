/* control: the operator's unix socket: one command line in, one answer out.
 * Owns: the socket file, the connections, their limits, and who waits for a recycle.  What a
 * command does is in order.c, through the hooks below.
 * Must not know: pool, flow, doors.
 *
 * Protocol (docs/um-ctl.md): the client sends one line, ended by LF.  The answer's first line is
 * the exit status, a blank and one line for a person ("0 ...", "1 why not", "2 usage"); what
 * follows up to the end of the connection is the report, or with --json one JSON document. */
#ifndef EVERTRUNK_CONTROL_H
#define EVERTRUNK_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "supervisor/command.h"
#include "supervisor/pool.h"
#include "supervisor/snapshot.h"

struct control;

/* What the operator can have done.  Every function returns 0 or -errno and leaves one line for
 * the person in `say` in either case (an empty one is replaced by "done" or the errno's text). */
struct control_hooks {
	void *arg;
	/* Fills *ret (all of it; snapshot_free() frees what it holds).  0 or -ENOMEM. */
	int (*snapshot)(void *arg, bool with_calls, struct snapshot *ret);
	/* As pool_recycle(): 0 begun, 1 queued, -EBUSY refused. */
	int (*recycle)(void *arg, enum recycle_how how, const char *why, char say[COMMAND_SAY],
		       uint32_t *ret_ticket);
	/* As pool_recycle_cancel(). */
	int (*recycle_cancel)(void *arg, char say[COMMAND_SAY]);
	/* As pool_recycle_state(): 1 not yet, 0 switched, -ECANCELED, -EIO. */
	int (*recycle_state)(void *arg, uint32_t ticket, char say[COMMAND_SAY]);
	/* As pool_notify() and pool_notify_state(). */
	int (*notify)(void *arg, const struct msg_notify *order, char say[COMMAND_SAY],
		      uint32_t *ret_ticket);
	int (*notify_state)(void *arg, uint32_t ticket, struct buf *say);
	/* As pool_errand() and pool_errand_state(). */
	int (*errand)(void *arg, const char *text, char say[COMMAND_SAY], uint32_t *ret_ticket);
	int (*errand_state)(void *arg, uint32_t ticket, char say[COMMAND_SAY], char **ret_text);
	int (*enable)(void *arg, bool enabled, char say[COMMAND_SAY]);
	/* `say` may get several lines: the first is the summary, the others are the configuration's
	 * errors. */
	int (*reload)(void *arg, struct buf *say);
	int (*reload_tls)(void *arg, char say[COMMAND_SAY]);
	/* room < 0: every room. */
	int (*log_level)(void *arg, enum log_level level, int room, char say[COMMAND_SAY]);
	/* -ENOENT: no trunk of that name. */
	int (*trunk_reset)(void *arg, const char *name, char say[COMMAND_SAY]);
	/* Begins the end; the answer is still delivered. */
	int (*stop)(void *arg, bool now, char say[COMMAND_SAY]);
};

/* Where the socket is, and its limits; control_limits are the usual ones, tests take shorter. */
struct control_limits {
	unsigned connections;
	int64_t line_ms;   /* from the connection to the end of its line */
	int64_t answer_ms; /* without the client taking a byte of its answer */
};
extern const struct control_limits control_limits;

struct control_place {
	const char *path, *group; /* mode 0660 and this group, or 0600 when group is "" */
	struct control_limits limits;
};

/* Binds the socket.  A stale one of a dead supervisor is removed; -EADDRINUSE: another supervisor
 * lives there.  0 and *ret, or -errno with one line for the person in `say`. */
int control_new(struct loop *l, const struct control_place *place,
		const struct control_hooks *hooks, char say[COMMAND_SAY], struct control **ret);
/* Something changed in the pool: whoever waits for a recycle is looked at again. */
void control_poke(struct control *c);
/* Says good-bye to whoever still waits, closes, and removes the socket file. */
void control_free(struct control *c); /* NULL is fine */

#endif
