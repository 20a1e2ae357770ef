/* recorder: see recorder.h.
 * The loop's thread owns everything but `writing` and `spool`, which belong to the job while there
 * is one.  A job begins the recording, or appends chunks, or ends it: each in its turn. */
#include "worker/recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"

enum {
	SAMPLES_PER_MS = 8,
	CHUNK = 4000,    /* samples: half a second, what a killed worker loses at most twice */
	WAITING_MAX = 20 /* chunks: a disk that stands still for 10 s ends the recording */
};

struct chunk {
	struct chunk *next;
	size_t n;
	int16_t samples[CHUNK];
};

enum state { RECORDER_OPEN, RECORDER_FINISHING, RECORDER_ENDING };

struct recorder {
	struct loop *loop;
	const char *dir;
	struct spool_header header;
	char name[NAME_MAX + 1]; /* not "": it is no message, but this file */
	recorder_done_fn *done;
	void *arg;

	enum state state;
	bool keep;
	bool job;  /* one is on the pool */
	int error; /* the first */
	struct chunk *filling;
	struct chunk *waiting, **last; /* full ones */
	unsigned nwaiting;
	struct chunk *spare;
	struct play *into; /* not NULL: is to be listened to */
	recorder_heard_fn *heard;
	void *heard_arg;
	struct marks {
		bool important, private_;
	} marks;
	bool mark; /* they are to be written */

	/* The job's. */
	struct chunk *writing;
	struct spool_recording *spool;
	int result;
	uint32_t ms;
	bool hearing;
	struct marks marking;
};

static void pump(struct recorder *r);

static void
free_chunks(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;
		free(c);
		c = next;
	}
}

static void
free_recorder(struct recorder *r)
{
	free_chunks(r->filling);
	free_chunks(r->waiting);
	free_chunks(r->spare);
	free(r);
}

/* ---- jobs: on the pool ---- */

static void
job_begin(void *arg)
{
	struct recorder *r = arg;
	r->result = spool_begin(r->dir, &r->header, &r->spool);
}

static void
job_write(void *arg)
{
	struct recorder *r = arg;
	for (struct chunk *c = r->writing; c != NULL && r->result == 0; c = c->next)
		r->result = spool_append(r->spool, c->samples, c->n);
}

static void
job_hear(void *arg)
{
	struct recorder *r = arg;
	const size_t all = r->spool != NULL ? (size_t)spool_ms(r->spool) * SAMPLES_PER_MS : 0;
	int16_t *samples = malloc((all + 1) * sizeof(*samples));
	ssize_t n = -ENOMEM;
	if (samples != NULL)
		n = all > 0 ? spool_samples(r->spool, samples, all) : 0;
	r->result = n < 0 ? (int)n : play_samples(r->into, samples, (size_t)n);
	free(samples);
}

/* That it cannot be written now is no failure of the recording: it is written at its end, too. */
static void
job_mark(void *arg)
{
	struct recorder *r = arg;
	int e =
	    r->spool != NULL ? spool_mark(r->spool, r->marking.important, r->marking.private_) : 0;
	if (e != 0)
		log_warn(LOG_SPOOL, "%s/%s: its marks cannot be written yet: %s", r->dir,
			 r->header.guid, strerror(-e));
}

static int
keep_as(struct recorder *r)
{
	if (r->ms > 0 && r->error == 0)
		return spool_keep(r->spool, r->name);
	spool_drop(r->spool);
	r->ms = 0;
	return r->error;
}

static void
job_end(void *arg)
{
	struct recorder *r = arg;
	if (r->spool == NULL) /* it could not even begin */
		return;
	r->ms = r->keep ? spool_ms(r->spool) : 0;
	if (r->name[0] != '\0') /* all of it, or none */
		r->result = keep_as(r);
	else if (r->ms > 0) /* what a full disk has not taken is missing at its end */
		r->result = spool_commit(r->spool, r->error != 0);
	else
		spool_drop(r->spool);
	r->spool = NULL;
}

/* ---- on the loop ---- */

static void
fail(struct recorder *r, int error)
{
	if (r->error != 0)
		return;
	r->error = error;
	log_err(LOG_SPOOL, "%s/%s: recording stopped: %s", r->dir, r->header.guid,
		error == -EOVERFLOW ? "the disk has not taken anything for 10 s"
				    : strerror(-error));
}

static void
over(struct recorder *r)
{
	if (r->result != 0)
		fail(r, r->result);
	uint32_t ms = r->result == 0 ? r->ms : 0;
	r->done(r->arg, ms, ms > 0 ? 0 : r->error);
	free_recorder(r);
}

/* That it cannot be listened to is no failure of the recording. */
static void
heard(struct recorder *r)
{
	const int error = r->result;
	r->hearing = false;
	r->into = NULL;
	r->result = 0;
	r->heard(r->heard_arg, error);
	pump(r);
}

static void
job_done(void *arg)
{
	struct recorder *r = arg;
	r->job = false;
	if (r->writing != NULL && r->spare == NULL) {
		r->spare = r->writing;
		r->writing = r->writing->next;
		r->spare->next = NULL;
	}
	free_chunks(r->writing);
	r->writing = NULL;
	if (r->hearing) {
		heard(r);
		return;
	}
	if (r->state == RECORDER_ENDING) {
		over(r);
		return;
	}
	if (r->result != 0)
		fail(r, r->result);
	pump(r);
}

static void
start_job(struct recorder *r, loop_fn *work)
{
	r->result = 0;
	r->job = true;
	int e = loop_work(r->loop, work, job_done, r);
	if (e != 0)
		log_fatal(LOG_SPOOL, "no job for the thread pool: %s", strerror(-e));
}

/* Gives the pool the next thing to do, when it is free. */
static void
pump(struct recorder *r)
{
	if (r->job)
		return;
	if (r->waiting != NULL && r->error == 0) {
		r->writing = r->waiting;
		r->waiting = NULL;
		r->last = &r->waiting;
		r->nwaiting = 0;
		start_job(r, job_write);
	} else if (r->into != NULL) {
		r->hearing = true;
		start_job(r, job_hear);
	} else if (r->mark) {
		r->mark = false;
		r->marking = r->marks;
		start_job(r, job_mark);
	} else if (r->state == RECORDER_FINISHING) {
		r->state = RECORDER_ENDING;
		r->result = 0;
		r->job = true;
		loop_work_slow(r->loop, job_end, job_done, r);
	}
}

/* Appends the chunk being filled to those that wait. */
static void
queue_filling(struct recorder *r)
{
	if (r->filling == NULL || r->filling->n == 0)
		return;
	*r->last = r->filling;
	r->last = &r->filling->next;
	r->nwaiting++;
	r->filling = NULL;
}

static struct chunk *
take_chunk(struct recorder *r)
{
	struct chunk *c = r->spare != NULL ? r->spare : malloc(sizeof(*c));
	r->spare = NULL;
	if (c != NULL) {
		c->n = 0;
		c->next = NULL;
	}
	return c;
}

struct recorder *
recorder_new(struct loop *l, const char *dir, const struct spool_header *header)
{
	struct recorder *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->loop = l;
	r->dir = dir;
	r->header = *header;
	r->marks = (struct marks){header->important, header->private_};
	r->last = &r->waiting;
	start_job(r, job_begin);
	return r;
}

void
recorder_push(struct recorder *r, const int16_t *samples, size_t n)
{
	while (n > 0 && r->error == 0) {
		if (r->filling == NULL)
			r->filling = take_chunk(r);
		if (r->filling == NULL || r->nwaiting == WAITING_MAX) {
			fail(r, r->filling == NULL ? -ENOMEM : -EOVERFLOW);
			return;
		}
		struct chunk *c = r->filling;
		size_t some = n < CHUNK - c->n ? n : CHUNK - c->n;
		memcpy(c->samples + c->n, samples, some * sizeof(*samples));
		c->n += some;
		samples += some;
		n -= some;
		if (c->n == CHUNK) {
			queue_filling(r);
			pump(r);
		}
	}
}

int
recorder_error(const struct recorder *r)
{
	return r->error;
}

void
recorder_hear(struct recorder *r, struct play *into, recorder_heard_fn *done, void *arg)
{
	r->into = into;
	r->heard = done;
	r->heard_arg = arg;
	queue_filling(r);
	pump(r);
}

void
recorder_mark(struct recorder *r, bool important, bool private_)
{
	if (important == r->marks.important && private_ == r->marks.private_)
		return;
	r->marks = (struct marks){important, private_};
	r->mark = true;
	pump(r);
}

void
recorder_keep_as(struct recorder *r, const char *name)
{
	snprintf(r->name, sizeof(r->name), "%s", name);
}

void
recorder_finish(struct recorder *r, bool keep, recorder_done_fn *done, void *arg)
{
	r->state = RECORDER_FINISHING;
	r->keep = keep;
	r->done = done;
	r->arg = arg;
	queue_filling(r);
	pump(r);
}
