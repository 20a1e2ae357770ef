/* flow_build: how the flow's tables and doors come, change with a new configuration, and go.  See
 * flow_room.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/flow_room.h"

static bool
flow_known(void *arg, const struct addr *source)
{
	struct flow *f = arg;

	return trunks_find(&f->trunks, source) != NULL;
}

static struct stream_limits
stream_limits_of(const struct conf *c)
{
	return (struct stream_limits){
	    .message = {c->limits.message_bytes, c->limits.headers},
	    .connections = c->limits.connections,
	    .per_source = c->limits.connections_per_source,
	    .idle = c->limits.connection_idle,
	    .message_time = c->limits.message_time,
	    .queue = c->limits.stream_queue,
	};
}

static void
take_limits(struct flow *f)
{
	const struct stream_limits limits = stream_limits_of(f->conf);

	doors_limits(f->doors, &limits.message);
	streams_limits(f->streams, &limits);
}

static int
open_doors(struct flow *f, struct buf *why)
{
	const struct stream_limits limits = stream_limits_of(f->conf);
	const struct addr *ip = &f->conf->inner.worker;
	struct door_plan plan = {
	    .spec = f->door,
	    .n = f->ndoor,
	    .inner = f->inner,
	    .worker = {*ip, *ip},
	    .arg = f,
	    .message = flow_message,
	    .batch = flow_batch,
	    .known = flow_known,
	    .closed = flow_closed,
	};

	plan.worker[0].port = f->conf->listen.slot_a_port;
	plan.worker[1].port = f->conf->listen.slot_b_port;
	int error = doors_new(f->loop, &plan, &f->doors, why);
	plan.inner.port = 0; /* connections to the workers take any */
	if (!error)
		error = streams_new(f->loop, &plan, &limits, &f->streams, why);
	if (!error) {
		outbox_connect(f->outbox, f->doors, f->streams);
		take_limits(f);
	}
	return error;
}

int
flow_new(struct loop *l, const struct conf *conf, struct flow **ret, struct buf *why)
{
	struct flow *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->loop = l;
	f->conf = conf;
	f->key = hash_key_random();
	f->inner = conf->inner.supervisor;
	f->inner_slice = slice_str(addr_text(&f->inner, f->inner_text));
	f->ndoor = conf_doors(conf, f->door);
	trunks_init(&f->trunks, conf, NULL, NULL);
	f->tick = loop_timer_new(l, "flow", flow_tick, f);
	f->outbox = outbox_new();
	f->affinity = affinity_new();
	f->pending = pending_new((uint16_t)PENDING_ITEMS);
	f->learned = trunk_file_new(l, conf->state.directory);
	int error =
	    f->outbox && f->affinity && f->pending && f->learned ? open_doors(f, why) : -ENOMEM;
	if (!error)
		error = trunk_file_load(f->learned, &f->trunks);
	if (error && why->n == 0)
		buf_printf(why, "%s: %s", conf->state.directory, strerror(-error));
	if (error) {
		flow_free(f);
		return error;
	}
	*ret = f;
	return 0;
}

void
flow_pool(struct flow *f, struct pool *pool)
{
	f->pool = pool;
}

struct pool_hooks
flow_hooks(struct flow *f)
{
	return (struct pool_hooks){
	    .arg = f,
	    .calls_of = flow_calls_of,
	    .active_changed = flow_active_changed,
	    .worker_dead = flow_worker_dead,
	    .call_begin = flow_call_begin,
	    .call_end = flow_call_end,
	    .send_inner = flow_send_inner,
	};
}

void
flow_conf(struct flow *f, const struct conf *conf)
{
	static struct trunks before;
	static uint16_t map[CONF_TRUNKS];

	before = f->trunks;
	f->conf = conf;
	trunks_init(&f->trunks, conf, &before, map);
	affinity_trunks_renumber(f->affinity, map);
	redirected_renumber(&f->redirected, map);
	take_limits(f);
	streams_review(f->streams);
}

void
flow_pressure(struct flow *f, bool high)
{
	f->pressed = high;
}

unsigned
flow_calls(const struct flow *f)
{
	return affinity_calls(f->affinity, 0);
}

int
flow_trunk_reset(struct flow *f, const char *name)
{
	const int error = trunks_reset(&f->trunks, slice_str(name));

	if (error)
		return error;
	redirected_forget(&f->redirected,
			  trunk_index(&f->trunks, trunks_by_name(&f->trunks, slice_str(name))));
	trunk_file_save(f->learned, &f->trunks);
	return 0;
}

void
flow_free(struct flow *f)
{
	if (!f)
		return;
	streams_free(f->streams);
	doors_free(f->doors);
	loop_timer_free(f->tick);
	outbox_free(f->outbox);
	affinity_free(f->affinity);
	pending_free(f->pending);
	trunk_file_free(f->learned);
	free(f);
}
