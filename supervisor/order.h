/* order: what each command of commands.h does: one short handler per row, through the hooks of
 * control.h, into an answer.
 * Must not know: sockets, connections, who waits. */
#ifndef EVERTRUNK_ORDER_H
#define EVERTRUNK_ORDER_H

#include "supervisor/command.h"
#include "supervisor/control.h"

/* The exit status of um-ctl. */
enum order_status { ORDER_DONE, ORDER_REFUSED, ORDER_USAGE };

struct order_answer {
	enum order_status status;
	char text[COMMAND_SAY]; /* one line for the person; "" when the body says it all */
	char *body;             /* lines that follow, malloced, or NULL: none */
	bool report;            /* the body is a report, with --json in JSON already */
	bool waiting;           /* not an answer yet: ask order_wait() about `ticket` */
	bool notify;            /* the ticket is a NOTIFY's, */
	bool errand;            /* or an errand's, else a recycle's */
	uint32_t ticket;
	bool json;
	enum command_kind kind;
};

/* Reads `line` and has it done. */
void order_run(const struct control_hooks *hooks, struct slice line, struct order_answer *ret);
/* Looks again at a waiting answer; a->waiting is false when it has become one. */
void order_wait(const struct control_hooks *hooks, struct order_answer *a);
/* The whole answer as the client gets it, malloced; takes over a->body.  NULL: out of memory. */
char *order_print(struct order_answer *a);

#endif
