/* slot_watch: how a slot knows that its worker lives: OPTIONS probes, reports, self-test calls.
 * Part of the room slot; see slot.h. */
#include <stdio.h>

#include "ipc/base/log.h"
#include "supervisor/slot.h"

/* A standby's fresh self-test call takes some 6 ms; it may take this long, or two probes' time. */
#define RETEST_MS     1000
/* Reports come every worker.heartbeat; so many may be missing. */
#define BEATS_MISSING 3

static struct probe_ends
ends_of(const struct slot *s)
{
	return (struct probe_ends){s->env->conf->inner.supervisor, slot_address(s)};
}

static struct probe_id
next_id(struct slot *s)
{
	return probe_id_make(&s->env->key, ++s->env->last_own);
}

static void
send_text(struct slot *s, const struct buf *b)
{
	const struct pool_hooks *h = s->env->hooks;
	struct addr to = slot_address(s);

	if (b->n > 0 && !b->full)
		h->send_inner(h->arg, &to, b->p, b->n);
}

/* --- the self-test call --- */

void
slot_test(struct slot *s)
{
	char text[PROBE_TEXT_MAX];
	struct buf b = BUF(text);
	struct probe_ends e = ends_of(s);

	s->env->counts.tests++;
	selftest_begin(&s->test, &e, next_id(s), loop_now(s->env->loop), &b);
	send_text(s, &b);
}

int64_t
slot_retest_limit(const struct slot *s)
{
	int64_t ms = 2 * s->env->conf->worker.probe_timeout;

	return ms > RETEST_MS ? ms : RETEST_MS;
}

void
slot_retest(struct slot *s)
{
	slot_test(s);
	s->deadline = mono_add(loop_now(s->env->loop), slot_retest_limit(s));
}

static void
test_response(struct slot *s, const struct sip_msg *m, struct mono now)
{
	char one[PROBE_TEXT_MAX], two[PROBE_TEXT_MAX], words[LEDGER_TEXT];
	struct selftest_says says = {BUF(one), BUF(two), BUF(words)};
	struct probe_ends e = ends_of(s);
	enum selftest_verdict v = selftest_answer(&s->test, &e, m, now, &says);

	send_text(s, &says.first);
	send_text(s, &says.second);
	/* a crash may have promoted it meanwhile: then real calls are its test */
	if (s->state != RECYCLE_STARTING && s->state != RECYCLE_STANDBY)
		return;
	/* without its channel it cannot be led, however well it talks */
	if (v == SELFTEST_PASSED && !s->hung_up) {
		buf_printf(&says.why, "self-test call answered in %d ms", (int)s->test.answer_ms);
		slot_event(s, RECYCLE_ON_PASSED, buf_cstr(&says.why));
	} else if (v == SELFTEST_FAILED) {
		s->env->counts.test_failures++;
		slot_sick(s, REASON_PROBE, buf_cstr(&says.why));
	}
}

/* --- probes --- */

/* Admitted and not leaving: it must answer. */
static bool
is_watched(const struct slot *s)
{
	return s->state == RECYCLE_STANDBY || s->state == RECYCLE_SERVING ||
	       s->state == RECYCLE_DRAINING;
}

void
slot_probe(struct slot *s, struct mono now)
{
	char text[PROBE_TEXT_MAX];
	struct buf b = BUF(text);
	struct probe_ends e = ends_of(s);

	if (!is_watched(s))
		return;
	s->env->counts.probes++;
	probe_send(&s->probe, &e, next_id(s), now, &b);
	send_text(s, &b);
}

/* One more is missing: asks again at once, until it is sick. */
static void
missed(struct slot *s, struct mono now, const char *how)
{
	char why[LEDGER_TEXT];

	s->env->counts.probe_failures++;
	if (!probe_sick(&s->probe)) {
		log_notice(LOG_PROBE, "slot %c generation %u: OPTIONS %s, asking again",
			   slot_letter(s), s->generation, how);
		slot_probe(s, now);
		return;
	}
	snprintf(why, sizeof(why), "%d OPTIONS in a row %s", PROBE_MISSES, how);
	slot_sick(s, REASON_PROBE, why);
}

bool
slot_response(struct slot *s, uint32_t own, const struct sip_msg *m)
{
	struct mono now = loop_now(s->env->loop);
	char how[64];

	if (!recycle_alive(s->state))
		return false;
	if (s->test.id.own == own) {
		test_response(s, m, now);
		return true;
	}
	if (s->probe.id.own != own)
		return false;
	if (probe_answer(&s->probe, m, now) == PROBE_BAD) {
		snprintf(how, sizeof(how), "answered with %u", m->status);
		missed(s, now, how);
	}
	return true;
}

/* --- time --- */

static bool
probed(const struct slot *s)
{
	return s->probe.waiting && is_watched(s);
}

/* Reports are waited for while there is a channel to report on. */
static bool
listened_to(const struct slot *s)
{
	return !s->hung_up && is_watched(s);
}

static struct mono
probe_due(const struct slot *s)
{
	return mono_add(s->probe.sent, s->env->conf->worker.probe_timeout);
}

static struct mono
beat_due(const struct slot *s)
{
	int64_t beat = s->env->conf->worker.heartbeat;

	return mono_add(s->heard, BEATS_MISSING * beat + beat / 2);
}

void
slot_watch(struct slot *s, struct mono now)
{
	char text[PROBE_TEXT_MAX], why[LEDGER_TEXT];
	struct buf b = BUF(text);
	struct probe_ends e = ends_of(s);

	if (s->state == RECYCLE_STARTING || s->state == RECYCLE_STANDBY) {
		selftest_resend(&s->test, &e, now, &b);
		send_text(s, &b);
	}
	if (probed(s) && mono_due(probe_due(s), now)) {
		probe_miss(&s->probe);
		missed(s, now, "not answered");
	}
	if (listened_to(s) && mono_due(beat_due(s), now)) {
		snprintf(why, sizeof(why), "%d reports missing", BEATS_MISSING);
		slot_sick(s, REASON_HEARTBEAT, why);
	}
}

struct mono
slot_watch_due(const struct slot *s)
{
	struct mono due = {0};

	if ((s->state == RECYCLE_STARTING || s->state == RECYCLE_STANDBY) &&
	    s->test.step != SELFTEST_NONE)
		due = s->test.resend;
	if (probed(s))
		due = slot_earlier(due, probe_due(s));
	if (listened_to(s))
		due = slot_earlier(due, beat_due(s));
	return due;
}

void
slot_forgive(struct slot *s, struct mono now, int64_t ms)
{
	s->heard = now;
	if (mono_set(s->deadline))
		s->deadline = mono_add(s->deadline, ms);
	if (mono_set(s->half))
		s->half = mono_add(s->half, ms);
	if (probed(s))
		slot_probe(s, now);
}
