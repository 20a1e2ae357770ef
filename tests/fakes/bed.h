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

#define BED_GENERATIONS 2048

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
	unsigned unanswered; /* INVITEs that a death moves */
	unsigned told;       /* that something to show changed */
	bool stopped;
	char say[256];   /* the last answer of bed_order() and bed_asked(), */
	uint32_t ticket; /* and the last order's ticket */
};

/* `settings` are lines "section.key = value", later ones win; `modes` is FAKE_MODES. */
void bed_open(struct bed *b, const char *settings, const char *modes);
/* The same with the pool started and both slots filled. */
void bed_ready(struct bed *b, const char *settings, const char *modes);
/* The configuration that these settings make; free() it. */
struct conf *bed_conf(const char *settings);
/* Stops all workers at once and checks that none is left. */
void bed_close(struct bed *b);
/* For cmocka's teardown: kills what a failed test has left. */
int bed_sweep(void **state);
/* A new configuration made of these lines, given to the pool. */
void bed_reload(struct bed *b, const char *settings, bool worker_changed);

/* Runs the loop until `done` says so; fails the test after `ms`. */
typedef bool bed_fn(struct bed *b);
#define BED_STRING_(x) #x
#define BED_STRING(x)  BED_STRING_(x)
#define bed_until(b, done, ms) \
	bed_until_((b), (done), (ms), __FILE__ ":" BED_STRING(__LINE__) ": " #done)
void bed_until_(struct bed *b, bed_fn *done, int ms, const char *what);
void bed_run(struct bed *b, int ms);

/* What a person at um-ctl does: orders a recycle, asks what became of one. */
int bed_order(struct bed *b, enum recycle_how how, const char *why);
int bed_asked(struct bed *b, uint32_t ticket);
/* A signal to the worker of this generation, which must be there. */
void bed_hit(struct bed *b, uint32_t generation, int signo);

/* How things are. */
const struct snapshot *bed_look(struct bed *b);
const struct snapshot_slot *bed_slot(struct bed *b, char letter);
bool bed_is(struct bed *b, char letter, const char *state);
/* Conditions for bed_until(). */
bool bed_quiet(struct bed *b); /* one serves, one stands by, nothing waits */
bool bed_two_active(struct bed *b);
bool bed_another_serves(struct bed *b); /* not the first one */
bool bed_ledger_closed(struct bed *b);  /* the newest */
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
