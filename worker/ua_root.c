/* ua_root: see ua_root.h. */
#include "worker/ua_root.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SU_ROOT_MAGIC_T struct ua_root
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>

#include "ipc/base/log.h"
#include "worker/ua.h"
#include "worker/ua_clock.h"

/* Longest sleep when nothing at all is due. */
#define WAIT_MAX_MS (60 * 60 * 1000)
#define STEPS_MAX   16 /* then our loop gets a turn */

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

	ua_clock_start();
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

/* A step handles what is queued, sleeps, and handles what came; what that has queued in turn (an
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
