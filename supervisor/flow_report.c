/* flow_report: the flow's part of a snapshot.  See flow_room.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/flow_room.h"

static void
report_trunk(const struct flow *f, size_t i, struct snapshot_trunk *t)
{
	const struct trunk *k = &f->trunks.trunk[i];

	t->conf = k->conf;
	t->mode_now = trunk_mode_now(k);
	snprintf(t->why, sizeof(t->why), "%s", k->why);
	t->last_seen = k->last_seen;
	t->calls = affinity_trunk_calls(f->affinity, (uint16_t)i);
	t->started = k->started;
	t->failures = k->failures;
	t->redirects = k->redirects;
	t->refused = k->refused;
	t->said = trunk_said(&f->trunks, k);
	t->profile = trunk_profile(k);
	t->recognised = k->recognised != PROFILE_AUTO;
	t->recognised_at = k->recognised_at;
	snprintf(t->evidence, sizeof(t->evidence), "%s", k->evidence);
	t->last_transport = (enum transport)k->last_transport;
}

static void
report_call(struct flow *f, struct call *c, struct snapshot_call *s)
{
	const struct dialog *d = affinity_dialog(f->affinity, c, false);

	s->generation = c->generation;
	s->state = c->state == CALL_ROUTED && !c->generation
		       ? "held"
		       : call_state_name((enum call_state)c->state);
	s->trunk = c->trunk < f->trunks.n ? f->trunks.trunk[c->trunk].conf->name : "-";
	s->age_ms = mono_ms(c->since, loop_now(f->loop));
	s->door = f->door[c->way.door];
	if (!d)
		return;
	snprintf(s->call_id, sizeof(s->call_id), "%.*s", (int)d->call_id.n, d->call_id.p);
	snprintf(s->caller, sizeof(s->caller), "%s", d->caller);
	snprintf(s->called, sizeof(s->called), "%s", d->called);
}

int
flow_report(struct flow *f, bool with_calls, struct snapshot *s)
{
	struct call_walk walk = {0};
	struct call *c;

	s->connections = streams_count(f->streams);
	s->invites_pending = pending_count(f->pending);
	s->trunk = calloc(f->trunks.n + 1, sizeof(*s->trunk));
	s->call = with_calls ? calloc(affinity_calls(f->affinity, 0) + 1, sizeof(*s->call)) : NULL;
	if (!s->trunk || (with_calls && !s->call))
		return -ENOMEM;
	s->ntrunk = f->trunks.n;
	for (size_t i = 0; i < f->trunks.n; i++)
		report_trunk(f, i, &s->trunk[i]);
	while ((c = affinity_walk(f->affinity, &walk))) {
		s->calls_active += c->counted ? 1 : 0;
		if (with_calls)
			report_call(f, c, &s->call[s->ncall++]);
	}
	return 0;
}
