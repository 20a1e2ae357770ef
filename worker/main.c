/* main: um-worker, started by the supervisor only: the supervisor's orders, and how a worker leaves
 * step by step.  What it is born with is in born.c, what it is made of in rooms.c.
 * One thread: our loop and sofia-sip's turn by turn (ua_wait). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ipc/base/log.h"
#include "worker/born.h"
#include "worker/calls.h"
#include "worker/delivery.h"
#include "worker/link.h"
#include "worker/media.h"
#include "worker/notices.h"
#include "worker/rooms.h"
#include "worker/ua.h"

enum phase { PHASE_SERVING, PHASE_LEAVING, PHASE_CLOSING, PHASE_LEFT };

struct worker {
	struct rooms rooms;
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
	loop_stop(w->rooms.loop);
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
	if (w->rooms.table >= 0)
		close(w->rooms.table);
	w->rooms.table = copy;
}

static void
on_mailboxes(void *arg, int fd)
{
	struct worker *w = arg;

	keep_table(w, fd);
	if (w->rooms.delivery)
		delivery_mailboxes(w->rooms.delivery, w->rooms.table);
	const int err = directory_take(w->rooms.directory, fd);

	if (err < 0)
		log_err(LOG_MAIN, "the old mailboxes stay: %s", strerror(-err));
	else
		log_info(LOG_MAIN, "new mailboxes");
}

static void
on_drain(void *arg, uint32_t deadline_ms)
{
	struct worker *w = arg;

	log_info(LOG_MAIN, "draining: %u calls up, %u s left",
		 w->rooms.calls ? calls_count(w->rooms.calls) : 0, deadline_ms / 1000);
}

static void
on_cut(void *arg)
{
	struct worker *w = arg;

	if (w->rooms.calls)
		calls_cut(w->rooms.calls);
}

static void
on_notify(void *arg, const struct msg_notify *order)
{
	struct worker *w = arg;

	if (w->rooms.notices)
		notices_order(w->rooms.notices, order);
}

/* The rest of the calls is hung up; when the PBX does not answer in time they are given up. */
static void
leave(struct worker *w, const char *why)
{
	if (w->phase != PHASE_SERVING)
		return;
	if (!w->started || !w->rooms.calls) {
		w->phase = PHASE_LEFT;
		loop_stop(w->rooms.loop);
		return;
	}
	log_info(LOG_MAIN, "leaving: %s, %u calls up", why, calls_count(w->rooms.calls));
	w->phase = PHASE_LEAVING;
	delivery_own(w->rooms.delivery, false);
	if (w->alone) {
		w->abandoned = true;
		calls_abandon(w->rooms.calls);
	} else {
		calls_cut(w->rooms.calls);
	}
	loop_timer_once(w->deadline,
			w->alone ? ROOMS_LAST_MS : w->rooms.conf->worker.stop_grace / 2);
}

static void
on_deadline(void *arg)
{
	struct worker *w = arg;

	if (w->abandoned) {
		if (calls_count(w->rooms.calls) > 0)
			log_warn(LOG_MAIN, "%u recordings are left for the next worker to finish",
				 calls_count(w->rooms.calls));
		w->phase = PHASE_LEFT;
		return;
	}
	w->abandoned = true;
	calls_abandon(w->rooms.calls);
	loop_timer_once(w->deadline, ROOMS_LAST_MS);
}

static void
on_own(void *arg, bool own)
{
	struct worker *w = arg;

	if (w->rooms.delivery)
		delivery_own(w->rooms.delivery, own && w->phase == PHASE_SERVING);
}

static void
on_order(void *arg, const struct msg_order *order)
{
	struct worker *w = arg;

	if (w->rooms.delivery)
		delivery_order(w->rooms.delivery, order);
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

	media_beat(w->rooms.media, beat);
	delivery_beat(w->rooms.delivery, beat);
	calls_beat(w->rooms.calls, beat);
	beat->calls = calls_count(w->rooms.calls);
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

static void
open_loop(struct worker *w)
{
	signal(SIGINT, SIG_IGN); /* Ctrl-C at the terminal is for the supervisor */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	w->rooms.loop = loop_new();
	if (w->rooms.loop) {
		w->term = loop_signal_new(w->rooms.loop, SIGTERM, on_term, w);
		w->deadline = loop_timer_new(w->rooms.loop, "leave", on_deadline, w);
		w->rooms.link = link_new(w->rooms.loop, WORKER_FD_CHANNEL, &orders, w);
	}
	if (!w->rooms.loop || !w->term || !w->deadline || !w->rooms.link)
		log_fatal(LOG_MAIN, "no event loop: out of memory or descriptors");
}

static void
advance(struct worker *w)
{
	if (w->phase == PHASE_LEAVING && calls_count(w->rooms.calls) == 0) {
		w->phase = PHASE_CLOSING;
		delivery_quiet(w->rooms.delivery);
		notices_free(w->rooms.notices);
		w->rooms.notices = NULL;
		ua_shutdown(w->rooms.ua);
	}
	if (w->phase == PHASE_CLOSING && ua_is_down(w->rooms.ua))
		w->phase = PHASE_LEFT;
}

/* Two loops in one thread: ours gets a turn when it has something to do, sofia-sip's waits. */
static void
serve(struct worker *w)
{
	bool due = true;

	for (;;) {
		if (due)
			loop_turn(w->rooms.loop);
		advance(w);
		if (w->phase == PHASE_LEFT)
			return;
		due = ua_wait(w->rooms.ua);
	}
}

static void
close_loop(struct worker *w)
{
	link_free(w->rooms.link);
	loop_signal_free(w->term);
	loop_timer_free(w->deadline);
	loop_free(w->rooms.loop);
}

int
main(void)
{
	struct worker w = {.phase = PHASE_SERVING, .rooms.table = -1};
	char name[32];

	log_open("worker");
	if (!born_of_supervisor()) {
		fprintf(stderr, "um-worker: this program is started by um-supervisor only\n");
		return 2;
	}
	w.rooms.conf = born_conf();
	log_set_level(w.rooms.conf->log.level, -1);
	if (w.rooms.conf->mailboxes.file[0])
		keep_table(&w, WORKER_FD_MAILBOXES);
	w.rooms.directory = born_directory(w.rooms.conf);
	open_loop(&w);
	loop_run(w.rooms.loop);
	if (w.started && w.phase == PHASE_SERVING) {
		snprintf(name, sizeof(name), "worker %u", w.start.generation);
		log_open(name);
		born_raise_descriptors();
		rooms_open(&w.rooms, &w.start);
		link_ready(w.rooms.link, rooms_salvage(w.rooms.conf),
			   w.rooms.conf->worker.heartbeat);
		serve(&w);
		if (!rooms_close(&w.rooms))
			_exit(0);
	}
	close_loop(&w);
	directory_free(w.rooms.directory);
	free(w.rooms.conf);
	return 0;
}
