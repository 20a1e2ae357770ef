/* media: the audio of all calls of this worker: one 20 ms tick on an absolute timer, RTP and RTCP
 * sockets, jitter buffer, words out, recording in.
 * Owns: the tick, the RTP ports.  Decides nothing about a call: it reports what it hears.
 * Must not know: SIP. */
#ifndef EVERTRUNK_MEDIA_H
#define EVERTRUNK_MEDIA_H

#include "conf/conf.h"
#include "ipc/base/loop.h"
#include "ipc/messages.h"
#include "worker/phrase.h"
#include "worker/sdp.h"
#include "worker/spool.h"

struct media;      /* all calls */
struct media_call; /* one call */

/* What the media of a call tells; `digit` only with MEDIA_DIGIT ('0'..'9', '*', '#', 'A'..'D'). */
enum media_event {
	MEDIA_SAID,    /* the words of media_say() or media_listen() are over */
	MEDIA_DIGIT,   /* RFC 4733 event (or in-band where none was negotiated) */
	MEDIA_SILENCE, /* nothing heard for recording.idle_timeout */
	MEDIA_LIMIT,   /* recording.max_duration reached */
	MEDIA_TIMEOUT, /* neither RTP nor RTCP for rtp.timeout while it was due */
	MEDIA_FAILED,  /* the recording cannot be written; what was written is kept */
	MEDIA_KEPT,    /* by media_keep_sound(): it is on the disk, */
	MEDIA_NOT_KEPT /* or what was there before is */
};
typedef void media_event_fn(void *arg, enum media_event event, char digit);
/* The recording (if any) is committed: `recorded_ms` > 0 means it lies in the spool; 0: there was
 * none, or no voice of recording.min_duration in it (error 0), or it is lost (-errno).
 * Never inside media_close().  The media_call is freed when this returns. */
typedef void media_done_fn(void *arg, uint32_t recorded_ms, int error);

/* 0 and *ret, or -errno with one line in `why` for the operator. */
int media_new(struct loop *l, const struct conf *conf, unsigned slot, struct media **ret,
	      struct buf *why);
void media_free(struct media *m);
/* Adds the sums of all calls to the rtp_, digits and recording fields of `beat`. */
void media_beat(const struct media *m, struct msg_beat *beat);

/* Takes an RTP/RTCP port pair on `local_ip` (port ignored).  0, -EADDRINUSE (the range is used up),
 * -errno. */
int media_open(struct media *m, const struct addr *local_ip, media_event_fn *event,
	       media_done_fn *done, void *arg, struct media_call **ret);
/* Where it listens. */
const struct addr *media_local(const struct media_call *c);
/* The key we send with (copied).  To be said before media_remote() says theirs; a call whose
 * `remote` is RTP/SAVP and which has no key sends nothing and hears nothing. */
void media_secure(struct media_call *c, const struct sdp_crypto *ours);
/* The negotiated other side, at the start and after every re-INVITE: hold, resume, new address,
 * new key. */
void media_remote(struct media_call *c, const struct sdp_remote *remote);
/* The call's name in the log (copied). */
void media_name(struct media_call *c, struct slice call_id);
/* Says `words` (copied; the sounds are not) instead of what is being said; a recording stops, and
 * is kept.  Call it when the ACK is in (or at once when early media is wanted). */
void media_say(struct media_call *c, const struct phrase *words);
/* Records from now on, under `header`'s name (copied); what was recorded before is dropped. */
void media_record(struct media_call *c, const struct spool_header *header);
/* Records sound that is no message, into folder `dir` (to outlive the call); dropped with the call
 * unless media_keep_sound() came first. */
void media_record_sound(struct media_call *c, const char *dir);
/* Makes of it the folder's file `name` (copied), in the place of what was there; MEDIA_KEPT or
 * MEDIA_NOT_KEPT follows.  There is no recording after this. */
void media_keep_sound(struct media_call *c, const char *name);
/* The longest recording, in ms, where it is not recording.max_duration. */
void media_limit(struct media_call *c, int64_t max_recording);
/* Whether what has been recorded is a message: voice of recording.min_duration is in it. */
bool media_spoken(const struct media_call *c);
/* Plays back what was recorded, instead of what is being said. */
void media_listen(struct media_call *c);
/* What the header file says of the recording that there is. */
void media_mark(struct media_call *c, bool important, bool private_);
/* What was recorded is not to be kept. */
void media_drop(struct media_call *c);
/* Holds greeting and recording still, or lets them go on from there: as on hold, nothing is sent,
 * recorded or missed; keys are still told. */
void media_pause(struct media_call *c, bool paused);
/* Stops: closes the ports at once, commits the recording on the thread pool, then `done`.  No
 * event comes after this call. */
void media_close(struct media_call *c);

#endif
