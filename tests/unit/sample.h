/* sample: one filled snapshot for the tests of the printers and of those who serve them. */
#ifndef EVERTRUNK_TESTS_SAMPLE_H
#define EVERTRUNK_TESTS_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/keys.h"
#include "supervisor/recycle.h"
#include "supervisor/snapshot.h"

#define SAMPLE_NOW 1764298800 /* 2025-11-28 03:00:00 UTC */

/* As the configuration has them, and as they are in force: the first has been recognised. */
static struct trunk_conf sample_said[2] = {
    {.name = "cs1000", .profile = PROFILE_AUTO, .mode = TRUNK_AUTO},
    {.name = "lab \"7\"", .profile = PROFILE_CUCM, .mode = TRUNK_PROXY},
};
static struct trunk_conf sample_trunks[2];

static inline struct snapshot_slot
sample_slot(char letter, uint16_t port, uint32_t generation, enum recycle_state state)
{
	struct snapshot_slot s = {
	    .letter = letter,
	    .port = port,
	    .generation = generation,
	    .state = recycle_state_name(state),
	    .probe_age_ms = -1,
	    .test_age_ms = -1,
	};

	if (generation != 0) {
		s.pid = 4000 + (int)generation;
		s.age_ms = 90061000;
		s.memory = 11 * 1024 * 1024 + 256 * 1024;
		s.probe_age_ms = 1500;
		s.test_age_ms = 65000;
	}
	return s;
}

static inline void
sample_add_trunks(struct snapshot *s)
{
	s->ntrunk = 2;
	s->trunk = calloc(2, sizeof(*s->trunk));
	sample_said[0].given = keys_bit(keys_get("trunk.mode"));
	conf_profile(&sample_said[0], PROFILE_CS1000, &sample_trunks[0]);
	conf_profile(&sample_said[1], PROFILE_CUCM, &sample_trunks[1]);
	for (int i = 0; i < 2; i++) {
		s->trunk[i].said = &sample_said[i];
		s->trunk[i].conf = &sample_trunks[i];
		s->trunk[i].profile = sample_trunks[i].profile;
		s->trunk[i].mode_now = TRUNK_PROXY;
	}
	s->trunk[0].recognised = true;
	s->trunk[0].recognised_at = SAMPLE_NOW - 600;
	snprintf(s->trunk[0].evidence, SNAPSHOT_WHY, "User-Agent \"SIP GW\"");
	s->trunk[0].last_transport = TRANSPORT_TCP;
	s->trunk[0].refused = 4;
	snprintf(s->trunk[0].why, SNAPSHOT_WHY, "302 not followed");
	snprintf(s->trunk[1].why, SNAPSHOT_WHY, "configured");
	s->trunk[0].last_seen = SAMPLE_NOW - 60;
	s->trunk[0].calls = 2;
	s->trunk[0].started = 120;
	s->trunk[0].failures = 1;
	s->trunk[0].redirects = 3;
}

static inline void
sample_add_calls(struct snapshot *s)
{
	static const char *const id[] = {"a84b4c76e66710@pbx", "evil\x1b[2J\xff\xc3\xa4@pbx"};

	s->ncall = 2;
	s->call = calloc(2, sizeof(*s->call));
	for (int i = 0; i < 2; i++) {
		struct snapshot_call *c = &s->call[i];

		snprintf(c->call_id, sizeof(c->call_id), "%s", id[i]);
		c->generation = i == 0 ? 12 : 11;
		c->state = "up";
		c->trunk = "cs1000";
		snprintf(c->caller, sizeof(c->caller), "%s", i == 0 ? "2101" : "");
		snprintf(c->called, sizeof(c->called), "3500");
		c->age_ms = 61000;
		addr_parse(SLICE("192.0.2.1:5060"), &c->door.local);
		c->door.transport = TRANSPORT_TCP;
	}
}

/* A supervisor in the middle of a recycle; freed with snapshot_free(). */
static inline void
sample_snapshot(struct snapshot *s, bool with_calls)
{
	*s = (struct snapshot){
	    .version = "1.2-test",
	    .wall = SAMPLE_NOW,
	    .uptime_ms = 7200000,
	    .enabled = true,
	    .ready = true,
	    .probe_limit_ms = 4000,
	    .active_generation = 12,
	    .slot = {sample_slot('A', 5065, 11, RECYCLE_DRAINING),
		     sample_slot('B', 5067, 12, RECYCLE_SERVING)},
	    .next_recycle = SAMPLE_NOW + 86400,
	    .next_reason = "schedule",
	    .waiting = "memory: waits until slot A has drained",
	    .calls_active = 2,
	    .invites_pending = 1,
	    .connections = 3,
	    .worker_starts = 12,
	    .recycle_calls_drained = 9,
	    .rtp_worst_us = 1500,
	    .mail = {.on = true,
		     .owner = true,
		     .queued = 3,
		     .oldest_s = 95,
		     .shadow = 7,
		     .delivered = 120,
		     .failed = 4},
	    .pressure.of = {[PRESSURE_DISK] = {PRESSURE_MEDIUM, {1}, 412 * 1024 * 1024},
			    [PRESSURE_QUEUE] = {.value = 3},
			    [PRESSURE_OLDEST] = {.value = 125000},
			    [PRESSURE_MEMORY] = {.value = 12},
			    [PRESSURE_CALLS] = {.value = PRESSURE_UNKNOWN}},
	    .nledger = 1,
	};
	s->slot[0].calls = 1;
	s->slot[1].calls = 1;
	s->slot[1].served = 120;
	snprintf(s->slot[0].last_reason, LEDGER_TEXT, "drains: operator");
	snprintf(s->slot[1].last_reason, LEDGER_TEXT, "took over from 11");
	s->tls = (struct tls_report){.on = true,
				     .subject = "CN = um.example.com",
				     .issuer = "CN = Root",
				     .names = "dns:um.example.com",
				     .not_after = SAMPLE_NOW + 40 * 86400,
				     .loads = 3,
				     .nwarning = 1,
				     .warning = {"it has no subjectAltName\x1b[2J"}};
	s->tls_expiry_warning_ms = 30ll * 86400 * 1000;
	s->recycles[REASON_OPERATOR][LEDGER_DONE] = 4;
	s->recycles[REASON_CRASH][LEDGER_FAILED] = 1;
	s->ledger[0] = (struct ledger){.number = 5,
				       .reason = REASON_OPERATOR,
				       .result = LEDGER_DRAINING,
				       .text = "Sunday service",
				       .pressure = "disk medium",
				       .old_generation = 11,
				       .new_generation = 12,
				       .old_slot = 'A',
				       .new_slot = 'B',
				       .asked = SAMPLE_NOW - 300,
				       .switch_ms = 42,
				       .drain_ms = -1,
				       .moved = 2,
				       .drained = 9};
	sample_add_trunks(s);
	if (with_calls)
		sample_add_calls(s);
}

#endif
