/* bed: see bed.h. */
#include "tests/fakes/bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "supervisor/scan.h"

/* --- the hooks --- */

static unsigned
calls_of(void *arg, uint32_t generation)
{
	const struct bed *b = arg;

	return b->calls[generation];
}

static unsigned
active_changed(void *arg, uint32_t before, uint32_t now)
{
	struct bed *b = arg;

	assert_int_not_equal(before, now);
	assert_int_equal(before, b->now);
	assert_int_equal(pool_view(b->pool)->active, now);
	b->changes++;
	b->before = before;
	b->now = now;
	return 0;
}

static unsigned
worker_dead(void *arg, uint32_t generation, unsigned *ret_moved)
{
	struct bed *b = arg;

	b->dead = generation;
	b->active_when_dead = pool_view(b->pool)->active;
	b->lost = b->calls[generation];
	b->calls[generation] = 0;
	*ret_moved = b->unanswered;
	return b->lost;
}

static void
call_begin(void *arg, uint32_t generation, const struct msg_call_begin *m)
{
	struct bed *b = arg;

	assert_int_equal(m->test, 0);
	b->calls[generation]++;
}

static void
call_end(void *arg, uint32_t generation, const struct msg_call_end *m)
{
	struct bed *b = arg;

	assert_int_equal(m->test, 0);
	if (b->calls[generation] > 0) /* the test may have counted it out already */
		b->calls[generation]--;
	pool_calls_changed(b->pool, generation);
}

static void
send_inner(void *arg, const struct addr *to, const char *p, size_t n)
{
	const struct bed *b = arg;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);

	sendto(b->inner, p, n, 0, (struct sockaddr *)&ss, len);
}

static void
on_inner(void *arg, unsigned events)
{
	static const struct scan_limits limits = {65536, 64};
	struct bed *b = arg;
	char packet[4096];
	ssize_t n = recv(b->inner, packet, sizeof(packet), 0);
	struct slice own;
	struct sip_msg m;
	uint64_t number;

	(void)events;
	if (n <= 0 || b->deaf || scan_message(packet, (size_t)n, false, &limits, &m) != SCAN_OK ||
	    m.request)
		return;
	if (scan_param(m.via.params, "own", &own) && slice_u64(own, UINT32_MAX, &number) == 0)
		pool_response(b->pool, (uint32_t)number, &m);
}

static void
changed(void *arg)
{
	struct bed *b = arg;

	b->told++;
}

static void
on_stopped(void *arg)
{
	struct bed *b = arg;

	b->stopped = true;
}

/* --- opening and closing --- */

static void
open_inner(struct bed *b)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&b->conf->inner.supervisor, &ss);

	b->inner = socket(b->conf->inner.supervisor.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(b->inner >= 0);
	assert_int_equal(bind(b->inner, (struct sockaddr *)&ss, len), 0);
	b->io = loop_io_new(b->loop, "inner", b->inner, on_inner, b);
	loop_io_want(b->io, LOOP_READ);
}

/* The fake worker lies beside us: build/tests/unit/X -> build/tests/fakes/fake_worker. */
static void
find_program(struct bed *b)
{
	char *slash;
	ssize_t n = readlink("/proc/self/exe", b->program, sizeof(b->program) - 32);

	assert_true(n > 0);
	b->program[n] = '\0';
	for (int up = 0; up < 2; up++) {
		slash = strrchr(b->program, '/');
		assert_non_null(slash);
		*slash = '\0';
	}
	strcat(b->program, "/fakes/fake_worker");
}

void
bed_open(struct bed *b, const char *settings, const char *modes)
{
	struct pool_hooks hooks = {.arg = b,
				   .calls_of = calls_of,
				   .active_changed = active_changed,
				   .worker_dead = worker_dead,
				   .call_begin = call_begin,
				   .call_end = call_end,
				   .send_inner = send_inner,
				   .changed = changed,
				   .changed_arg = b};

	memset(b, 0, sizeof(*b));
	setenv("FAKE_MODES", modes, 1);
	log_set_level(getenv("VERBOSE") ? LOG_DEBUG_ : LOG_ERR_, -1);
	b->conf = bed_conf(settings);
	b->loop = loop_new();
	find_program(b);
	open_inner(b);
	b->pool = pool_new(b->loop, b->conf, b->program, &hooks);
}

static bool
filled(struct bed *b)
{
	const struct snapshot *s = bed_look(b);

	return s->active_generation != 0 &&
	       (!b->conf->recycle.standby || bed_is(b, 'A', "STANDBY") ||
		bed_is(b, 'B', "STANDBY"));
}

void
bed_ready(struct bed *b, const char *settings, const char *modes)
{
	bed_open(b, settings, modes);
	pool_start(b->pool);
	bed_until(b, filled, 5000);
}

static bool
stopped(struct bed *b)
{
	return b->stopped;
}

void
bed_close(struct bed *b)
{
	pool_stop(b->pool, true, on_stopped, b);
	bed_until(b, stopped, 5000);
	assert_int_equal(bed_children(), 0);
	pool_free(b->pool);
	loop_io_free(b->io);
	close(b->inner);
	loop_free(b->loop);
	free(b->conf);
}

void
bed_reload(struct bed *b, const char *settings, bool worker_changed)
{
	struct conf *old = b->conf;

	b->conf = bed_conf(settings);
	pool_conf(b->pool, b->conf, worker_changed);
	free(old);
}

/* --- running --- */

struct wait {
	struct bed *bed;
	bed_fn *done;
	struct mono end;
	bool late;
};

static void
on_look(void *arg)
{
	struct wait *w = arg;

	w->late = mono_due(w->end, loop_now(w->bed->loop));
	if (w->late || (w->done && w->done(w->bed)))
		loop_stop(w->bed->loop);
}

static bool
run(struct bed *b, bed_fn *done, int ms)
{
	struct wait w = {b, done, mono_add(loop_now(b->loop), ms), false};
	struct loop_timer *t = loop_timer_new(b->loop, "look", on_look, &w);

	loop_timer_every(t, 2);
	loop_run(b->loop);
	loop_timer_free(t);
	return !w.late;
}

void
bed_until_(struct bed *b, bed_fn *done, int ms, const char *what)
{
	const struct snapshot *s;

	if (run(b, done, ms))
		return;
	s = bed_look(b);
	fail_msg("%s: not after %d ms; A %u %s (%s), B %u %s (%s)", what, ms, s->slot[0].generation,
		 s->slot[0].state, s->slot[0].last_reason, s->slot[1].generation, s->slot[1].state,
		 s->slot[1].last_reason);
}

void
bed_run(struct bed *b, int ms)
{
	run(b, NULL, ms);
}

/* --- calls --- */

static void
request(struct bed *b, uint32_t generation, const char *method, const char *call_id)
{
	const struct pool_view *v = pool_view(b->pool);
	unsigned slot = v->slot[0].generation == generation ? 0 : 1;
	char text[1024], inner[ADDR_TEXT_MAX];
	struct buf out = BUF(text);

	assert_int_equal(v->slot[slot].generation, generation);
	assert_true(v->slot[slot].takes_sip);
	buf_printf(&out,
		   "%s sip:1000@evertrunk SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s\r\n"
		   "From: <sip:caller@pbx>;tag=1\r\nTo: <sip:1000@evertrunk>\r\nCall-ID: %s\r\n"
		   "CSeq: 1 %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		   method, addr_text(&b->conf->inner.supervisor, inner), method, call_id, call_id,
		   method);
	send_inner(b, &v->slot[slot].sip, out.p, out.n);
}

void
bed_invite(struct bed *b, const char *call_id)
{
	request(b, pool_view(b->pool)->active, "INVITE", call_id);
}

uint32_t
bed_call(struct bed *b, const char *call_id)
{
	uint32_t generation = pool_view(b->pool)->active;
	unsigned before = b->calls[generation];

	request(b, generation, "INVITE", call_id);
	for (int i = 0; i < 500 && b->calls[generation] == before; i++)
		bed_run(b, 4);
	assert_int_equal(b->calls[generation], before + 1);
	return generation;
}

void
bed_hang_up(struct bed *b, uint32_t generation, const char *call_id)
{
	request(b, generation, "BYE", call_id);
}
