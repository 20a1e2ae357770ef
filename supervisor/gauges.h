/* gauges: finds out now and then what runs short, and tells when a level has changed.
 * Owns: the question to the disk (on a pool thread: a disk that stands still must not stop the
 * doors), the levels (pressure.h), the log line of each change.  It has no timer: whoever is awake
 * anyway lets it look, so that an idle supervisor does not wake up for it.
 * Must not know: what is done about a level, where calls and memory are counted. */
#ifndef EVERTRUNK_GAUGES_H
#define EVERTRUNK_GAUGES_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "supervisor/pressure.h"

struct gauges;

/* All called from the loop's thread. */
struct gauges_hooks {
	void *arg;
	/* fills in what no disk has to be asked for; the others are left as they are */
	void (*read)(void *arg, int64_t value[PRESSURE_COUNT]);
	/* whether there are calls: else the disk is asked less often */
	bool (*busy)(void *arg);
	/* a level has changed */
	void (*changed)(void *arg, const struct pressure *now);
};

/* `conf` stays the caller's and lives until gauges_conf() names another.  NULL: out of memory. */
struct gauges *gauges_new(struct loop *l, const struct conf *conf,
			  const struct gauges_hooks *hooks);
/* Looks at everything once; as often as one likes. */
void gauges_look(struct gauges *g);
void gauges_conf(struct gauges *g, const struct conf *conf);
const struct pressure *gauges_now(const struct gauges *g);
void gauges_free(struct gauges *g); /* NULL is fine */

/* Bytes that can still be written into the folder `path`, or where it will be made: what is free
 * for us, and not more than the files that can still be made stand for.  Blocks on the disk.
 * -errno when it cannot be found out. */
int64_t gauges_free_bytes(const char *path);

#endif
