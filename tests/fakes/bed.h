/* bed: a pool with fake workers on a loop of its own, and stand-ins for what surrounds it: an inner
 * socket, a call table that only counts, a record of what the hooks were told.
 * For tests/unit/test_pool*.c. */
#ifndef EVERTRUNK_TEST_BED_H
#define EVERTRUNK_TEST_BED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisor/pool.h"
#include "supervisor/snapshot.h"

#define BED_GENERATIONS 128

struct bed {
	struct loop *loop;
	struct pool *pool;
	struct conf *conf;
	char program[CONF_PATH_MAX];
	int inner;
	struct loop_io *io;
	unsigned calls[BED_GENERATIONS]; /* by generation */
	bool deaf;                       /* drops what workers answer */
	unsigned changes;                /* of the active worker */
	uint32_t before, now;            /* the last of them */
	uint32_t dead;                   /* the last generation told dead */
	uint32_t active_when_dead;       /* who was active then */
	unsigned lost;
	unsigned told; /* that something to show changed */
	bool stopped;
};

/* `settings` are lines "section.key = value", later ones win; `modes` is FAKE_MODES. */
void bed_open(struct bed *b, const char *settings, const char *modes);
/* The same with the pool started and, unless the modes prevent it, both slots filled. */
void bed_ready(struct bed *b, const char *settings, const char *modes);
/* Stops all workers at once and checks that none is left. */
void bed_close(struct bed *b);
/* For cmocka's teardown: kills what a failed test has left. */
int bed_sweep(void **state);
/* A new configuration made of these lines, given to the pool. */
void bed_reload(struct bed *b, const char *settings, bool worker_changed);

/* Runs the loop until `done` says so; fails the test after `ms`. */
typedef bool bed_fn(struct bed *b);
#define bed_until(b, done, ms) bed_until_((b), (done), (ms), #done, __FILE__, __LINE__)
void bed_until_(struct bed *b, bed_fn *done, int ms, const char *what, const char *file, int line);
void bed_run(struct bed *b, int ms);

/* How things are. */
const struct snapshot *bed_look(struct bed *b);
const struct snapshot_slot *bed_slot(struct bed *b, char letter);
bool bed_is(struct bed *b, char letter, const char *state);
/* The newest ledger; NULL: none. */
const struct ledger *bed_ledger(struct bed *b);
/* How many children of ours live, zombies left out. */
unsigned bed_children(void);

/* An INVITE for the active worker, whatever becomes of it. */
void bed_invite(struct bed *b, const char *call_id);
/* A call on the active worker, through its socket; and its end. */
uint32_t bed_call(struct bed *b, const char *call_id);
void bed_hang_up(struct bed *b, uint32_t generation, const char *call_id);

#endif
