/* media_room: what the files of the media room share; nobody else includes it.
 * media.c owns the tick and the calls' lives, media_call.c what one call does in a tick,
 * media_net.c the datagrams. */
#ifndef EVERTRUNK_MEDIA_ROOM_H
#define EVERTRUNK_MEDIA_ROOM_H

#include "worker/codec.h"
#include "worker/dtmf.h"
#include "worker/jitter.h"
#include "worker/latch.h"
#include "worker/media.h"
#include "worker/phrase.h"
#include "worker/ports.h"
#include "worker/recorder.h"
#include "worker/rtcp.h"
#include "worker/rtp.h"
#include "worker/secure.h"
#include "worker/silence.h"

struct media_net;     /* space to receive into */
struct media_hearing; /* what was recorded, on its way from the disk */

struct media {
	struct loop *loop;
	const struct conf *conf;
	struct ports ports;
	struct play sorry; /* a long tone: the recording cannot go on */
	struct media_net *net;
	int timer; /* timerfd */
	struct loop_io *timer_io;
	struct mono next; /* when the next tick is due */
	struct media_call *first, *cursor;
	struct media_call *finished; /* closed without a recording; `done` is due */
	struct loop_defer *finish;
	struct msg_beat sum; /* of everything so far; rtp_lost: of ended calls */
	uint32_t serial;
};

enum media_stage {
	STAGE_IDLE,
	STAGE_PLAYING,
	STAGE_RECORDING,
	STAGE_FAILING /* it cannot be written on: the caller is told, then hung up */
};

/* What we send. */
struct media_out {
	uint32_t ssrc, ts;
	uint16_t seq;
	bool talking;   /* the last tick sent something: no marker */
	unsigned quiet; /* ticks since the last packet of silence */
	uint32_t packets, octets;
};

/* RTCP both ways. */
struct media_reports {
	unsigned in_ticks; /* until the next one leaves */
	uint32_t packets_before;
	uint32_t lsr;
	struct mono lsr_at;
	int64_t round_trip_us; /* -1: unknown */
	int32_t far_lost;      /* our packets that the other side misses */
	char cname[20];
};

struct media_call {
	struct media *m;
	struct media_call *next, **link;
	media_event_fn *event;
	media_done_fn *done;
	void *arg;
	bool closed;
	unsigned told; /* bit per media_event that is told only once */

	struct port_pair port;
	bool connected;           /* media_remote() has been called */
	bool far_held, paused;    /* by the other side, by media_pause() */
	bool held;                /* either */
	struct sdp_remote remote; /* without its slices */
	struct latch latch;
	struct sdp_crypto ours; /* the key we send with, when remote.crypto has one */
	struct secure *secure;  /* NULL: plain, or (remote.crypto) no memory for it */
	uint32_t refused;       /* packets that were not what the key makes */
	struct mono heard;      /* last RTP or RTCP, or since it was due again */

	struct rtp_source source;
	struct jitter *jitter;
	struct codec *codec;
	struct dtmf dtmf;
	uint32_t dtmf_ssrc;
	char digits[8]; /* heard in this tick */
	size_t ndigits;
	uint32_t late; /* packets that came too late to be heard */

	struct media_out out;
	struct media_reports reports;

	enum media_stage stage;
	struct phrase phrase;
	size_t piece, played;          /* of the phrase; bytes of that piece */
	struct play replay;            /* what the caller listens to of his own */
	struct media_hearing *hearing; /* NULL: nothing comes from the disk */
	int64_t max_recording;
	struct spool_header header;
	struct recorder *recorder; /* from the beep on; NULL: none yet, or no memory for it */
	struct silence silence;
	struct mono beeped;
	unsigned ending; /* recorders that are not done */
	uint32_t ms;     /* of the one that is kept, and its error */
	int error;
	char name[SPOOL_FIELD_MAX]; /* Call-ID, for the log */
};

/* ---- media.c ---- */

/* Everything of a closed call is safe: tells so and frees it. */
void media_call_done(struct media_call *c);

/* ---- media_message.c ---- */

/* The call is closed: keeps what is a message.  False: there was nothing to be written. */
bool media_call_finish(struct media_call *c);
/* The caller wants to listen no more. */
void media_stop_hearing(struct media_call *c);

/* ---- media_call.c ---- */

/* Begins to play `words` in the next tick. */
void media_call_begin(struct media_call *c, const struct phrase *words);

/* `ticks` of 20 ms have passed; the last one ends now. */
void media_call_tick(struct media_call *c, unsigned ticks, struct mono now);
/* One RTP packet that belongs to the call; `arrival` in 8 kHz ticks of the wall clock. */
void media_call_packet(struct media_call *c, const struct rtp_packet *packet, uint32_t arrival);
/* Records what is still held back. */
void media_call_drain(struct media_call *c);
/* Tells it, unless the call is closed or has been told already (digits always). */
void media_call_tell(struct media_call *c, enum media_event event, char digit);

/* ---- media_net.c ---- */

/* NULL when out of memory. */
struct media_net *media_net_new(void);
void media_net_free(struct media_net *net);
/* Takes what has come, at most a few dozen packets. */
void media_net_receive(struct media_call *c, struct mono now);
void media_net_receive_rtcp(struct media_call *c, struct mono now);
/* The keys have been agreed on, or SRTP has been given up. */
void media_net_secure(struct media_call *c);
/* Sends 20 ms. */
void media_net_send(struct media_call *c, const uint8_t *codes);
void media_net_send_rtcp(struct media_call *c, struct mono now, bool bye);

#endif
