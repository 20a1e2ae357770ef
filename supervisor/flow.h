/* flow: the way of a message (docs/design.md 3): door, scan, trunk, affinity, verdict, done.
 * Owns: the order of the rooms a message goes through, and the tables they decide by.
 * Must not know: processes, recycling rules (pool.h tells it which workers there are). */
#ifndef EVERTRUNK_FLOW_H
#define EVERTRUNK_FLOW_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "supervisor/pool.h"
#include "supervisor/snapshot.h"

struct flow;
struct tls;

/* Opens every door.  `conf` stays the caller's and lives until flow_conf() names another.
 * 0 and *ret, or -errno with one line for the operator in `why`. */
int flow_new(struct loop *l, const struct conf *conf, struct flow **ret, struct buf *why);
/* The workers; set once, before the loop runs. */
void flow_pool(struct flow *f, struct pool *pool);
/* Speaks TLS with these certificates; set once, before the loop runs.  `tls` stays the caller's and
 * outlives the flow. */
void flow_tls(struct flow *f, struct tls *tls);
/* What the pool tells and asks (pool.h); `arg` is the flow.  The caller adds `changed`. */
struct pool_hooks flow_hooks(struct flow *f);
/* A new configuration after a reload: trunks, limits.  Doors do not change. */
void flow_conf(struct flow *f, const struct conf *conf);
/* Whether what runs short is so short that new calls are refused (pressure.h). */
void flow_pressure(struct flow *f, bool high);
/* Calls that have a worker or wait for one. */
unsigned flow_calls(const struct flow *f);
/* Forgets what trunk `name` has taught us.  0 or -ENOENT. */
int flow_trunk_reset(struct flow *f, const char *name);
/* Fills trunks, calls (when asked), connections, pending.  0 or -ENOMEM. */
int flow_report(struct flow *f, bool with_calls, struct snapshot *s);
void flow_free(struct flow *f);

#endif
