/* main: um-worker, started by the supervisor only.  Takes its channel and its configuration from
 * two descriptors, builds the rooms, answers calls until it is told to leave.
 * One thread: our loop and sofia-sip's turn by turn (ua_wait). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ipc/base/log.h"
#include "worker/calls.h"
#include "worker/delivery.h"
#include "worker/link.h"
#include "worker/media.h"
#include "worker/notices.h"
#include "worker/spool.h"
#include "worker/ua.h"

/* Recordings still being written when everything else is over get this long. */
#define LAST_MS 2000

enum phase { PHASE_SERVING, PHASE_LEAVING, PHASE_CLOSING, PHASE_LEFT };

struct worker {
	struct loop *loop;
	struct conf *conf;
	struct link *link;
	struct directory *directory;
	struct media *media;
	struct prompts *prompts;
	struct settings *settings;
	struct calls *calls;
	struct notices *notices;
	struct delivery *delivery;
	int table; /* descriptor of the mailboxes in force; -1: no mailbox file */
	struct ua *ua;
	struct loop_signal *term;
	struct loop_timer *deadline;
	struct msg_start start;
	bool started;
	bool alone; /* no supervisor any more */
	bool abandoned;
	enum phase phase;
};

static void
on_start(void *arg, const struct msg_start *start)
{
	struct worker *w = arg;

	if (start->version != MESSAGE_VERSION)
		log_fatal(LOG_MAIN,
			  "the supervisor speaks message version %u, this worker %d: "
			  "install programs of one version",
			  start->version, MESSAGE_VERSION);
	if (w->started) {
		log_err(LOG_MAIN, "ignored a second START");
		return;
	}
	w->start = *start;
	w->started = true;
	loop_stop(w->loop);
}

static void
on_level(void *arg)
{
	(void)arg;
	ua_follow_log();
}

/* For whoever has to look through all mailboxes, not at the expense of calls. */
static void
keep_table(struct worker *w, int fd)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return;
	if (w->table >= 0)
		close(w->table);
	w->table = copy;
}

static void
on_mailboxes(void *arg, int fd)
{
	struct worker *w = arg;

	keep_table(w, fd);
	if (w->delivery)
		delivery_mailboxes(w->delivery, w->table);
	const int err = directory_take(w->directory, fd);

	if (err < 0)
		log_err(LOG_MAIN, "the old mailboxes stay: %s", strerror(-err));
	else
		log_info(LOG_MAIN, "new mailboxes");
}

static void
on_drain(void *arg, uint32_t deadline_ms)
{
	struct worker *w = arg;

	log_info(LOG_MAIN, "draining: %u calls up, %u s left", w->calls ? calls_count(w->calls) : 0,
		 deadline_ms / 1000);
}

static void
on_cut(void *arg)
{
	struct worker *w = arg;

	if (w->calls)
		calls_cut(w->calls);
}

static void
on_notify(void *arg, const struct msg_notify *order)
{
	struct worker *w = arg;

	if (w->notices)
		notices_order(w->notices, order);
}

/* The rest of the calls is hung up; when the PBX does not answer in time they are given up. */
static void
leave(struct worker *w, const char *why)
{
	if (w->phase != PHASE_SERVING)
		return;
	if (!w->started || !w->calls) {
		w->phase = PHASE_LEFT;
		loop_stop(w->loop);
		return;
	}
	log_info(LOG_MAIN, "leaving: %s, %u calls up", why, calls_count(w->calls));
	w->phase = PHASE_LEAVING;
	delivery_own(w->delivery, false);
	if (w->alone) {
		w->abandoned = true;
		calls_abandon(w->calls);
	} else {
		calls_cut(w->calls);
	}
	loop_timer_once(w->deadline, w->alone ? LAST_MS : w->conf->worker.stop_grace / 2);
}

static void
on_deadline(void *arg)
{
	struct worker *w = arg;

	if (w->abandoned) {
		if (calls_count(w->calls) > 0)
			log_warn(LOG_MAIN, "%u recordings are left for the next worker to finish",
				 calls_count(w->calls));
		w->phase = PHASE_LEFT;
		return;
	}
	w->abandoned = true;
	calls_abandon(w->calls);
	loop_timer_once(w->deadline, LAST_MS);
}

static void
on_own(void *arg, bool own)
{
	struct worker *w = arg;

	if (w->delivery)
		delivery_own(w->delivery, own && w->phase == PHASE_SERVING);
}

static void
on_order(void *arg, const struct msg_order *order)
{
	struct worker *w = arg;

	if (w->delivery)
		delivery_order(w->delivery, order);
}

static void
on_stop(void *arg)
{
	leave(arg, "told to stop");
}

static void
on_term(void *arg, int signo)
{
	(void)signo;
	leave(arg, "terminated");
}

static void
on_gone(void *arg, int why)
{
	struct worker *w = arg;

	w->alone = true;
	if (why < 0)
		log_err(LOG_MAIN, "the channel to the supervisor broke: %s", strerror(-why));
	leave(w, "the supervisor is gone");
}

static void
on_beat(void *arg, struct msg_beat *beat)
{
	struct worker *w = arg;

	media_beat(w->media, beat);
	delivery_beat(w->delivery, beat);
	beat->calls = calls_count(w->calls);
}

static const struct link_orders orders = {
    .start = on_start,
    .level = on_level,
    .mailboxes = on_mailboxes,
    .drain = on_drain,
    .cut = on_cut,
    .notify = on_notify,
    .own = on_own,
    .order = on_order,
    .stop = on_stop,
    .gone = on_gone,
    .beat = on_beat,
};

/* Born of a supervisor: a record socket as descriptor 3, the configuration as 4. */
static bool
was_started_by_supervisor(void)
{
	int type = 0;
	socklen_t n = sizeof(type);
	struct stat st;

	return getsockopt(WORKER_FD_CHANNEL, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_SEQPACKET && fstat(WORKER_FD_CONF, &st) == 0 && S_ISREG(st.st_mode);
}

static struct conf *
read_conf(void)
{
	char errors[4096];
	struct buf why = BUF(errors);
	struct conf *conf = NULL;
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(WORKER_FD_CONF, &st) < 0 || !(text = malloc((size_t)st.st_size + 1)))
		log_fatal(LOG_CONF, "no memory for the configuration");
	n = pread(WORKER_FD_CONF, text, (size_t)st.st_size, 0);
	if (n != st.st_size)
		log_fatal(LOG_CONF, "cannot read the configuration from descriptor %d",
			  WORKER_FD_CONF);
	if (conf_read_text("configuration", (struct slice){text, (size_t)n}, &why, &conf) < 0)
		log_fatal(LOG_CONF, "%s", buf_cstr(&why));
	free(text);
	close(WORKER_FD_CONF);
	return conf;
}

static struct directory *
open_directory(const struct conf *conf)
{
	struct directory *d = directory_new();
	int err = d ? 0 : -ENOMEM;

	if (d && conf->mailboxes.file[0])
		err = directory_take(d, WORKER_FD_MAILBOXES);
	if (err < 0)
		log_fatal(LOG_CONF, "no mailboxes on descriptor %d: %s", WORKER_FD_MAILBOXES,
			  strerror(-err));
	return d;
}

/* Two sockets and a file for each call: as many as the system allows. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
open_loop(struct worker *w)
{
	signal(SIGINT, SIG_IGN); /* Ctrl-C at the terminal is for the supervisor */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	w->loop = loop_new();
	if (w->loop) {
		w->term = loop_signal_new(w->loop, SIGTERM, on_term, w);
		w->deadline = loop_timer_new(w->loop, "leave", on_deadline, w);
		w->link = link_new(w->loop, WORKER_FD_CHANNEL, &orders, w);
	}
	if (!w->loop || !w->term || !w->deadline || !w->link)
		log_fatal(LOG_MAIN, "no event loop: out of memory or descriptors");
}

static void
open_ua(struct worker *w, const struct addr *local)
{
	char reason[512];
	struct buf why = BUF(reason);
	struct ua_conf c = {
	    .loop = w->loop,
	    .local = *local,
	    .door = w->conf->listen.address[0],
	    .supervisor = w->conf->inner.supervisor,
	    .generation = w->start.generation,
	    .session_expires = w->conf->call.session_expires,
	    .min_se = w->conf->call.min_se,
	    .event = calls_on_ua,
	    .arg = w->calls,
	    .noticed = notices_on_ua,
	};

	if (ua_new(&c, &w->ua, &why) < 0)
		log_fatal(LOG_UA, "%s", buf_cstr(&why));
	notices_ua(w->notices, w->ua);
}

static void
open_rooms(struct worker *w)
{
	const struct conf *conf = w->conf;
	char reason[512];
	struct buf why = BUF(reason);
	struct calls_parts parts = {.loop = w->loop,
				    .conf = conf,
				    .directory = w->directory,
				    .link = w->link,
				    .local = conf->inner.worker,
				    .generation = w->start.generation};

	parts.local.port = w->start.slot == 0 ? conf->listen.slot_a_port : conf->listen.slot_b_port;
	if (media_new(w->loop, conf, w->start.slot, &w->media, &why) < 0)
		log_fatal(LOG_MEDIA, "%s", buf_cstr(&why));
	parts.media = w->media;
	if (prompts_load(conf, &w->prompts, &why) < 0)
		log_fatal(LOG_MEDIA, "%s", buf_cstr(&why));
	parts.prompts = w->prompts;
	w->settings = parts.settings = settings_new(conf);
	w->calls = calls_new(&parts);
	w->notices = notices_new(&(struct notices_parts){w->loop, conf, w->settings, w->link});
	if (!w->settings || !w->calls || !w->notices)
		log_fatal(LOG_CALL, "out of memory");
	const struct delivery_parts mail = {w->loop, conf, w->link, w->notices, w->table};
	int e = delivery_new(&mail, &w->delivery);
	if (e < 0)
		log_fatal(LOG_MAIL, "cannot start delivery: %s", strerror(-e));
	open_ua(w, &parts.local);
}

/* What a killed worker left behind is finished before the first call comes. */
static uint32_t
salvage(const struct conf *conf)
{
	int n = spool_salvage(conf->recording.spool, (uint32_t)conf->recording.min_duration);

	if (n < 0)
		log_err(LOG_SPOOL, "cannot look for interrupted recordings in %s: %s",
			conf->recording.spool, strerror(-n));
	else if (n > 0)
		log_notice(LOG_SPOOL, "%d interrupted recordings finished", n);
	return n > 0 ? (uint32_t)n : 0;
}

static void
advance(struct worker *w)
{
	if (w->phase == PHASE_LEAVING && calls_count(w->calls) == 0) {
		w->phase = PHASE_CLOSING;
		delivery_quiet(w->delivery);
		notices_free(w->notices);
		w->notices = NULL;
		ua_shutdown(w->ua);
	}
	if (w->phase == PHASE_CLOSING && ua_is_down(w->ua))
		w->phase = PHASE_LEFT;
}

/* Two loops in one thread: ours gets a turn when it has something to do, sofia-sip's waits. */
static void
serve(struct worker *w)
{
	bool due = true;

	for (;;) {
		if (due)
			loop_turn(w->loop);
		advance(w);
		if (w->phase == PHASE_LEFT)
			return;
		due = ua_wait(w->ua);
	}
}

/* False: the deadline came before the last call's end, and what still uses the loop stays. */
static bool
close_rooms(struct worker *w)
{
	bool delivered = delivery_stop(w->delivery, LAST_MS);

	link_beat(w->link);
	if (!delivered || !ua_is_down(w->ua) || calls_count(w->calls) > 0)
		return false;
	delivery_free(w->delivery);
	ua_free(w->ua);
	calls_free(w->calls);
	settings_free(w->settings);
	media_free(w->media);
	prompts_free(w->prompts);
	return true;
}

static void
close_loop(struct worker *w)
{
	link_free(w->link);
	loop_signal_free(w->term);
	loop_timer_free(w->deadline);
	loop_free(w->loop);
}

int
main(void)
{
	struct worker w = {.phase = PHASE_SERVING, .table = -1};
	char name[32];

	log_open("worker");
	if (!was_started_by_supervisor()) {
		fprintf(stderr, "um-worker: this program is started by um-supervisor only\n");
		return 2;
	}
	w.conf = read_conf();
	log_set_level(w.conf->log.level, -1);
	if (w.conf->mailboxes.file[0])
		keep_table(&w, WORKER_FD_MAILBOXES);
	w.directory = open_directory(w.conf);
	open_loop(&w);
	loop_run(w.loop);
	if (w.started && w.phase == PHASE_SERVING) {
		snprintf(name, sizeof(name), "worker %u", w.start.generation);
		log_open(name);
		raise_descriptors();
		open_rooms(&w);
		link_ready(w.link, salvage(w.conf), w.conf->worker.heartbeat);
		serve(&w);
		if (!close_rooms(&w))
			_exit(0);
	}
	close_loop(&w);
	directory_free(w.directory);
	free(w.conf);
	return 0;
}
