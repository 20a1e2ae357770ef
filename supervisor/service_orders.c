/* service_orders: what the operator can have done, said in one line each.  See service_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/service_room.h"
#include "supervisor/systemd.h"

static int
order_stop(void *arg, bool now, char say[COMMAND_SAY])
{
	struct service *s = arg;

	if (s->stopping && !now) {
		snprintf(say, COMMAND_SAY, "it is stopping already; `stop --now` hangs up");
		return -EALREADY;
	}
	service_stop(s, now);
	snprintf(say, COMMAND_SAY,
		 now ? "stopping now" : "stopping when the calls that are up have ended");
	return 0;
}

static int
order_recycle(void *arg, enum recycle_how how, const char *why, char say[COMMAND_SAY],
	      uint32_t *ret_ticket)
{
	struct service *s = arg;

	return pool_recycle(s->pool, how, why, say, ret_ticket);
}

static int
order_cancel(void *arg, char say[COMMAND_SAY])
{
	struct service *s = arg;

	return pool_recycle_cancel(s->pool, say);
}

static int
order_state(void *arg, uint32_t ticket, char say[COMMAND_SAY])
{
	struct service *s = arg;

	return pool_recycle_state(s->pool, ticket, say);
}

static int
order_notify(void *arg, const struct msg_notify *order, char say[COMMAND_SAY], uint32_t *ret_ticket)
{
	struct service *s = arg;

	return pool_notify(s->pool, order, say, ret_ticket);
}

static int
order_notify_state(void *arg, uint32_t ticket, struct buf *say)
{
	struct service *s = arg;

	return pool_notify_state(s->pool, ticket, say);
}

static int
order_errand(void *arg, const char *text, char say[COMMAND_SAY], uint32_t *ret_ticket)
{
	struct service *s = arg;

	return pool_errand(s->pool, text, say, ret_ticket);
}

static int
order_errand_state(void *arg, uint32_t ticket, char say[COMMAND_SAY], char **ret_text)
{
	struct service *s = arg;

	return pool_errand_state(s->pool, ticket, say, ret_text);
}

static int
order_enable(void *arg, bool enabled, char say[COMMAND_SAY])
{
	struct service *s = arg;

	pool_enable(s->pool, enabled);
	log_notice(LOG_MAIN,
		   enabled ? "enabled: new calls are taken" : "drained: new calls are refused");
	snprintf(say, COMMAND_SAY,
		 enabled ? "new calls are taken"
			 : "new calls are refused; calls that are up go on");
	return 0;
}

static int
order_log_level(void *arg, enum log_level level, int room, char say[COMMAND_SAY])
{
	struct service *s = arg;

	log_set_level(level, room);
	pool_log_level(s->pool, room, level);
	snprintf(say, COMMAND_SAY, "log level %s for %s", log_level_name(level),
		 room < 0 ? "every room" : log_room_name((enum log_room)room));
	return 0;
}

static int
order_trunk_reset(void *arg, const char *name, char say[COMMAND_SAY])
{
	struct service *s = arg;
	const int error = flow_trunk_reset(s->flow, name);

	if (!error)
		snprintf(say, COMMAND_SAY, "trunk %s: what it had taught is forgotten", name);
	else
		snprintf(say, COMMAND_SAY, "there is no trunk %s", name);
	return error;
}

static int
order_reload_tls(void *arg, char say[COMMAND_SAY])
{
	struct service *s = arg;
	struct buf b = {say, 0, COMMAND_SAY, false};
	const int error = certificate_reload(s->certificate, &b);

	buf_cstr(&b);
	return error;
}

/* Puts a configuration that differs only in what may change while we run into force, and its
 * mailboxes: workers that stay get these, those that are to be replaced keep what fits them. */
static void
apply(struct service *s, struct conf *fresh, enum conf_change change, const struct boxes *boxes)
{
	struct conf *old = s->conf;
	struct boxes before = s->boxes;

	s->conf = fresh;
	if (fresh->log.level != old->log.level) {
		log_set_level(fresh->log.level, -1);
		pool_log_level(s->pool, -1, fresh->log.level);
	}
	flow_conf(s->flow, fresh);
	gauges_conf(s->gauges, fresh);
	service_find_program(s);
	pool_program(s->pool, s->program);
	s->boxes = *boxes;
	pool_mailboxes(s->pool, &s->boxes, change != CONF_WORKER && !boxes_eq(boxes, &before));
	pool_conf(s->pool, fresh, change == CONF_WORKER);
	boxes_close(&before);
	free(old);
}

/* What has been taken over. */
static void
say_reloaded(const struct service *s, enum conf_change change, bool boxes, struct buf *say)
{
	buf_str(say, change == CONF_WORKER ? "reloaded; workers are recycled to take it over"
		     : change == CONF_SAME && !boxes ? "nothing has changed"
						     : "reloaded");
	if (boxes)
		buf_printf(say, "; %u mailboxes", s->boxes.count);
	log_notice(LOG_CONF, "reloaded %s%s", s->file, boxes ? " and the mailboxes" : "");
}

void
service_log_faults(const char *what, struct buf *faults)
{
	for (const char *line = buf_cstr(faults); *line != '\0';) {
		const size_t n = strcspn(line, "\n");

		log_err(LOG_CONF, "%s: %.*s", what, (int)n, line);
		line += line[n] ? n + 1 : n;
	}
}

/* Faults of a mailbox file leave everything as it was. */
static int
load_boxes(const struct conf *fresh, struct boxes *ret, struct buf *say)
{
	char errors[SERVICE_SAY];
	struct buf b = BUF(errors);
	const int error = boxes_load(fresh, BOXES_STRICT, &b, ret);

	if (error) {
		buf_printf(say, "the mailboxes are not valid; the old ones stay\n%s", buf_cstr(&b));
		service_log_faults("reload refused", &b);
	}
	return error;
}

int
service_reload(void *arg, struct buf *say)
{
	struct service *s = arg;
	struct conf *fresh;
	struct boxes boxes;
	const char *key = NULL;
	char errors[SERVICE_SAY];
	struct buf b = BUF(errors);
	int error = conf_read(s->file, &b, &fresh);

	if (error) {
		buf_printf(say, "%s is not valid; the old configuration stays\n%s", s->file,
			   buf_cstr(&b));
		service_log_faults("reload refused", &b);
		return error;
	}
	const enum conf_change change = conf_compare(s->conf, fresh, &key);
	if (change == CONF_RESTART) {
		buf_printf(say, "%s needs a restart; the old configuration stays", key);
		log_err(LOG_CONF, "reload refused: %s needs a restart", key);
		free(fresh);
		return -EBUSY;
	}
	error = load_boxes(fresh, &boxes, say);
	if (error) {
		free(fresh);
		return error;
	}
	b = BUF(errors);
	const int bad = certificate_conf(s->certificate, fresh, &b);
	if (bad) {
		buf_printf(say, "the old configuration stays: %s", buf_cstr(&b));
		service_log_faults("reload refused", &b);
		boxes_close(&boxes);
		free(fresh);
		return bad;
	}
	const bool others = !boxes_eq(&boxes, &s->boxes);
	systemd_reloading();
	apply(s, fresh, change, &boxes);
	systemd_ready();
	say_reloaded(s, change, others, say);
	return 0;
}

struct control_hooks
service_orders(struct service *s)
{
	return (struct control_hooks){
	    .arg = s,
	    .snapshot = service_snapshot,
	    .recycle = order_recycle,
	    .recycle_cancel = order_cancel,
	    .recycle_state = order_state,
	    .notify = order_notify,
	    .notify_state = order_notify_state,
	    .errand = order_errand,
	    .errand_state = order_errand_state,
	    .enable = order_enable,
	    .reload = service_reload,
	    .reload_tls = order_reload_tls,
	    .log_level = order_log_level,
	    .trunk_reset = order_trunk_reset,
	    .stop = order_stop,
	};
}
