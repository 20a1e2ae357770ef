/* media_message: what a caller leaves: recorded, listened to, recorded again, kept or not. */
#include "worker/media_room.h"

#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"

/* What was recorded on its way from the disk.  It lives until the recorder has said so, and that
 * before its end: the call is there then. */
struct media_hearing {
	struct media_call *c;
	struct play play;
	bool wanted;
};

static void
begin(struct media_call *c, const char *dir, const struct spool_header *header)
{
	if (c->closed || c->stage == STAGE_FAILING)
		return;
	media_drop(c);
	play_free(&c->replay);
	c->header = *header;
	c->stage = STAGE_RECORDING;
	c->recorder = recorder_new(c->m->loop, dir, &c->header);
	c->beeped = clock_now();
	silence_begin(&c->silence, c->m->conf->recording.silence_dbm0);
	c->told &= ~(1U << MEDIA_SILENCE | 1U << MEDIA_LIMIT);
}

void
media_record(struct media_call *c, const struct spool_header *header)
{
	begin(c, c->m->conf->recording.spool, header);
}

void
media_record_sound(struct media_call *c, const char *dir)
{
	struct spool_header header = {.sound_only = true};

	spool_guid(&header);
	begin(c, dir, &header);
}

bool
media_spoken(const struct media_call *c)
{
	return c->recorder != NULL && c->silence.voice_ms > 0 &&
	       c->silence.voice_ms >= c->m->conf->recording.min_duration;
}

void
media_mark(struct media_call *c, bool important, bool private_)
{
	c->header.important = important;
	c->header.private_ = private_;
	if (c->recorder != NULL)
		recorder_mark(c->recorder, important, private_);
}

/* ---- listening ---- */

void
media_stop_hearing(struct media_call *c)
{
	if (c->hearing != NULL)
		c->hearing->wanted = false;
	play_free(&c->replay);
}

static void
on_heard(void *arg, int error)
{
	struct media_hearing *h = arg;
	struct media_call *c = h->c;
	const bool wanted = c->hearing == h && h->wanted && !c->closed;

	if (c->hearing == h)
		c->hearing = NULL;
	if (error != 0)
		log_err(LOG_MEDIA, "call %s: the recording cannot be listened to: %s", c->name,
			strerror(-error));
	if (wanted) {
		struct phrase p = {.n = 0};

		c->replay = h->play;
		phrase_add(&p, &c->replay);
		media_call_begin(c, &p);
	} else {
		play_free(&h->play);
	}
	free(h);
}

void
media_listen(struct media_call *c)
{
	if (c->closed || c->recorder == NULL || c->stage == STAGE_FAILING)
		return;
	c->stage = STAGE_IDLE;
	c->told &= ~(1U << MEDIA_SAID);
	if (c->hearing == NULL) {
		c->hearing = calloc(1, sizeof(*c->hearing));
		if (c->hearing == NULL)
			log_fatal(LOG_MEDIA, "out of memory");
		c->hearing->c = c;
		recorder_hear(c->recorder, &c->hearing->play, on_heard, c->hearing);
	}
	c->hearing->wanted = true;
}

/* ---- the end of it ---- */

/* A closed call is done when every recording of it is. */
static void
one_is_over(struct media_call *c)
{
	c->ending--;
	if (c->closed && c->ending == 0)
		media_call_done(c);
}

static void
on_dropped(void *arg, uint32_t ms, int error)
{
	(void)ms;
	(void)error;
	one_is_over(arg);
}

static void
on_recorded(void *arg, uint32_t ms, int error)
{
	struct media_call *c = arg;

	if (ms > 0)
		c->m->sum.recordings++;
	if (error != 0 || c->stage == STAGE_FAILING)
		c->m->sum.recording_errors++;
	c->ms = ms;
	c->error = error;
	one_is_over(c);
}

static void
on_kept(void *arg, uint32_t ms, int error)
{
	struct media_call *c = arg;

	if (error != 0)
		c->m->sum.recording_errors++;
	media_call_tell(c, ms > 0 ? MEDIA_KEPT : MEDIA_NOT_KEPT, 0);
	one_is_over(c);
}

static void
finish(struct media_call *c, bool keep, recorder_done_fn *done)
{
	struct recorder *r = c->recorder;

	c->recorder = NULL;
	c->hearing = NULL; /* whoever still listens hears of an end */
	c->ending++;
	recorder_finish(r, keep, done, c);
}

void
media_drop(struct media_call *c)
{
	if (c->recorder != NULL)
		finish(c, false, on_dropped);
}

void
media_keep_sound(struct media_call *c, const char *name)
{
	c->told &= ~(1U << MEDIA_KEPT | 1U << MEDIA_NOT_KEPT);
	if (c->recorder == NULL) {
		media_call_tell(c, MEDIA_NOT_KEPT, 0);
		return;
	}
	recorder_keep_as(c->recorder, name);
	finish(c, true, on_kept);
}

bool
media_call_finish(struct media_call *c)
{
	if (c->header.sound_only)
		media_drop(c);
	if (c->recorder != NULL)
		finish(c, media_spoken(c), on_recorded);
	return c->ending > 0;
}
