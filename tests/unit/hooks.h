/* hooks: a struct control_hooks whose functions only write down what they were asked for. */
#ifndef EVERTRUNK_TESTS_HOOKS_H
#define EVERTRUNK_TESTS_HOOKS_H

#include <errno.h>

#include "supervisor/control.h"
#include "tests/unit/sample.h"

#define SAYS(...) snprintf(say, COMMAND_SAY, __VA_ARGS__)

/* What the hooks were asked, and what they are to answer. */
static char asked[256];
static int answer, recycle_stands;
static size_t many_calls; /* so many in a snapshot; 0: the usual two */

static int
hook_snapshot(void *arg, bool with_calls, struct snapshot *ret)
{
	(void)arg;
	sample_snapshot(ret, with_calls);
	if (with_calls && many_calls > 0) {
		ret->call = reallocarray(ret->call, many_calls, sizeof(*ret->call));
		for (size_t i = ret->ncall; i < many_calls; i++)
			ret->call[i] = ret->call[0];
		ret->ncall = many_calls;
	}
	return answer;
}

static int
hook_recycle(void *arg, enum recycle_how how, const char *why, char say[COMMAND_SAY],
	     uint32_t *ret_ticket)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "recycle %d \"%s\"", how, why);
	*ret_ticket = 77;
	SAYS(answer < 0 ? "a recycle is waiting already" : "recycle begun");
	return answer;
}

static int
hook_recycle_cancel(void *arg, char say[COMMAND_SAY])
{
	(void)arg;
	SAYS("no recycle waits");
	return -ENOENT;
}

static int
hook_recycle_state(void *arg, uint32_t ticket, char say[COMMAND_SAY])
{
	(void)arg;
	assert_int_equal(ticket, 77);
	SAYS(recycle_stands == 0 ? "generation 13 serves; 2 INVITEs moved" : "no successor");
	return recycle_stands;
}

static int
hook_notify(void *arg, const struct msg_notify *order, char say[COMMAND_SAY], uint32_t *ret_ticket)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "notify %s %u/%u (%u) by \"%s\"", order->number,
		 order->fresh, order->old, order->urgent, order->trunk);
	*ret_ticket = 78;
	if (answer < 0)
		SAYS("no worker serves");
	return answer;
}

static int
hook_notify_state(void *arg, uint32_t ticket, struct buf *say)
{
	(void)arg;
	assert_int_equal(ticket, 78);
	if (recycle_stands <= 0)
		buf_str(say, "403 Forbidden by trunk a\n503 Busy by trunk b\n200 OK by trunk c");
	return recycle_stands;
}

static int
hook_errand(void *arg, const char *text, char say[COMMAND_SAY], uint32_t *ret_ticket)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "errand %.200s", text);
	*ret_ticket = 79;
	if (answer < 0)
		SAYS("no worker serves");
	return answer;
}

static int
hook_errand_state(void *arg, uint32_t ticket, char say[COMMAND_SAY], char **ret_text)
{
	(void)arg;
	assert_int_equal(ticket, 79);
	*ret_text = NULL;
	if (recycle_stands == -EPIPE)
		SAYS("the worker has left");
	else if (recycle_stands <= 0)
		*ret_text = strdup("2 wait\none\ntwo\n");
	return recycle_stands;
}

static int
hook_enable(void *arg, bool enabled, char say[COMMAND_SAY])
{
	(void)arg;
	(void)say;
	snprintf(asked, sizeof(asked), "enable %d", enabled);
	return answer;
}

static int
hook_reload(void *arg, struct buf *say)
{
	(void)arg;
	buf_str(say, answer < 0 ? "the file has 2 errors, nothing has changed\n"
				  "a.conf:3: listen.port: 0\na.conf:9: log.level: loud\n"
				: "reloaded");
	return answer;
}

static int
hook_reload_tls(void *arg, char say[COMMAND_SAY])
{
	(void)arg;
	snprintf(asked, sizeof(asked), "reload-tls");
	SAYS(answer < 0 ? "it has expired; the one in use stays" : "certificate in use");
	return answer;
}

static int
hook_log_level(void *arg, enum log_level level, int room, char say[COMMAND_SAY])
{
	(void)arg;
	(void)say;
	snprintf(asked, sizeof(asked), "log %d %d", level, room);
	return answer;
}

static int
hook_trunk_reset(void *arg, const char *name, char say[COMMAND_SAY])
{
	(void)arg;
	SAYS("no trunk \"%s\"", name);
	return -ENOENT;
}

static int
hook_stop(void *arg, bool now, char say[COMMAND_SAY])
{
	(void)arg;
	snprintf(asked, sizeof(asked), "stop %d", now);
	SAYS("stopping");
	return answer;
}

static const struct control_hooks hooks = {
    .snapshot = hook_snapshot,
    .recycle = hook_recycle,
    .recycle_cancel = hook_recycle_cancel,
    .recycle_state = hook_recycle_state,
    .notify = hook_notify,
    .errand = hook_errand,
    .errand_state = hook_errand_state,
    .notify_state = hook_notify_state,
    .enable = hook_enable,
    .reload = hook_reload,
    .reload_tls = hook_reload_tls,
    .log_level = hook_log_level,
    .trunk_reset = hook_trunk_reset,
    .stop = hook_stop,
};

#endif
