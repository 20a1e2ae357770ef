/* messages: THE table of what supervisor and worker say to each other, and the wire structs.
 * Nothing else.  Fixed-width fields, no pointers, no internal struct.  A change of any row or
 * struct raises MESSAGE_VERSION; START and HELLO carry it, and a mismatch ends the worker. */
#ifndef EVERTRUNK_MESSAGES_H
#define EVERTRUNK_MESSAGES_H

#include <stdint.h>

#define MESSAGE_VERSION     10

#define MESSAGE_CALL_ID_MAX 256
#define MESSAGE_PARTY_MAX   64
#define MESSAGE_WORDS_MAX   240
#define MESSAGE_ORDER_MAX   504
#define MESSAGE_SAID_MAX    1008

/* s>w, first message: who you are.  The configuration is descriptor 4, this channel 3. */
struct msg_start {
	uint32_t version;
	uint32_t
	    generation; /* names this worker for good; every tag it makes begins "g<generation>-" */
	uint32_t slot;  /* 0 = A, 1 = B */
	uint32_t reserved;
};

/* w>s, first message. */
struct msg_hello {
	uint32_t version;
	uint32_t pid;
};

/* w>s: sockets bound, prompts loaded, tags proved; the self-test call may come. */
struct msg_ready {
	uint32_t salvaged; /* interrupted recordings found and finished */
	uint32_t reserved;
};

/* w>s, every worker.heartbeat and once before exit; counts since the worker's start. */
struct msg_beat {
	uint64_t rtp_received;
	uint64_t rtp_sent;
	uint64_t rtp_lost;
	uint64_t rtp_late_ticks; /* media ticks later than 10 ms */
	uint64_t rtp_worst_us;   /* latest media tick ever, microseconds */
	uint64_t digits;
	uint64_t recordings; /* committed to the spool */
	uint64_t recording_errors;
	uint64_t escapes_star; /* callers who asked for the operator by * in the greeting, */
	uint64_t escapes_zero; /* or by 0 */
	uint64_t missed_calls; /* notices safe in the spool */
	uint64_t important;    /* of the recordings: marked so by their callers, */
	uint64_t private_;     /* or so */
	uint64_t srtp_refused; /* packets that failed authentication or came twice */
	uint64_t mail_delivered;
	uint64_t mail_failed;      /* tries */
	uint64_t mail_confirmed;   /* of what a mail server took: arrived, */
	uint64_t mail_again;       /* sent again, */
	uint64_t mail_unconfirmed; /* never confirmed, */
	uint64_t mail_bounced;     /* reported as not delivered */
	uint32_t calls;            /* up now, recordings being committed included */
	uint32_t mail_owner;       /* 1: the queue is its; the next four are 0 when it is not */
	uint32_t mail_queued;      /* messages that wait, */
	uint32_t mail_bad;         /* are set aside, */
	uint32_t mail_shadow;      /* are kept though delivered */
	uint32_t mail_oldest_s;    /* age of the one that waits longest */
	uint32_t mail_deaf;        /* 1: mail.reports cannot be read */
	uint32_t mail_reserved;
	uint64_t logons_right;  /* PINs of mailbox owners, */
	uint64_t logons_wrong;  /* wrong ones and unknown extensions, */
	uint64_t logons_locked; /* and those to a locked mailbox */
	uint64_t mwi_taken;     /* NOTIFYs of messages waiting that a trunk took, */
	uint64_t mwi_refused;   /* refused for good, */
	uint64_t mwi_failed;    /* or did not take or answer */
	uint32_t mwi_lamps;     /* looked after by this worker; 0: another one does it */
	uint32_t mwi_waiting;   /* of these, to be told of something */
	uint64_t imap_seen;     /* looks into mailboxes elsewhere, */
	uint64_t imap_refused;  /* those where one mailbox, */
	uint64_t imap_failed;   /* or the server could not be looked into */
	uint32_t imap_state; /* 0: nobody looks, or not yet; 1: their server is up; 2: it is down */
	uint32_t imap_unreadable; /* mailboxes that cannot be looked into */
};

/* How a call ended; the word is what logs, `um-ctl calls` and metrics say. */
#define CALL_CAUSES(X)                                                                  \
	X(HANGUP, "hangup")           /* the caller's BYE */                            \
	X(KEY, "key")                 /* # */                                           \
	X(TRANSFERRED, "transferred") /* to the operator, on key 0 */                   \
	X(SILENCE, "silence")         /* recording.idle_timeout */                      \
	X(LIMIT, "limit")             /* recording.max_duration or call.max_duration */ \
	X(CANCEL, "cancel")           /* CANCEL before the answer */                    \
	X(REFUSED, "refused")         /* we said no: status says what, 0: in words */   \
	X(TIMEOUT, "timeout")         /* no ACK, no session refresh, no RTP */          \
	X(CUT, "cut")                 /* drain deadline or recycle --now: our BYE */    \
	X(LOST, "lost")               /* the worker died */                             \
	X(FAILED, "failed")           /* our own trouble: no port, no disk */

enum call_cause {
#define X(id, word) CALL_CAUSE_##id,
	CALL_CAUSES(X)
#undef X
	    CALL_CAUSE_COUNT
};

/* w>s: an INVITE has reached the worker. */
struct msg_call_begin {
	uint16_t call_id_len;
	uint8_t test; /* the supervisor's own self-test call: not counted */
	uint8_t reserved[5];
	char call_id[MESSAGE_CALL_ID_MAX];
	char caller[MESSAGE_PARTY_MAX]; /* NUL-terminated number or user part, "" unknown */
	char called[MESSAGE_PARTY_MAX];
};

/* w>s: the call is over AND what it recorded is safe in the spool. */
struct msg_call_end {
	uint16_t call_id_len;
	uint16_t status; /* SIP status we refused with, else 0 */
	uint8_t cause;   /* enum call_cause */
	uint8_t test;
	uint8_t reserved[2];
	uint32_t duration_ms;
	uint32_t recorded_ms;
	char call_id[MESSAGE_CALL_ID_MAX];
};

/* s>w: log filter. */
struct msg_level {
	int32_t room; /* enum log_room, -1 = all */
	uint32_t level;
};

/* s>w: no new call will come; nothing to do but finish the calls that are up. */
struct msg_drain {
	uint32_t deadline_ms;
	uint32_t reserved;
};

/* s>w: hang up every call now with BYE (recordings are kept), then report their ends. */
struct msg_cut {
	uint32_t reserved[2];
};

/* s>w: tell a telephone system of waiting messages (RFC 3842). */
struct msg_notify {
	uint32_t id;                             /* comes back with NOTIFIED */
	uint32_t fresh, old, urgent, old_urgent; /* urgent ones are among the others */
	char trunk[MESSAGE_PARTY_MAX];           /* its name; "": the first that takes it */
	char number[MESSAGE_PARTY_MAX];
};

/* w>s: what became of it; one for every trunk that was tried, the last with `last`. */
struct msg_notified {
	uint32_t id;
	uint32_t ms;     /* from the request to its answer */
	uint16_t status; /* the telephone system's; 0: none came, or nothing was sent */
	uint8_t last;
	uint8_t reserved[5];
	char words[MESSAGE_WORDS_MAX]; /* NUL-terminated, for a person */
};

/* s>w: leave: shut the user agent down, commit, exit 0. */
struct msg_stop {
	uint32_t reserved[2];
};

/* s>w, with a descriptor: the mailboxes have changed; a sealed table (conf/mailbox.h). */
struct msg_mailboxes {
	uint64_t bytes;
};

/* s>w: the queue of messages is yours (1), or no longer (0). */
struct msg_own {
	uint32_t own;
	uint32_t reserved;
};

/* s>w: what an operator wants to know of the queue, or have done to it. */
struct msg_order {
	uint32_t id;
	uint32_t reserved;
	char text[MESSAGE_ORDER_MAX]; /* "queue show GUID"; NUL-terminated */
};

/* w>s: the answer, or a piece of it. */
struct msg_said {
	uint32_t id;
	int32_t status; /* 0 or -errno; of the last piece */
	uint16_t n;     /* bytes of text */
	uint8_t last;
	uint8_t reserved[5];
	char text[MESSAGE_SAID_MAX];
};

/*	  type         direction  payload */
#define MESSAGES(X)                                         \
	X(START, TO_WORKER, struct msg_start)               \
	X(HELLO, TO_SUPERVISOR, struct msg_hello)           \
	X(READY, TO_SUPERVISOR, struct msg_ready)           \
	X(BEAT, TO_SUPERVISOR, struct msg_beat)             \
	X(CALL_BEGIN, TO_SUPERVISOR, struct msg_call_begin) \
	X(CALL_END, TO_SUPERVISOR, struct msg_call_end)     \
	X(LEVEL, TO_WORKER, struct msg_level)               \
	X(DRAIN, TO_WORKER, struct msg_drain)               \
	X(CUT, TO_WORKER, struct msg_cut)                   \
	X(NOTIFY, TO_WORKER, struct msg_notify)             \
	X(NOTIFIED, TO_SUPERVISOR, struct msg_notified)     \
	X(STOP, TO_WORKER, struct msg_stop)                 \
	X(OWN, TO_WORKER, struct msg_own)                   \
	X(ORDER, TO_WORKER, struct msg_order)               \
	X(SAID, TO_SUPERVISOR, struct msg_said)             \
	X(MAILBOXES, TO_WORKER, struct msg_mailboxes)

enum message_type {
#define X(type, dir, payload) MSG_##type,
	MESSAGES(X)
#undef X
	    MSG_COUNT
};

enum message_dir { TO_WORKER, TO_SUPERVISOR };

/* Descriptors that a worker is born with; the last one only when there is a mailbox file. */
enum { WORKER_FD_CHANNEL = 3, WORKER_FD_CONF = 4, WORKER_FD_MAILBOXES = 5 };

#endif
