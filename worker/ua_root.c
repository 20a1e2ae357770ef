/* ua_root: see ua_root.h. */
#include "worker/ua_root.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SU_ROOT_MAGIC_T struct ua_root
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_time.h>
#include <sofia-sip/su_wait.h>

#include "ipc/base/log.h"
#include "worker/ua.h"

/* Longest sleep when nothing at all is due. */
#define WAIT_MAX_MS    (60 * 60 * 1000)
#define TIMER_SLACK_MS 20
#define STEPS_MAX      16 /* then our loop gets a turn */

struct ua_root {
	struct loop *loop;
	su_root_t *su;
	su_wait_t wait;
	int index;
	bool woken; /* our loop's descriptor has become readable */
	bool busy;  /* something is queued for the next step */
};

static void
sofia_log(void *stream, char const *fmt, va_list args)
{
	char line[512];

	(void)stream;
	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug(LOG_UA, "%s", line);
}

/* 7 of 9: what the stack does, without what its event loop does. */
void
ua_follow_log(void)
{
	su_log_redirect(NULL, sofia_log, NULL);
	su_log_set_level(NULL, log_wants(LOG_UA, LOG_DEBUG_) ? 7 : 0);
}

/* Milliseconds from t2 to t1, for deciding how long to sleep.  Replaces the library's, which
 * rounds down and therefore spins through the last part of a millisecond before each of its
 * timers: half a millisecond of CPU per call.  It calls this through its PLT, as it calls
 * nta_agent_newtag() (ua_tag.c).
 * A timer may be late by TIMER_SLACK_MS: none of sofia-sip's minds, and under load nearly all of
 * them (some per call, for retransmissions that never come) are worked off when a message wakes
 * us anyway. */
su_duration_t
su_duration(su_time_t const t1, su_time_t const t2)
{
	int64_t us = ((int64_t)t1.tv_sec - (int64_t)t2.tv_sec) * 1000000 + (int64_t)t1.tv_usec -
		     (int64_t)t2.tv_usec;
	int64_t ms = us / 1000;

	if (us > 0)
		ms += TIMER_SLACK_MS;
	if (ms > SU_DURATION_MAX)
		return SU_DURATION_MAX;
	return ms < -SU_DURATION_MAX ? -SU_DURATION_MAX : (su_duration_t)ms;
}

/* Our loop's descriptor became readable: ua_root_wait() returns and says so. */
static int
on_loop(struct ua_root *r, su_wait_t *wait, su_wakeup_arg_t *arg)
{
	(void)wait;
	(void)arg;
	r->woken = true;
	return 0;
}

struct ua_root *
ua_root_new(struct loop *loop, struct buf *why)
{
	struct ua_root *r = calloc(1, sizeof(*r));

	if (!r || su_init() != 0 || !(r->su = su_root_create(r))) {
		free(r);
		buf_str(why, "sofia-sip does not start: out of memory or descriptors");
		return NULL;
	}
	r->loop = loop;
	su_root_threading(r->su, 0);
	if (su_wait_create(&r->wait, loop_fd(loop), SU_WAIT_IN) == 0)
		r->index = su_root_register(r->su, &r->wait, on_loop, NULL, 0);
	if (r->index > 0)
		return r;
	ua_root_free(r);
	buf_str(why, "sofia-sip cannot watch the event loop");
	return NULL;
}

void *
ua_root_su(const struct ua_root *r)
{
	return r->su;
}

/* A step handles what is queued, sleeps, and handles what came; whatever that has queued in turn (an
 * answer of ours, an event of NUA) is due in the next step, which must not sleep: 0 says so. */
bool
ua_root_wait(struct ua_root *r)
{
	int ms = loop_timeout(r->loop);
	su_duration_t sleep = ms < 0 || ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;

	r->woken = false;
	for (int i = 0; i < STEPS_MAX; i++) {
		r->busy = su_root_step(r->su, r->busy ? 0 : sleep) == 0;
		if (!r->busy || r->woken)
			break;
	}
	return r->woken || loop_timeout(r->loop) == 0;
}

void
ua_root_free(struct ua_root *r)
{
	if (!r)
		return;
	if (r->index > 0)
		su_root_deregister(r->su, r->index);
	su_root_destroy(r->su);
	su_deinit();
	free(r);
}
