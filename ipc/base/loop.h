/* loop: the event loop; libuv's room: only loop.c, loop_fd.c and loop_child.c include <uv.h>.
 * Owns: timers, descriptors, signals, child processes, the thread pool.
 * Must not know: what any descriptor carries.  One thread: everything here except the `work`
 * function of loop_work() runs on the thread that calls loop_run() or loop_turn().
 * The loop warns (room loop) when one callback runs longer than 100 ms, naming its owner. */
#ifndef EVERTRUNK_LOOP_H
#define EVERTRUNK_LOOP_H

#include <stdint.h>
#include <sys/types.h>

#include "ipc/base/clock.h"

struct loop;
struct loop_timer;
struct loop_io;
struct loop_signal;
struct loop_child;
struct loop_defer;

typedef void loop_fn(void *arg);
typedef void loop_io_fn(void *arg, unsigned events);
typedef void loop_signal_fn(void *arg, int signo);
/* status as waitpid gives it (WIFEXITED and friends apply). */
typedef void loop_exit_fn(void *arg, pid_t pid, int status);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void);
/* Frees the loop; every object made on it must have been freed before. */
void loop_free(struct loop *l);
/* Runs until loop_stop(), which lets the turn end first. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* For a process with a second event loop (the worker: su_root): one turn without waiting; the
 * descriptor to watch; and how long may be waited for it in ms (-1: for ever). */
void loop_turn(struct loop *l);
int loop_fd(struct loop *l);
int loop_timeout(struct loop *l);

/* The time at the start of this turn, in whole milliseconds: what timers are counted from.  Cheap.
 * Outside of a turn: the time now. */
struct mono loop_now(struct loop *l);

/* Work for the end of the turn, when all descriptors and timers that were due have been served:
 * where small writes become one.  loop_defer() queues `fn` for one call, however often it is said;
 * during a turn of loop_run() it runs before the loop sleeps, outside of a turn in the next one
 * (loop_timeout() is 0 then).  `fn` may defer others, but not itself. */
struct loop_defer *loop_defer_new(struct loop *l, const char *name, loop_fn *fn, void *arg);
void loop_defer(struct loop_defer *d);
void loop_defer_cancel(struct loop_defer *d);
void loop_defer_free(struct loop_defer *d); /* NULL is fine; safe inside its own function */

/* Timers.  `name` is a literal, for the warning about slow callbacks.  Made stopped; set to fire
 * once after `ms`, or every `ms` from then on (relative pacing: not for RTP). */
struct loop_timer *loop_timer_new(struct loop *l, const char *name, loop_fn *fn, void *arg);
void loop_timer_once(struct loop_timer *t, int64_t ms);
void loop_timer_every(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* NULL is fine; safe inside its own callback */

/* Readiness of `fd` (level-triggered); the descriptor becomes non-blocking and stays the caller's,
 * to be closed only after loop_io_free(), but then at once if it likes.  Made watching nothing.
 * An error on the descriptor is told as the readiness that was wanted: the next read or write says
 * which.  NULL with errno when it cannot be watched (EEXIST: it is already; EPERM: a plain file)
 * or memory is out. */
struct loop_io *loop_io_new(struct loop *l, const char *name, int fd, loop_io_fn *fn, void *arg);
void loop_io_want(struct loop_io *io, unsigned events);
void loop_io_free(struct loop_io *io); /* NULL is fine; safe inside its own callback */

struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg);
void loop_signal_free(struct loop_signal *s); /* NULL is fine */

/* What is to be started, and who is told of its end. */
struct loop_program {
	char *const *argv; /* the last one NULL */
	const int *fds;
	int nfds;
	loop_exit_fn *fn;
	void *arg;
};
/* Starts argv[0] (a path) in a session and process group of its own, with stdin from /dev/null,
 * stdout and stderr inherited, `fds[i]` as descriptor 3+i (at most LOOP_SPAWN_FDS; each still the
 * caller's to close) and signals at their defaults; every other descriptor is closed, for which all
 * of ours from 3 on are marked close-on-exec.  `fn` is called once when it has ended.
 * 0 and *ret (freed by the loop after fn), or -errno, also when argv[0] cannot be executed. */
enum { LOOP_SPAWN_FDS = 8 };
int loop_spawn(struct loop *l, const struct loop_program *p, struct loop_child **ret);
pid_t loop_child_pid(const struct loop_child *c);

/* `work` runs on a pool thread, then `done` on the loop's thread.  0 or -errno.  loop_free() waits
 * for what is still running. */
int loop_work(struct loop *l, loop_fn *work, loop_fn *done, void *arg);
/* The same for work that may take long, as an fsync may: begun in the order it came, and never so
 * much at a time that other work has to wait for it. */
void loop_work_slow(struct loop *l, loop_fn *work, loop_fn *done, void *arg);

#endif
