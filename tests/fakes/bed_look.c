/* bed_look: what a bed shows: slots, ledgers, and the processes that really live.  See bed.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fakes/bed.h"

const struct snapshot *
bed_look(struct bed *b)
{
	static struct snapshot s;

	pool_report(b->pool, &s);
	return &s;
}

const struct snapshot_slot *
bed_slot(struct bed *b, char letter)
{
	return &bed_look(b)->slot[letter - 'A'];
}

bool
bed_is(struct bed *b, char letter, const char *state)
{
	return strcmp(bed_slot(b, letter)->state, state) == 0;
}

const struct ledger *
bed_ledger(struct bed *b)
{
	const struct snapshot *s = bed_look(b);

	return s->nledger ? &s->ledger[0] : NULL;
}

bool
bed_quiet(struct bed *b)
{
	const struct snapshot *s = bed_look(b);

	return s->active_generation && !s->waiting[0] &&
	       (bed_is(b, 'A', "STANDBY") || bed_is(b, 'B', "STANDBY"));
}

bool
bed_two_active(struct bed *b)
{
	return pool_view(b->pool)->active == 2;
}

bool
bed_another_serves(struct bed *b)
{
	return pool_view(b->pool)->active > 1;
}

bool
bed_ledger_closed(struct bed *b)
{
	const struct ledger *l = bed_ledger(b);

	return l && l->result != LEDGER_DRAINING;
}

/* Whether /proc/PID/stat is of a living child of ours. */
static bool
is_child(const char *pid)
{
	char path[300], state = '?';
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c %d", &state, &parent) != 2)
		parent = 0;
	fclose(f);
	return parent == getpid() && state != 'Z' && state != 'X';
}

static unsigned
each_child(int signo)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(proc);
	while ((e = readdir(proc))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !is_child(e->d_name))
			continue;
		n++;
		if (signo)
			kill(atoi(e->d_name), signo);
	}
	closedir(proc);
	return n;
}

unsigned
bed_children(void)
{
	return each_child(0);
}

int
bed_sweep(void **state)
{
	(void)state;
	each_child(SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return 0;
}

int
bed_order(struct bed *b, enum recycle_how how, const char *why)
{
	return pool_recycle(b->pool, how, why, b->say, &b->ticket);
}

int
bed_asked(struct bed *b, uint32_t ticket)
{
	return pool_recycle_state(b->pool, ticket, b->say);
}

void
bed_hit(struct bed *b, uint32_t generation, int signo)
{
	const struct snapshot *s = bed_look(b);
	int slot = s->slot[0].generation == generation ? 0 : 1;

	assert_int_equal(s->slot[slot].generation, generation);
	kill(s->slot[slot].pid, signo);
}
