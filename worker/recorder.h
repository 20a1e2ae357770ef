/* recorder: carries the samples of one call to the spool without ever waiting for the disk.
 * Half seconds are gathered on the loop's thread and written by one job at a time on the thread
 * pool; what waits is bounded.  After a failure nothing more is written, what was is kept and
 * marked interrupted.
 * Must not know: where samples come from, what silence is. */
#ifndef EVERTRUNK_RECORDER_H
#define EVERTRUNK_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/loop.h"
#include "worker/play.h"
#include "worker/spool.h"

struct recorder;

/* It is over: `ms` lie committed in the spool; 0: it was dropped (error 0) or lost (-errno).  The
 * recorder is freed when this returns. */
typedef void recorder_done_fn(void *arg, uint32_t ms, int error);

/* Begins a recording in folder `dir` (stays the caller's) under `header` (copied).  NULL when out
 * of memory. */
struct recorder *recorder_new(struct loop *l, const char *dir, const struct spool_header *header);
/* Takes samples; drops them after a failure. */
void recorder_push(struct recorder *r, const int16_t *samples, size_t n);
/* 0, or the -errno that stopped it (it has been logged). */
int recorder_error(const struct recorder *r);
/* What was recorded so far, to be listened to: fills `into` on the thread pool, then `done` with 0
 * or -errno; that comes before the recorder's end.  One at a time. */
typedef void recorder_heard_fn(void *arg, int error);
void recorder_hear(struct recorder *r, struct play *into, recorder_heard_fn *done, void *arg);
/* What the caller has marked it as: soon on the disk, so that it outlives this worker as the sound
 * does.  Before recorder_finish(). */
void recorder_mark(struct recorder *r, bool important, bool private_);
/* What is kept is no message but the folder's file `name` (copied; spool_keep()); its header is
 * sound_only.  Before recorder_finish(). */
void recorder_keep_as(struct recorder *r, const char *name);
/* Ends it: writes what waits, then commits (`keep`) or drops it; then, always in a later turn of
 * the loop, `done`. */
void recorder_finish(struct recorder *r, bool keep, recorder_done_fn *done, void *arg);

#endif
