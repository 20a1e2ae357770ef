/* spawn: a worker as a process: its program, descriptors, signals and memory.
 * Owns: the descriptors a worker is born with (messages.h), the fingerprint of its program.
 * Must not know: slots, states, why a worker is started or killed. */
#ifndef EVERTRUNK_SPAWN_H
#define EVERTRUNK_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "conf/conf.h"
#include "ipc/base/loop.h"

#define SPAWN_WORDS 96 /* room for the words of spawn_exit_text() */

/* What tells one program file from the next that has its name. */
struct fingerprint {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

/* 0 and *ret, or -errno. */
int spawn_fingerprint(const char *program, struct fingerprint *ret);
bool fingerprint_eq(const struct fingerprint *a, const struct fingerprint *b);

struct spawn {
	const char *program;
	const struct conf *conf;
	int mailboxes; /* the sealed table; -1: there is none */
	char slot;     /* 'A', 'B': with the generation what `ps` shows */
	uint32_t generation;
	loop_exit_fn *exited;
	void *arg;
};
struct spawned {
	pid_t pid;
	int channel; /* our end; the caller's to close */
	struct fingerprint program;
};
/* Starts a worker in a process group of its own, with its end of a new channel and the canonical
 * text of its configuration and the mailboxes.  0 and *ret, or -errno. */
int spawn_worker(struct loop *l, const struct spawn *s, struct spawned *ret);

/* Sends `signo` to the worker and everything that it may have started. */
void spawn_signal(pid_t pid, int signo);
/* Resident bytes of a process; 0 when they cannot be read. */
uint64_t spawn_memory(pid_t pid);
/* "exited with status 3", "killed by signal 11 (Segmentation fault)"; returns `out`. */
const char *spawn_exit_text(int status, char out[SPAWN_WORDS]);

#endif
