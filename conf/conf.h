/* conf: the settings of one installation, as read from one file.
 * Owns: struct conf and what follows from it alone (the list of doors).  The key table is
 * conf/keys.c: reader, printer, checks and the shipped example follow from it.
 * Must not know: who uses a setting. */
#ifndef EVERTRUNK_CONF_H
#define EVERTRUNK_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipc/base/addr.h"
#include "ipc/base/log.h"

enum {
	CONF_ADDRESSES = 8,  /* listen.address values */
	CONF_TRUNKS = 256,   /* [trunk NAME] sections */
	CONF_SOURCES = 32,   /* source blocks of one trunk */
	CONF_TLS_NAMES = 16, /* tls.host, and tls_name of one trunk */
	CONF_DIALPLANS = 64, /* [dialplan NAME] sections */
	CONF_NUMBERS = 32,   /* in each of a dial plan's lists */
	CONF_NUMBER_MAX = 32,
	CONF_CODE_MAX = 8,      /* country code, prefixes */
	CONF_LANGUAGE_MAX = 16, /* "nl-NL" */
	CONF_LANGUAGES = 16,    /* prompt.languages */
	CONF_NAME_MAX = 64,
	CONF_HOST_MAX = 264, /* a name of 253, a port */
	CONF_MAIL_HOSTS = 6, /* smtp.hosts */
	CONF_PATH_MAX = 512,
	CONF_ADDRESS_MAX = 255,                  /* an e-mail address, with NUL */
	CONF_NOTE_MAX = 4 * 512 + 1,             /* 512 characters of UTF-8, with NUL */
	CONF_VALUE_MAX = CONF_NOTE_MAX,          /* the longest value, as text */
	CONF_DOORS = CONF_ADDRESSES * 3 * 2 * 2, /* addresses x ports x transports x (plain, TLS) */
};

enum transport { TRANSPORT_UDP, TRANSPORT_TCP, TRANSPORT_TLS, TRANSPORT_COUNT };

/* Which of a door's ports: the service, or a slot's. */
enum door_kind { DOOR_SERVICE, DOOR_SLOT_A, DOOR_SLOT_B };

/* A trunk-facing listening port.  Its index in conf_doors() names it everywhere (Via parameter
 * `d`, call table, logs). */
struct door_spec {
	struct addr local;
	enum transport transport;
	enum door_kind kind;
};

enum trunk_mode { TRUNK_REDIRECT, TRUNK_PROXY, TRUNK_AUTO };

/* The form of the 302's Contact (docs/design.md 3). */
enum contact_style { CONTACT_IP, CONTACT_NRS };

/* What kind of telephone system a trunk is: a row of settings (conf/profile.c), used for every key
 * that the trunk's section does not give.  PROFILE_AUTO: found out from what the peer sends, and
 * until then generic. */
enum profile {
	PROFILE_GENERIC,
	PROFILE_CS1000,
	PROFILE_CUCM,
	PROFILE_CISCO_IOS,
	PROFILE_AVAYA, /* Session Manager, Communication Manager */
	PROFILE_IP_OFFICE,
	PROFILE_AUDIOCODES,
	PROFILE_DIALOGIC,
	PROFILE_SONUS,
	PROFILE_MX_ONE,
	PROFILE_ASTERISK,
	PROFILE_FREESWITCH,
	PROFILE_AUTO,
	PROFILE_COUNT
};

/* What OPTIONS (and connections) get in an outage: 503, or nothing and a closed connection for
 * peers that take any answer as life. */
enum outage_style { OUTAGE_503, OUTAGE_SILENCE };

/* Whether requests of ours may take a connection that the peer opened: never, only when its Via
 * said `alias` (RFC 5923), or any. */
enum reuse { REUSE_NO, REUSE_ALIAS, REUSE_YES };
enum nat { NAT_AUTO, NAT_YES, NAT_NO };

/* Whether something is refused, used when the peer does, or demanded. */
enum demand { DEMAND_NEVER, DEMAND_OPTIONAL, DEMAND_REQUIRED };

/* Whether a call may be transferred by REFER; AUTO: when the INVITE's Allow names it. */
enum refer_use { REFER_AUTO, REFER_YES, REFER_NO };

/* The form of the message-summary (RFC 3842): none at all; Messages-Waiting and Voice-Message
 * new/old; the same with Message-Account and the urgent counts. */
enum mwi_form { MWI_OFF, MWI_SIMPLE, MWI_FULL };

/* Where messages go: nowhere, they stay in the spool; into Maildirs of ours; to a
 * mail server. */
enum mail_delivery { DELIVERY_OFF, DELIVERY_MAILDIR, DELIVERY_SMTP, DELIVERIES };
/* How the way to a mail server is encrypted: STARTTLS or nothing (REQUIRED); STARTTLS if it is
 * offered, whoever offers it; not at all; from the first byte on. */
enum mail_tls { MAIL_TLS_REQUIRED, MAIL_TLS_OPTIONAL, MAIL_TLS_NEVER, MAIL_TLS_IMPLICIT };

/* How the sound is encoded in a mail: WAV with G.711 or GSM 6.10, or MP3. */
enum audio_form { AUDIO_G711, AUDIO_GSM, AUDIO_MP3, AUDIO_FORMS };

/* Where an INVITE may say who was called first. */
enum diversion_source {
	DIVERSION_DIVERSION,    /* Diversion, RFC 5806 */
	DIVERSION_HISTORY_INFO, /* History-Info, RFC 7044 */
	DIVERSION_OCN_ID,       /* x-nt-ocn-id, Nortel */
	DIVERSION_TARGET,       /* target= in the Request-URI, RFC 4458 */
	DIVERSION_SOURCES
};
/* Of several diverting parties: who was called first, or who sent the call on last. */
enum diverting { DIVERTING_FIRST, DIVERTING_LAST };

/* What the number of an outside caller means that has none of the prefixes: nothing is known; one
 * of our own area, of our own country, or with its country code. */
enum plain_number { PLAIN_UNKNOWN, PLAIN_LOCAL, PLAIN_NATIONAL, PLAIN_INTERNATIONAL };

/* What a call for a number that is nobody's gets: words and then BYE, or 404. */
enum unknown_number { UNKNOWN_SPOKEN, UNKNOWN_404 };

/* How numbers are written, and which of them are not a person's (conf/dialplan.h). */
struct dialplan_conf {
	char name[CONF_NAME_MAX];
	uint32_t extension_length;
	char pilot[CONF_NUMBERS][CONF_NUMBER_MAX];
	size_t npilot;
	char attendant[CONF_NUMBERS][CONF_NUMBER_MAX];
	size_t nattendant;
	char operator[CONF_NAME_MAX]; /* where key 0 sends a caller; "": call.operator */
	char number_prefix[CONF_NUMBERS][CONF_NUMBER_MAX]; /* "+49301234": before an extension */
	size_t nnumber_prefix;
	char country_code[CONF_CODE_MAX]; /* digits, as are all of these; "": none */
	char area_code[CONF_CODE_MAX];
	char international_prefix[CONF_CODE_MAX];
	char national_prefix[CONF_CODE_MAX];
	char outside_line[CONF_CODE_MAX];
	enum plain_number plain_number;
	char language[CONF_LANGUAGE_MAX]; /* of mailboxes that name none */
	enum unknown_number unknown;
};

struct trunk_conf {
	char name[CONF_NAME_MAX];
	uint64_t given; /* bit i: the trunk's section itself gives the i-th trunk key (profile.c) */
	enum profile profile;
	struct cidr source[CONF_SOURCES];
	size_t nsource;                               /* 0: known by tls_name alone */
	char tls_name[CONF_TLS_NAMES][CONF_NAME_MAX]; /* its certificate must name one of them */
	size_t ntls_name;
	enum demand tls; /* of the signalling */
	enum trunk_mode mode;
	enum contact_style contact_style;
	char domain[CONF_NAME_MAX];     /* the PBX's domain; "": its address */
	char refer_host[CONF_NAME_MAX]; /* host of Refer-To; "": domain, else its address */
	struct addr address;      /* where requests that belong to no call go; family 0: nowhere */
	enum transport transport; /* of those */
	enum reuse reuse;
	enum nat nat; /* whether what it names as its address is passed over for its source */
	enum outage_style outage;
	uint32_t busy_code;   /* an INVITE while a limit is reached or no new calls are taken */
	uint32_t outage_code; /* an INVITE while there is no worker */
	uint8_t diversion[DIVERSION_SOURCES]; /* enum diversion_source, the one that wins first */
	size_t ndiversion;
	enum diverting diverting;
	enum refer_use refer;
	enum mwi_form mwi;
	enum demand srtp;             /* RFC 4568 */
	char dialplan[CONF_NAME_MAX]; /* of all its calls; "": the one whose pilot is called */
	struct addr external_address; /* what Contact, Via and SDP say instead of the door's
					 address (port unused); family 0: that one */
	uint32_t max_calls;           /* 0: no limit of its own */
	uint32_t max_rate;            /* new calls per second; 0: no limit of its own */
};

/* recycle.at: a weekday (0 = Sunday .. 6, 7 = every day) and a local time; set = false: off. */
struct weekly {
	bool set;
	uint8_t weekday;
	uint8_t hour;
	uint8_t minute;
};

/* All durations in milliseconds, all sizes in bytes. */
struct conf {
	struct {
		struct addr address[CONF_ADDRESSES]; /* port unused */
		size_t naddress;
		uint16_t port, slot_a_port, slot_b_port;
		bool udp, tcp, tls;
	} listen;
	struct {
		char certificate[CONF_PATH_MAX]; /* full chain, PEM; "": no TLS */
		char key[CONF_PATH_MAX];         /* "": in the certificate's file */
		char ca[CONF_PATH_MAX];          /* whom we trust to name a peer; "": nobody */
		char crl[CONF_PATH_MAX];         /* whom we trust no more; "": nothing is revoked */
		char host[CONF_TLS_NAMES][CONF_NAME_MAX]; /* what peers call us by */
		size_t nhost;
		int64_t expiry_warning; /* health warns when the certificate has less left */
	} tls;
	struct {
		struct addr supervisor; /* where workers send their requests: 127.0.0.64:5064 */
		struct addr worker; /* workers bind this IP with their slot's port; port unused */
	} inner;
	struct {
		char program[CONF_PATH_MAX]; /* "": um-worker beside um-supervisor */
		int64_t start_timeout;       /* spawn to a passed self-test */
		int64_t heartbeat;           /* BEAT period; three missed: sick */
		int64_t probe_interval;      /* OPTIONS to the worker's socket; two misses: sick */
		int64_t probe_timeout;
		int64_t stop_grace; /* STOP to TERM, and TERM to KILL */
	} worker;
	struct {
		int64_t every; /* 0: off */
		struct weekly at;
		int64_t jitter;
		int32_t when_calls; /* scheduled ones only when calls <= this; -1: always */
		uint64_t memory;    /* resident bytes; 0: off */
		uint64_t calls;     /* served; 0: off */
		int64_t drain;      /* then BYE to the rest */
		int64_t backoff; /* first pause after repeated failures, doubling to backoff_max */
		int64_t backoff_max;
		bool standby;
	} recycle;
	struct {
		int64_t max_duration;
		int64_t session_expires; /* 0: no session timer offered */
		int64_t min_se;
		char operator[CONF_NAME_MAX]; /* where key 0 sends a caller; "": nowhere */
		bool review;                  /* # ends the recording and begins the menu */
		uint32_t input_failures;      /* InputFailuresBeforeDisconnect of the original */
		uint32_t logon_failures;      /* LogonFailuresBeforeDisconnect: of one call */
		uint32_t logon_attempts;      /* MaxLogonAttempts: of a mailbox, in a row */
		int64_t logon_lock;           /* how long it is locked after those */
		int64_t greeting_max;         /* MaxGreetingDuration */
	} call;
	struct {
		int64_t idle_timeout; /* RecordingIdleTimeout of the original */
		int64_t max_duration; /* MaxRecordingDuration */
		int64_t min_duration; /* shorter ones are no message */
		int32_t silence_dbm0; /* below this level it is silence, e.g. -45 */
		char spool[CONF_PATH_MAX];
	} recording;
	struct {
		char directory[CONF_PATH_MAX]; /* of the manifests; "": where we look */
		char languages[CONF_LANGUAGES][CONF_NAME_MAX]; /* the first: of all others */
		size_t nlanguages;
		char greeting[CONF_PATH_MAX];   /* WAV, 8 kHz 16 bit mono; "": the language's */
		int64_t tone;                   /* length of the record tone */
		char no_service[CONF_PATH_MAX]; /* WAV: that number is nobody's; "": as greeting */
	} prompt;
	struct {
		enum mail_delivery delivery;
		char maildir
		    [CONF_PATH_MAX]; /* pattern (conf/mailbox_folder.h); "": state.directory/mail */
		char sender[CONF_ADDRESS_MAX];           /* mailaddr_ok() */
		char operator_address[CONF_ADDRESS_MAX]; /* mailaddr_ok(), or "" */
		char sender_name[CONF_NAME_MAX];
		int64_t expire; /* how long it is tried */
		int64_t
		    shadow; /* how long a copy of what another host has taken is kept; 0: none */
		char reports[CONF_PATH_MAX]; /* Maildir of mail.sender; "": no reports are read */
		enum audio_form audio;
		char note[CONF_NOTE_MAX]; /* at the end of every message; "": none */
	} mail;
	struct {
		char host[CONF_MAIL_HOSTS][CONF_HOST_MAX]; /* "mx.example.com", "[::1]:587" */
		size_t nhost;
		enum mail_tls tls;
		char ca[CONF_PATH_MAX]; /* whom we trust to name a mail server; "": the system's */
		char user[CONF_HOST_MAX]; /* "": no login */
		char password_file[CONF_PATH_MAX];
		char helo[CONF_NAME_MAX]; /* "": the machine's name */
		int64_t connect_timeout;  /* up to the end of the login */
		int64_t reply_timeout;    /* to a command */
		int64_t send_timeout;     /* a message as a whole */
	} smtp;
	struct {
		char host[1][CONF_HOST_MAX]; /* who keeps the mailboxes */
		size_t nhost;                /* 0: no mailbox is looked into */
		enum mail_tls tls;
		char ca[CONF_PATH_MAX];   /* whom we trust to name it; "": the system's */
		char user[CONF_HOST_MAX]; /* pattern (worker/imap_name.h) */
		char password_file[CONF_PATH_MAX];
		char folder[CONF_HOST_MAX]; /* pattern, UTF-8 */
		int64_t interval;           /* of looks at one mailbox */
		uint32_t rate;              /* looks a second, at most */
		int64_t connect_timeout;    /* up to the end of the login */
		int64_t reply_timeout;      /* to a command */
	} imap;
	struct {
		int64_t refresh; /* every lamp is told anew so often; 0: never */
	} mwi;
	struct {
		uint16_t port_first, port_last; /* "20000-20999"; even RTP, odd RTCP */
		int64_t jitter_max;             /* the most the jitter buffer may hold back */
		uint8_t dscp;
		bool transmit_silence; /* keep sending while recording */
		int64_t timeout;       /* no RTP at all for so long: hang up; 0: never */
	} rtp;
	struct {
		uint64_t message_bytes;
		uint32_t headers;
		uint32_t connections;
		uint32_t connections_per_source;
		int64_t connection_idle; /* silent trunk connection; 0: never closed */
		int64_t message_time;    /* first to last byte of one message on a stream */
		uint64_t stream_queue;   /* bytes waiting for one slow reader */
		uint32_t calls;
		uint32_t pending; /* INVITEs without an answer */
		int64_t hold;     /* an INVITE while no worker is ready */
	} limits;
	/* Back pressure (supervisor/pressure.h); 0: that level is never entered. */
	struct {
		uint64_t disk_medium, disk_high;     /* free bytes where messages are written */
		uint32_t queue_medium, queue_high;   /* messages that wait for delivery */
		int64_t oldest_medium, oldest_high;  /* for how long the first of them does */
		uint32_t memory_medium, memory_high; /* a worker's, in percent of recycle.memory */
		uint32_t calls_medium, calls_high;   /* in percent of limits.calls */
	} pressure;
	struct {
		char socket[CONF_PATH_MAX];
		char group[CONF_NAME_MAX]; /* "": only the owner */
	} control;
	struct {
		struct addr address; /* family 0: off */
	} http;
	struct {
		enum log_level level;
	} log;
	struct {
		char directory
		    [CONF_PATH_MAX]; /* what must outlive us: learned modes, counters of time */
	} state;
	struct {
		char file[CONF_PATH_MAX]; /* "": every number is a mailbox of its own */
	} mailboxes;
	struct dialplan_conf dialplan[CONF_DIALPLANS];
	size_t ndialplan;
	struct trunk_conf trunk[CONF_TRUNKS];
	size_t ntrunk;
};

/* Reads `path` into a new struct conf (calloc: free() it).  On failure every error has been
 * written to `errors` (one line each: file:line: key: what is wrong, what would be right) and
 * -EINVAL is returned; a file that cannot be opened gives -errno and its line. */
int conf_read(const char *path, struct buf *errors, struct conf **ret);
/* The same from a text in memory; `name` stands for the file in errors. */
int conf_read_text(const char *name, struct slice text, struct buf *errors, struct conf **ret);
/* The canonical file: every key with its value, which conf_read_text() reads back to an equal
 * struct.  Malloced, NUL-terminated; NULL when out of memory. */
char *conf_print(const struct conf *c);

/* What a changed setting needs: the strongest answer over all keys that differ.  `*ret_key` names
 * the first key with that answer ("listen.port"), NULL when nothing differs. */
enum conf_change { CONF_SAME, CONF_LIVE, CONF_WORKER, CONF_RESTART };
enum conf_change conf_compare(const struct conf *a, const struct conf *b, const char **ret_key);

/* Every door of this configuration, in a fixed order: address by address, service then slot A
 * then slot B, UDP before TCP.  TLS doors (service + 1, slots + 1) have their place in the order
 * when listen.transports names them.  Returns how many were written (at most CONF_DOORS). */
size_t conf_doors(const struct conf *c, struct door_spec ret[CONF_DOORS]);

/* "udp", "tcp", "tls". */
const char *transport_name(enum transport t);
const char *trunk_mode_name(enum trunk_mode m);
const char *profile_name(enum profile p);

/* The settings of `trunk` if it is of kind `p`: what its section gives, else the profile's row,
 * else the defaults. */
void conf_profile(const struct trunk_conf *trunk, enum profile p, struct trunk_conf *ret);

/* Where a trunk's setting comes from: the key table, its profile's row, its own section. */
enum conf_origin { CONF_DEFAULT, CONF_PROFILE, CONF_GIVEN };
const char *conf_origin_name(enum conf_origin o);
/* The origin of the key `key` ("mode"), which is one of a trunk's: aborts when it is not. */
enum conf_origin conf_trunk_origin(const struct trunk_conf *trunk, const char *key);
/* The i-th of a trunk's settings, from 0: its key and its value as it is written (into `value`).
 * NULL when there is none. */
const char *conf_trunk_setting(const struct trunk_conf *trunk, size_t i, struct buf *value);

#endif
