/* service: see service.h. */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/report.h"
#include "supervisor/service_room.h"
#include "supervisor/systemd.h"

static void
report_pressure(const struct service *s, struct snapshot *ret)
{
	ret->pressure = *gauges_now(s->gauges);
	if (ret->ready && pressure_worst(&ret->pressure) == PRESSURE_HIGH) {
		ret->ready = false;
		ret->not_ready = "back pressure: new calls are refused";
	}
}

int
service_snapshot(void *arg, bool with_calls, struct snapshot *ret)
{
	struct service *s = arg;

	memset(ret, 0, sizeof(*ret));
	ret->version = EVERTRUNK_VERSION;
	ret->wall = time(NULL);
	ret->uptime_ms = mono_ms(s->started, loop_now(s->loop));
	pool_report(s->pool, ret);
	report_pressure(s, ret);
	certificate_report(s->certificate, &ret->tls);
	ret->mailbox_file = s->boxes.fd >= 0;
	ret->mailboxes = s->boxes.count;
	ret->tls_expiry_warning_ms = s->conf->tls.expiry_warning;
	return flow_report(s->flow, with_calls, ret);
}

/* The pool has something new to show: status line, readiness, who waits for a recycle. */
static void
on_changed(void *arg)
{
	struct service *s = arg;
	struct snapshot snap;
	char line[256];
	struct buf b = BUF(line);

	if (!s->control)
		return; /* still being built */
	control_poke(s->control);
	if (service_snapshot(s, false, &snap) == 0) {
		report_line(&snap, &b);
		systemd_status(buf_cstr(&b));
	}
	snapshot_free(&snap);
	if (!s->announced && pool_view(s->pool)->active) {
		s->announced = true;
		systemd_ready();
		log_notice(LOG_MAIN, "ready after %lld ms",
			   (long long)mono_ms(s->started, clock_now()));
	}
}

static void
on_tick(void *arg)
{
	struct service *s = arg;

	gauges_look(s->gauges);
}

/* Fed only while the loop turns and the active worker answers its probes. */
static void
on_watchdog(void *arg)
{
	struct service *s = arg;

	if (pool_healthy(s->pool))
		systemd_feed();
}

static void
on_stopped(void *arg)
{
	struct service *s = arg;

	loop_stop(s->loop);
}

void
service_stop(struct service *s, bool now)
{
	log_notice(LOG_MAIN, "stopping%s", now ? " now" : ": waiting for the calls that are up");
	s->stopping = true;
	systemd_stopping();
	pool_stop(s->pool, now, on_stopped, s);
}

static void
on_signal(void *arg, int signo)
{
	struct service *s = arg;
	char text[SERVICE_SAY];
	struct buf say = BUF(text);

	if (signo == SIGHUP)
		service_reload(s, &say);
	else
		service_stop(s, s->stopping); /* a second one does not wait for calls */
}

void
service_find_program(struct service *s)
{
	char self[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (s->conf->worker.program[0] != '\0') {
		snprintf(s->program, sizeof(s->program), "%s", s->conf->worker.program);
		return;
	}
	self[n > 0 ? n : 0] = '\0';
	snprintf(s->program, sizeof(s->program), "%.*s/um-worker", PATH_MAX - 16, dirname(self));
}

static int
make_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0750) == 0 ||
	    (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return 0;
	return errno == EEXIST ? -ENOTDIR : -errno;
}

/* The state folder, its parent with it: `run/state` works in a fresh checkout. */
static int
make_state(const char *directory, struct buf *why)
{
	char parent[CONF_PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", directory);
	make_folder(dirname(parent));
	const int error = make_folder(directory);
	if (error)
		buf_printf(why, "state.directory %s: %s", directory, strerror(-error));
	return error;
}

static int
start_control(struct service *s, struct buf *why)
{
	const struct control_hooks hooks = service_orders(s);
	char say[COMMAND_SAY] = "";
	const struct control_place place = {s->conf->control.socket, s->conf->control.group,
					    control_limits};
	const int error = control_new(s->loop, &place, &hooks, say, &s->control);

	if (error)
		buf_str(why, say);
	return error;
}

static int
start_health(struct service *s, struct buf *why)
{
	const struct health_hooks hooks = {s, service_snapshot};
	char say[256] = "";

	if (!s->conf->http.address.family)
		return 0;
	const int error = health_new(s->loop, &s->conf->http.address, &hooks, say, &s->health);
	if (error)
		buf_str(why, say);
	return error;
}

/* Faults in the mailbox file cost the rows they are in, and a line each. */
static int
start_boxes(struct service *s, struct buf *why)
{
	char text[4096];
	struct buf faults = BUF(text);
	const int error = boxes_load(s->conf, BOXES_START, &faults, &s->boxes);

	if (faults.n > 0)
		service_log_faults("not all mailboxes can be used", &faults);
	if (error)
		buf_printf(why, "mailboxes.file %s cannot be used", s->conf->mailboxes.file);
	else if (s->boxes.fd >= 0)
		log_notice(LOG_CONF, "%u mailboxes from %s", s->boxes.count,
			   s->conf->mailboxes.file);
	return error;
}

static int
start_pool(struct service *s, struct buf *why)
{
	struct pool_hooks hooks = flow_hooks(s->flow);

	hooks.changed = on_changed;
	hooks.tick = on_tick;
	hooks.changed_arg = s;
	service_find_program(s);
	s->pool = pool_new(s->loop, s->conf, s->program, &hooks);
	if (!s->pool) {
		buf_str(why, "out of memory");
		return -ENOMEM;
	}
	pool_mailboxes(s->pool, &s->boxes, false);
	flow_pool(s->flow, s->pool);
	if (certificate_tls(s->certificate))
		flow_tls(s->flow, certificate_tls(s->certificate));
	return 0;
}

/* What the gauges cannot find out themselves. */
static void
read_gauges(void *arg, int64_t value[PRESSURE_COUNT])
{
	const struct service *s = arg;
	const uint64_t memory = s->conf->recycle.memory;
	struct pool_load load;

	pool_load(s->pool, &load);
	if (load.owner || s->conf->mail.delivery == DELIVERY_OFF) {
		value[PRESSURE_QUEUE] = load.queued;
		value[PRESSURE_OLDEST] = load.oldest_s * INT64_C(1000);
	}
	value[PRESSURE_MEMORY] = memory ? (int64_t)(load.memory * 100 / memory) : 0;
	value[PRESSURE_CALLS] = flow_calls(s->flow) * INT64_C(100) / s->conf->limits.calls;
}

static bool
has_calls(void *arg)
{
	const struct service *s = arg;

	return flow_calls(s->flow) > 0;
}

static void
on_pressure(void *arg, const struct pressure *now)
{
	struct service *s = arg;
	char text[LEDGER_PRESSURE];
	struct buf words = BUF(text);

	pressure_words(now, &words);
	pool_pressure(s->pool, buf_cstr(&words));
	flow_pressure(s->flow, pressure_worst(now) == PRESSURE_HIGH);
	on_changed(s);
}

static int
start_gauges(struct service *s)
{
	const struct gauges_hooks hooks = {s, read_gauges, has_calls, on_pressure};

	s->gauges = gauges_new(s->loop, s->conf, &hooks);
	if (!s->gauges)
		return -ENOMEM;
	gauges_look(s->gauges);
	return 0;
}

static void
watch_signals(struct service *s)
{
	static const int signals[SERVICE_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < SERVICE_SIGNALS; i++)
		s->signal[i] = loop_signal_new(s->loop, signals[i], on_signal, s);
}

/* Every room, in the order in which each needs the one before. */
static int
start(struct service *s, struct buf *why)
{
	int error = make_state(s->conf->state.directory, why);

	if (!error)
		error = certificate_new(s->loop, s->conf, &s->certificate, why);
	if (!error)
		error = flow_new(s->loop, s->conf, &s->flow, why);
	if (!error)
		error = start_boxes(s, why);
	if (!error)
		error = start_pool(s, why);
	if (!error)
		error = start_gauges(s);
	if (!error)
		error = start_control(s, why);
	if (!error)
		error = start_health(s, why);
	if (error)
		return error;
	watch_signals(s);
	if (systemd_watchdog() > 0) {
		s->watchdog = loop_timer_new(s->loop, "watchdog", on_watchdog, s);
		loop_timer_every(s->watchdog, systemd_watchdog());
	}
	pool_start(s->pool);
	return 0;
}

static void
finish(struct service *s)
{
	health_free(s->health);
	control_free(s->control);
	gauges_free(s->gauges);
	pool_free(s->pool);
	flow_free(s->flow);
	certificate_free(s->certificate);
	loop_timer_free(s->watchdog);
	for (int i = 0; i < SERVICE_SIGNALS; i++)
		if (s->signal[i])
			loop_signal_free(s->signal[i]);
	loop_free(s->loop);
	boxes_close(&s->boxes);
	free(s->conf);
}

/* A connection is a descriptor: as many as we may have. */
static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
service_run(const char *file, struct conf *conf)
{
	struct service s = {.file = file, .conf = conf, .boxes.fd = -1, .started = clock_now()};
	char text[512];
	struct buf why = BUF(text);

	raise_limits();
	log_set_level(conf->log.level, -1);
	s.loop = loop_new();
	if (!s.loop)
		log_fatal(LOG_MAIN, "out of memory");
	log_notice(LOG_MAIN, "Evertrunk %s starting with %s", EVERTRUNK_VERSION, file);
	const int error = start(&s, &why);
	if (error)
		log_err(LOG_MAIN, "cannot start: %s", why.n ? buf_cstr(&why) : strerror(-error));
	else
		loop_run(s.loop);
	finish(&s);
	log_notice(LOG_MAIN, "stopped");
	return error ? 1 : 0;
}
