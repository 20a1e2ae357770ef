/* order: see order.h.  What is answered at once; what takes time is in order_wait.c. */
#include "supervisor/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/order_room.h"
#include "supervisor/report.h"

void
order_result(struct order_answer *a, int r)
{
	a->status = r < 0 ? ORDER_REFUSED : ORDER_DONE;
	if (a->text[0] == '\0')
		snprintf(a->text, sizeof(a->text), "%s", r < 0 ? strerror(-r) : "done");
}

static void
free_snapshot(struct snapshot *s)
{
	if (s != NULL)
		snapshot_free(s);
	free(s);
}

/* NULL: out of memory. */
static struct snapshot *
take_snapshot(const struct order *o, bool with_calls)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s != NULL && o->hooks->snapshot(o->hooks->arg, with_calls, s) == 0)
		return s;
	free_snapshot(s);
	return NULL;
}

/* a->body is the whole answer. */
static void
order_reported(struct order_answer *a)
{
	order_result(a, a->body != NULL ? 0 : -ENOMEM);
	a->report = a->status == ORDER_DONE;
	if (a->report)
		a->text[0] = '\0';
}

static void
order_report(const struct order *o, enum report what)
{
	struct order_answer *a = o->answer;
	struct snapshot *s = take_snapshot(o, what == REPORT_CALLS);

	if (s != NULL)
		a->body = a->json ? report_json(what, s) : report_text(what, s);
	free_snapshot(s);
	order_reported(a);
}

static void
order_show_trunk(const struct order *o, const char *name)
{
	struct order_answer *a = o->answer;
	struct snapshot *s = take_snapshot(o, false);
	const struct snapshot_trunk *k = s != NULL ? snapshot_trunk_find(s, name) : NULL;

	if (k != NULL)
		a->body = a->json ? report_trunk_json(k) : report_trunk_text(k);
	if (s != NULL && k == NULL) {
		snprintf(a->text, sizeof(a->text), "there is no trunk %.80s", name);
		order_result(a, -ENOENT);
	} else {
		order_reported(a);
	}
	free_snapshot(s);
}

static void
order_show_status(const struct order *o)
{
	order_report(o, REPORT_STATUS);
}

static void
order_show_calls(const struct order *o)
{
	order_report(o, REPORT_CALLS);
}

static void
order_show_trunks(const struct order *o)
{
	const char *name = command_value(o->call, "NAME");

	if (name != NULL)
		order_show_trunk(o, name);
	else
		order_report(o, REPORT_TRUNKS);
}

static void
order_show_history(const struct order *o)
{
	order_report(o, REPORT_HISTORY);
}

static void
order_trunk_reset(const struct order *o)
{
	const char *name = command_value(o->call, "NAME");

	order_result(o->answer, o->hooks->trunk_reset(o->hooks->arg, name, o->answer->text));
}

static void
order_recycle_cancel(const struct order *o)
{
	order_result(o->answer, o->hooks->recycle_cancel(o->hooks->arg, o->answer->text));
}

static void
order_drain(const struct order *o)
{
	order_result(o->answer, o->hooks->enable(o->hooks->arg, false, o->answer->text));
}

static void
order_enable(const struct order *o)
{
	order_result(o->answer, o->hooks->enable(o->hooks->arg, true, o->answer->text));
}

/* The first line is the answer's text, the others (a configuration's errors) its body. */
static void
order_reload(const struct order *o)
{
	struct order_answer *a = o->answer;
	char lines[8192];
	struct buf say = BUF(lines);
	int r = o->hooks->reload(o->hooks->arg, &say);
	char *rest = lines + strcspn(buf_cstr(&say), "\n");

	snprintf(a->text, sizeof(a->text), "%.*s", (int)(rest - lines), lines);
	if (*rest != '\0' && rest[1] != '\0')
		a->body = strdup(rest + 1);
	order_result(a, r);
}

static void
order_reload_tls(const struct order *o)
{
	order_result(o->answer, o->hooks->reload_tls(o->hooks->arg, o->answer->text));
}

/* "error, warning, ..." or the rooms, for a person who got the word wrong. */
static void
order_words(struct order_answer *a, const char *wrong, const char *kind,
	    const char *(*name)(unsigned), unsigned n)
{
	struct buf b = BUF(a->text);

	buf_printf(&b, "log: no %s \"%.40s\":", kind, wrong);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, " %s", name(i));
	buf_cstr(&b);
	a->status = ORDER_USAGE;
}

static const char *
level_word(unsigned i)
{
	return log_level_name((enum log_level)i);
}

static const char *
room_word(unsigned i)
{
	return log_room_name((enum log_room)i);
}

static void
order_log_level(const struct order *o)
{
	const char *level = command_value(o->call, "LEVEL"), *room = command_value(o->call, "ROOM");
	enum log_level l;
	enum log_room r = LOG_ROOM_COUNT;

	if (log_level_parse(slice_str(level), &l) < 0)
		order_words(o->answer, level, "level", level_word, LOG_LEVELS);
	else if (room != NULL && log_room_parse(slice_str(room), &r) < 0)
		order_words(o->answer, room, "room", room_word, LOG_ROOM_COUNT);
	else
		order_result(o->answer,
			     o->hooks->log_level(o->hooks->arg, l, room != NULL ? (int)r : -1,
						 o->answer->text));
}

static void
order_stop(const struct order *o)
{
	order_result(o->answer, o->hooks->stop(o->hooks->arg, command_flag(o->call, "--now"),
					       o->answer->text));
}

static void
order_help(const struct order *o)
{
	const char *first = command_value(o->call, "COMMAND");
	char text[COMMAND_HELP_MAX];
	struct buf b = BUF(text);

	if (command_help(first, &b) == 0) {
		o->answer->status = ORDER_USAGE;
		snprintf(o->answer->text, sizeof(o->answer->text),
			 "no command \"%.80s\"; \"help\" lists them", first);
		return;
	}
	o->answer->body = strdup(buf_cstr(&b));
}

static void (*const handlers[COMMAND_COUNT])(const struct order *) = {
#define X(id, handler, kind, words, grammar, help) [COMMAND_##id] = order_##handler,
    COMMANDS(X)
#undef X
};

/* A line that is no command: the reason, and the usage that would be right. */
static void
order_misused(const struct command_call *call, struct order_answer *a)
{
	char text[512] = "usage: ";
	struct buf b = {text, strlen(text), sizeof(text), false};

	a->status = ORDER_USAGE;
	if (call->command == COMMAND_COUNT)
		return;
	command_usage(call->command, &b);
	buf_str(&b, "\n");
	a->body = strdup(buf_cstr(&b));
}

void
order_run(const struct control_hooks *hooks, struct slice line, struct order_answer *ret)
{
	struct command_call call;
	struct order o = {hooks, &call, ret};

	*ret = (struct order_answer){0};
	int r = command_parse(line, &call, ret->text);
	ret->json = call.json;
	ret->kind = command_kind(call.command);
	if (r < 0)
		order_misused(&call, ret);
	else
		handlers[call.command](&o);
}

char *
order_print(struct order_answer *a)
{
	bool wrap = a->json && !a->report;
	char *body = wrap ? report_answer_json(a->status, a->text, a->body) : a->body, *all;

	if (asprintf(&all, "%d%s%s\n%s", a->status, a->text[0] ? " " : "", a->text,
		     body != NULL ? body : "") < 0)
		all = NULL;
	if (wrap)
		free(body);
	free(a->body);
	a->body = NULL;
	return all;
}
