/* order_room: what the files of order share. */
#ifndef EVERTRUNK_ORDER_ROOM_H
#define EVERTRUNK_ORDER_ROOM_H

#include "supervisor/order.h"

/* A command on its way through its handler. */
struct order {
	const struct control_hooks *hooks;
	const struct command_call *call;
	struct order_answer *answer;
};

/* Turns a hook's result into the status, and gives the person a line in any case. */
void order_result(struct order_answer *a, int r);

/* Handlers of the commands that have to wait. */
void order_recycle(const struct order *o);
void order_mwi(const struct order *o);
/* Something that the worker does: it is told in the words of the command. */
void order_errand(const struct order *o);

#endif
