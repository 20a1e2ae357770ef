/* order_wait: the orders whose answer comes later: a recycle, a NOTIFY, what the worker does.  Each
 * gets a ticket, by which the answer is asked for again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/order_room.h"

void
order_recycle(const struct order *o)
{
	struct order_answer *a = o->answer;
	const char *why = command_value(o->call, "--reason");
	enum recycle_how how = command_flag(o->call, "--now")         ? RECYCLE_NOW
			       : command_flag(o->call, "--when-idle") ? RECYCLE_WHEN_IDLE
								      : RECYCLE_NORMAL;

	order_result(
	    a, o->hooks->recycle(o->hooks->arg, how, why != NULL ? why : "", a->text, &a->ticket));
	if (a->status == ORDER_DONE && command_flag(o->call, "--wait")) {
		a->waiting = true;
		order_wait(o->hooks, a);
	}
}

enum { MESSAGES_MAX = 99999 }; /* as many as any lamp cares to know of */

/* The number that argument or option `name` has, 0 when it is not given; false: it is none. */
static bool
order_count(const struct order *o, const char *name, uint32_t *ret)
{
	const char *text = command_value(o->call, name);
	uint64_t v = 0;

	if (text != NULL && slice_u64(slice_str(text), MESSAGES_MAX, &v) < 0) {
		o->answer->status = ORDER_USAGE;
		snprintf(o->answer->text, sizeof(o->answer->text),
			 "mwi: %s: \"%.40s\" is no number from 0 to %d", name, text, MESSAGES_MAX);
		return false;
	}
	*ret = (uint32_t)v;
	return true;
}

static bool
order_text(const struct order *o, const char *name, char out[MESSAGE_PARTY_MAX])
{
	const char *text = command_value(o->call, name);

	snprintf(out, MESSAGE_PARTY_MAX, "%s", text != NULL ? text : "");
	if (text == NULL || strlen(text) < MESSAGE_PARTY_MAX)
		return true;
	o->answer->status = ORDER_USAGE;
	snprintf(o->answer->text, sizeof(o->answer->text), "mwi: %s is longer than %d characters",
		 name, MESSAGE_PARTY_MAX - 1);
	return false;
}

void
order_mwi(const struct order *o)
{
	struct order_answer *a = o->answer;
	struct msg_notify m = {0};

	if (!order_text(o, "NUMBER", m.number) || !order_text(o, "--trunk", m.trunk) ||
	    !order_count(o, "NEW", &m.fresh) || !order_count(o, "OLD", &m.old) ||
	    !order_count(o, "--urgent", &m.urgent))
		return;
	order_result(a, o->hooks->notify(o->hooks->arg, &m, a->text, &a->ticket));
	if (a->status == ORDER_DONE) {
		a->waiting = a->notify = true;
		order_wait(o->hooks, a);
	}
}

void
order_errand(const struct order *o)
{
	static const char *const words[] = {
#define X(id, handler, kind, words, grammar, help) [COMMAND_##id] = words,
	    COMMANDS(X)
#undef X
	};
	struct order_answer *a = o->answer;
	const char *guid = command_value(o->call, "GUID");
	const char *what = guid ? guid : command_value(o->call, "ADDRESS");
	char text[MESSAGE_ORDER_MAX];

	if (snprintf(text, sizeof(text), "%s%s%s", words[o->call->command], what ? " " : "",
		     what ? what : "") >= (int)sizeof(text)) {
		snprintf(a->text, sizeof(a->text), "that is no %s",
			 guid ? "name of a message" : "mail address");
		order_result(a, -EINVAL);
		return;
	}
	order_result(a, o->hooks->errand(o->hooks->arg, text, a->text, &a->ticket));
	if (a->status == ORDER_DONE) {
		a->waiting = a->errand = true;
		order_wait(o->hooks, a);
	}
}

/* The last line is the answer; the ones before, of trunks that were tried in vain, its body. */
static int
notify_state(const struct control_hooks *hooks, struct order_answer *a, char say[COMMAND_SAY])
{
	char lines[8 * COMMAND_SAY];
	struct buf b = BUF(lines);
	const int r = hooks->notify_state(hooks->arg, a->ticket, &b);
	char *last = strrchr(buf_cstr(&b), '\n');

	if (r > 0)
		return r;
	snprintf(say, COMMAND_SAY, "%.*s", COMMAND_SAY - 1, last != NULL ? last + 1 : lines);
	if (last != NULL) {
		last[1] = '\0';
		a->body = strdup(lines);
	}
	return r;
}

/* The first line is the answer, the others its body. */
static int
errand_state(const struct control_hooks *hooks, struct order_answer *a, char say[COMMAND_SAY])
{
	char *text;
	const int r = hooks->errand_state(hooks->arg, a->ticket, say, &text);

	if (r > 0 || text == NULL)
		return r;
	const size_t first = strcspn(text, "\n");
	snprintf(say, COMMAND_SAY, "%.*s", (int)first, text);
	if (text[first] != '\0' && text[first + 1] != '\0')
		a->body = strdup(text + first + 1);
	free(text);
	return r;
}

void
order_wait(const struct control_hooks *hooks, struct order_answer *a)
{
	char say[COMMAND_SAY] = "";
	int r = a->notify   ? notify_state(hooks, a, say)
		: a->errand ? errand_state(hooks, a, say)
			    : hooks->recycle_state(hooks->arg, a->ticket, say);

	if (r > 0)
		return;
	a->waiting = false;
	snprintf(a->text, sizeof(a->text), "%s", say);
	order_result(a, r);
}
