/* keys: see keys.h.  Order here is the order of the printed file.  A default, a bound or a help
 * text is changed here and nowhere else; tests/unit/test_conf.c then says which of the shipped
 * files no longer agree. */
#include "conf/keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define MS(n)         (n)
#define S(n)          ((int64_t)(n)*1000)
#define MIN(n)        (S(n) * 60)
#define HOUR(n)       (MIN(n) * 60)
#define DAY(n)        (HOUR(n) * 24)
#define K(n)          ((int64_t)(n)*1024)
#define M(n)          (K(n) * 1024)
#define G(n)          (M(n) * 1024)

#define NAMED(s, k)   .section = (s), .key = (k), .name = s "." k
#define MEMBER(t, f)  .offset = offsetof(t, f), .size = sizeof(((t *)0)->f)
#define FIELD(f)      MEMBER(struct conf, f)
#define TRUNK(f)      MEMBER(struct trunk_conf, f)
#define PLAN(f)       MEMBER(struct dialplan_conf, f)
#define PLAN_LIST(f)  PLAN(f), .count = offsetof(struct dialplan_conf, n##f), .max = CONF_NUMBERS
#define RANGE(lo, hi) .min = (lo), .max = (hi)
/* The longest text that fits with its NUL. */
#define FITS(f)       .max = sizeof((struct conf *)0)->f - 1

/* Several fields, one value: value_list.c reaches the others from the first. */
_Static_assert(offsetof(struct conf, listen.tcp) ==
		       offsetof(struct conf, listen.udp) + sizeof(bool) &&
		   offsetof(struct conf, listen.tls) ==
		       offsetof(struct conf, listen.udp) + 2 * sizeof(bool),
	       "listen.transports");
_Static_assert(offsetof(struct conf, rtp.port_last) ==
		   offsetof(struct conf, rtp.port_first) + sizeof(uint16_t),
	       "rtp.ports");

_Static_assert((int)CONF_VALUE_MAX >= CONF_SOURCES * ADDR_TEXT_MAX, "CONF_VALUE_MAX");

static const char *
mode_word(unsigned v)
{
	return v <= TRUNK_AUTO ? trunk_mode_name((enum trunk_mode)v) : NULL;
}

static const char *
profile_word(unsigned v)
{
	return v < PROFILE_COUNT ? profile_name((enum profile)v) : NULL;
}

static const char *
transport_word(unsigned v)
{
	return v < TRANSPORT_COUNT ? transport_name((enum transport)v) : NULL;
}

/* The word function of an enum that has no other use for its words. */
#define WORDS(name, ...)                                                       \
	static const char *name(unsigned v)                                    \
	{                                                                      \
		static const char *const words[] = {__VA_ARGS__};              \
                                                                               \
		return v < sizeof(words) / sizeof(words[0]) ? words[v] : NULL; \
	}

WORDS(style_word, [CONTACT_IP] = "ip", [CONTACT_NRS] = "nrs")
WORDS(outage_word, [OUTAGE_503] = "503", [OUTAGE_SILENCE] = "silence")
WORDS(reuse_word, [REUSE_NO] = "no", [REUSE_ALIAS] = "alias", [REUSE_YES] = "yes")
WORDS(nat_word, [NAT_AUTO] = "auto", [NAT_YES] = "yes", [NAT_NO] = "no")
WORDS(demand_word, [DEMAND_NEVER] = "never", [DEMAND_OPTIONAL] = "optional",
      [DEMAND_REQUIRED] = "required")
WORDS(refer_word, [REFER_AUTO] = "auto", [REFER_YES] = "yes", [REFER_NO] = "no")
WORDS(mwi_word, [MWI_OFF] = "off", [MWI_SIMPLE] = "simple", [MWI_FULL] = "full")
WORDS(
    diversion_word, [DIVERSION_DIVERSION] = "diversion", [DIVERSION_HISTORY_INFO] = "history-info",
    [DIVERSION_OCN_ID] = "x-nt-ocn-id", [DIVERSION_TARGET] = "target")
WORDS(
    delivery_word, [DELIVERY_OFF] = "off", [DELIVERY_MAILDIR] = "maildir", [DELIVERY_SMTP] = "smtp")
WORDS(audio_word, [AUDIO_G711] = "g711", [AUDIO_GSM] = "gsm", [AUDIO_MP3] = "mp3")
WORDS(mail_tls_word, [MAIL_TLS_REQUIRED] = "required", [MAIL_TLS_OPTIONAL] = "optional",
      [MAIL_TLS_NEVER] = "never", [MAIL_TLS_IMPLICIT] = "implicit")
WORDS(diverting_word, [DIVERTING_FIRST] = "first", [DIVERTING_LAST] = "last")

WORDS(plain_word, [PLAIN_UNKNOWN] = "unknown", [PLAIN_LOCAL] = "local",
      [PLAIN_NATIONAL] = "national", [PLAIN_INTERNATIONAL] = "international")
WORDS(unknown_word, [UNKNOWN_SPOKEN] = "spoken", [UNKNOWN_404] = "404")

static const char *
level_word(unsigned v)
{
	return v < LOG_LEVELS ? log_level_name((enum log_level)v) : NULL;
}

/* clang-format off */
const struct conf_key conf_keys[] = {
	{ NAMED("listen", "address"), FIELD(listen.address), .type = VALUE_IPS,
	  .count = offsetof(struct conf, listen.naddress), .max = CONF_ADDRESSES,
	  .change = CONF_RESTART,
	  .help = "The local addresses that the telephone systems call. Every door is bound to each "
		  "of them one by one, so that an answer leaves from the address that was called." },
	{ NAMED("listen", "port"), FIELD(listen.port), .type = VALUE_INT, RANGE(1, 65534),
	  .preset = "5060", .change = CONF_RESTART,
	  .help = "The service port. The port after it is the one for TLS." },
	{ NAMED("listen", "slot_a_port"), FIELD(listen.slot_a_port), .type = VALUE_INT,
	  RANGE(1, 65534), .preset = "5065", .change = CONF_RESTART,
	  .help = "The port of worker slot A, on the trunk side and on the inner side. The port "
		  "after it is the one for TLS." },
	{ NAMED("listen", "slot_b_port"), FIELD(listen.slot_b_port), .type = VALUE_INT,
	  RANGE(1, 65534), .preset = "5067", .change = CONF_RESTART,
	  .help = "The port of worker slot B, on the trunk side and on the inner side. The port "
		  "after it is the one for TLS." },
	{ NAMED("listen", "transports"), FIELD(listen.udp), .type = VALUE_TRANSPORTS,
	  .preset = "udp tcp", .change = CONF_RESTART,
	  .help = "What the doors speak. dual is short for tcp tls, as in the original." },

	{ NAMED("tls", "certificate"), FIELD(tls.certificate), .type = VALUE_PATH, .zero = true,
	  FITS(tls.certificate), .preset = "", .change = CONF_LIVE,
	  .help = "Our certificate with the chain behind it, PEM. um-ctl reload-tls reads it again, "
		  "and so does the supervisor itself when the file changes." },
	{ NAMED("tls", "key"), FIELD(tls.key), .type = VALUE_PATH, .zero = true, FITS(tls.key),
	  .preset = "", .change = CONF_LIVE,
	  .help = "Its private key, PEM, without a passphrase. Nothing: in tls.certificate." },
	{ NAMED("tls", "ca"), FIELD(tls.ca), .type = VALUE_PATH, .zero = true, FITS(tls.ca),
	  .preset = "", .change = CONF_LIVE,
	  .help = "The certificates of those whom we trust to name a telephone system, PEM. Nothing: "
		  "nobody is asked for a certificate." },
	{ NAMED("tls", "crl"), FIELD(tls.crl), .type = VALUE_PATH, .zero = true, FITS(tls.crl),
	  .preset = "", .change = CONF_LIVE,
	  .help = "What those in tls.ca have revoked: their lists (CRL), PEM, read again like the "
		  "certificate. A telephone system with a revoked certificate is not known by it. A "
		  "list that is out of date still counts, with a warning; who has none there has "
		  "revoked nothing. Nothing: no lists." },
	{ NAMED("tls", "host"), FIELD(tls.host), .type = VALUE_IDENTITIES, .zero = true,
	  .count = offsetof(struct conf, tls.nhost), .max = CONF_TLS_NAMES, .preset = "",
	  .change = CONF_LIVE,
	  .help = "The names by which the telephone systems call us: our certificate must have "
		  "each of them, or a warning says so." },
	{ NAMED("tls", "expiry_warning"), FIELD(tls.expiry_warning), .type = VALUE_DURATION,
	  RANGE(HOUR(1), DAY(365)), .preset = "30d", .change = CONF_LIVE,
	  .help = "Health warns when our certificate has less than this left." },

	{ NAMED("inner", "supervisor"), FIELD(inner.supervisor), .type = VALUE_ENDPOINT,
	  RANGE(1, 65535), .preset = "127.0.0.64:5064", .change = CONF_RESTART,
	  .help = "Where the workers send their own requests: a loopback address of the supervisor's "
		  "alone." },
	{ NAMED("inner", "worker"), FIELD(inner.worker), .type = VALUE_IP,
	  .preset = "127.0.0.65", .change = CONF_RESTART,
	  .help = "The loopback address on which a worker listens, with the port of its slot." },

	{ NAMED("worker", "program"), FIELD(worker.program), .type = VALUE_PATH, .zero = true,
	  FITS(worker.program), .preset = "", .change = CONF_WORKER,
	  .help = "The worker's program. Nothing: um-worker in the directory of um-supervisor." },
	{ NAMED("worker", "start_timeout"), FIELD(worker.start_timeout), .type = VALUE_DURATION,
	  RANGE(S(1), MIN(5)), .preset = "10s", .change = CONF_LIVE,
	  .help = "From a worker's start to its first answered self-test call; a worker that needs "
		  "longer has failed to start." },
	{ NAMED("worker", "heartbeat"), FIELD(worker.heartbeat), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(5)), .preset = "10s", .change = CONF_WORKER,
	  .help = "How often a worker reports. After three missing reports it is replaced." },
	{ NAMED("worker", "probe_interval"), FIELD(worker.probe_interval), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(5)), .preset = "2s", .change = CONF_LIVE,
	  .help = "How often the supervisor asks a worker with a SIP OPTIONS request. After two "
		  "missing answers it is replaced." },
	{ NAMED("worker", "probe_timeout"), FIELD(worker.probe_timeout), .type = VALUE_DURATION,
	  RANGE(MS(20), MIN(1)), .preset = "500ms", .change = CONF_LIVE,
	  .help = "How long an answer to that OPTIONS may take; less than half of "
		  "worker.probe_interval." },
	{ NAMED("worker", "stop_grace"), FIELD(worker.stop_grace), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(5)), .preset = "5s", .change = CONF_LIVE,
	  .help = "How long a worker has to leave by itself before SIGTERM, and after SIGTERM before "
		  "SIGKILL." },

	{ NAMED("recycle", "every"), FIELD(recycle.every), .type = VALUE_DURATION, .zero = true,
	  RANGE(S(1), DAY(365)), .preset = "7d", .change = CONF_LIVE,
	  .help = "The age at which the active worker is replaced. 0: age does not matter." },
	{ NAMED("recycle", "at"), FIELD(recycle.at), .type = VALUE_WEEKLY,
	  .preset = "off", .change = CONF_LIVE,
	  .help = "A weekday (Sun, Mon, Tue, Wed, Thu, Fri, Sat, or daily) and local time at which "
		  "the active worker is replaced. off: no such time." },
	{ NAMED("recycle", "jitter"), FIELD(recycle.jitter), .type = VALUE_DURATION, .zero = true,
	  RANGE(S(1), DAY(1)), .preset = "0", .change = CONF_LIVE,
	  .help = "A scheduled recycle is put off by a random time up to this, so that several "
		  "machines do not recycle at once." },
	{ NAMED("recycle", "when_calls"), FIELD(recycle.when_calls), .type = VALUE_INT,
	  RANGE(-1, 1000000), .preset = "-1", .change = CONF_LIVE,
	  .help = "A scheduled recycle waits until there are at most so many calls. -1: it does not "
		  "wait." },
	{ NAMED("recycle", "memory"), FIELD(recycle.memory), .type = VALUE_SIZE, .zero = true,
	  RANGE(M(16), G(1024)), .preset = "512M", .change = CONF_LIVE,
	  .help = "The resident memory at which a worker is replaced. 0: memory does not matter." },
	{ NAMED("recycle", "calls"), FIELD(recycle.calls), .type = VALUE_INT, .zero = true,
	  RANGE(1, INT64_C(1000000000000)), .preset = "0", .change = CONF_LIVE,
	  .help = "The number of calls served after which a worker is replaced. 0: the number does "
		  "not matter." },
	{ NAMED("recycle", "drain"), FIELD(recycle.drain), .type = VALUE_DURATION,
	  RANGE(S(1), DAY(7)), .preset = "35m", .change = CONF_LIVE,
	  .help = "How long a replaced worker may finish its calls; what is left then is hung up. "
		  "Longer than call.max_duration." },
	{ NAMED("recycle", "backoff"), FIELD(recycle.backoff), .type = VALUE_DURATION,
	  RANGE(MS(100), HOUR(1)), .preset = "1s", .change = CONF_LIVE,
	  .help = "The pause after a failed start; it doubles with every further failure." },
	{ NAMED("recycle", "backoff_max"), FIELD(recycle.backoff_max), .type = VALUE_DURATION,
	  RANGE(MS(100), DAY(1)), .preset = "1m", .change = CONF_LIVE,
	  .help = "The longest pause between two starts." },
	{ NAMED("recycle", "standby"), FIELD(recycle.standby), .type = VALUE_BOOL,
	  .preset = "yes", .change = CONF_LIVE,
	  .help = "Keep a started and tested worker waiting in the other slot, so that a crash or a "
		  "recycle finds it ready. It takes about 10 MB of memory." },

	{ NAMED("call", "max_duration"), FIELD(call.max_duration), .type = VALUE_DURATION,
	  RANGE(S(1), DAY(1)), .preset = "30m", .change = CONF_WORKER,
	  .help = "The longest call; then it is hung up. At least 10s more than "
		  "recording.max_duration, for the greeting." },
	{ NAMED("call", "session_expires"), FIELD(call.session_expires), .type = VALUE_DURATION,
	  .zero = true, RANGE(S(90), DAY(1)), .preset = "30m", .change = CONF_WORKER,
	  .help = "The session timer that we ask for (RFC 4028, Session-Expires). 0: none." },
	{ NAMED("call", "min_se"), FIELD(call.min_se), .type = VALUE_DURATION,
	  RANGE(S(90), HOUR(1)), .preset = "90s", .change = CONF_WORKER,
	  .help = "The shortest session timer that we accept (RFC 4028, Min-SE)." },
	{ NAMED("call", "operator"), FIELD(call.operator), .type = VALUE_DIALLED, .zero = true,
	  FITS(call.operator), .preset = "", .change = CONF_WORKER,
	  .help = "The number to which a caller who presses 0 is transferred. Nothing: 0 does "
		  "nothing." },
	{ NAMED("call", "review"), FIELD(call.review), .type = VALUE_BOOL, .preset = "yes",
	  .change = CONF_WORKER,
	  .help = "Whether a caller who ends the recording with the pound key may then listen to it, "
		  "record it again, mark it as important or private. no: that key hangs up." },
	{ NAMED("call", "input_failures"), FIELD(call.input_failures), .type = VALUE_INT,
	  RANGE(1, 20), .preset = "3", .change = CONF_WORKER,
	  .help = "How often a caller may press nothing, or a key that means nothing, before the "
		  "message is sent as it is." },
	{ NAMED("call", "logon_failures"), FIELD(call.logon_failures), .type = VALUE_INT,
	  RANGE(1, 20), .preset = "3", .change = CONF_WORKER,
	  .help = "How many wrong PINs or extensions end the call of somebody who logs on to a "
		  "mailbox (LogonFailuresBeforeDisconnect of Exchange UM)." },
	{ NAMED("call", "logon_attempts"), FIELD(call.logon_attempts), .type = VALUE_INT,
	  RANGE(1, 999), .preset = "15", .change = CONF_WORKER,
	  .help = "How many wrong PINs in a row, over any number of calls, lock a mailbox "
		  "(MaxLogonAttempts of Exchange UM)." },
	{ NAMED("call", "logon_lock"), FIELD(call.logon_lock), .type = VALUE_DURATION,
	  RANGE(S(1), DAY(7)), .preset = "1h", .change = CONF_WORKER,
	  .help = "How long it is locked: no PIN is right then." },
	{ NAMED("call", "greeting_max"), FIELD(call.greeting_max), .type = VALUE_DURATION,
	  RANGE(S(1), MIN(10)), .preset = "5m", .change = CONF_WORKER,
	  .help = "The longest greeting that the owner of a mailbox can record "
		  "(MaxGreetingDuration of Exchange UM)." },

	{ NAMED("recording", "idle_timeout"), FIELD(recording.idle_timeout), .type = VALUE_DURATION,
	  RANGE(S(1), MIN(5)), .preset = "5s", .change = CONF_WORKER,
	  .help = "Silence that ends a recording (RecordingIdleTimeout of Exchange UM)." },
	{ NAMED("recording", "max_duration"), FIELD(recording.max_duration), .type = VALUE_DURATION,
	  RANGE(S(1), HOUR(4)), .preset = "20m", .change = CONF_WORKER,
	  .help = "The longest recording (MaxRecordingDuration of Exchange UM)." },
	{ NAMED("recording", "min_duration"), FIELD(recording.min_duration), .type = VALUE_DURATION,
	  .zero = true, RANGE(MS(100), MIN(1)), .preset = "1s", .change = CONF_WORKER,
	  .help = "A shorter recording is no message and is thrown away." },
	{ NAMED("recording", "silence_dbm0"), FIELD(recording.silence_dbm0), .type = VALUE_INT,
	  RANGE(-80, -10), .preset = "-45", .change = CONF_WORKER,
	  .help = "Sound below this level, in dBm0, counts as silence." },
	{ NAMED("recording", "spool"), FIELD(recording.spool), .type = VALUE_PATH,
	  FITS(recording.spool), .preset = "/var/spool/evertrunk", .change = CONF_WORKER,
	  .help = "The directory where recordings are kept until they have been delivered." },

	{ NAMED("prompt", "directory"), FIELD(prompt.directory), .type = VALUE_PATH,
	  .zero = true, FITS(prompt.directory), .preset = "", .change = CONF_WORKER,
	  .help = "Where the prompt sets are: for each language a manifest LANGUAGE.conf, which names "
		  "a folder of WAV files and says which of them is what (docs/prompts.md). Nothing: the "
		  "folder prompts beside um-worker, else /usr/share/evertrunk/prompts." },
	{ NAMED("prompt", "languages"), FIELD(prompt.languages), .type = VALUE_NAMES,
	  .count = offsetof(struct conf, prompt.nlanguages), .max = CONF_LANGUAGES, .preset = "en",
	  .change = CONF_WORKER,
	  .help = "The languages to speak. A mailbox of another one gets the first." },
	{ NAMED("prompt", "greeting"), FIELD(prompt.greeting), .type = VALUE_PATH, .zero = true,
	  FITS(prompt.greeting), .preset = "", .change = CONF_WORKER,
	  .help = "The greeting of mailboxes without one of their own, in place of what the language "
		  "has: a WAV file, 8 kHz, 16 bit, mono." },
	{ NAMED("prompt", "tone"), FIELD(prompt.tone), .type = VALUE_DURATION, .zero = true,
	  RANGE(MS(40), S(5)), .preset = "400ms", .change = CONF_WORKER,
	  .help = "The length of the tone after the greeting. 0: no tone." },

	{ NAMED("prompt", "no_service"), FIELD(prompt.no_service), .type = VALUE_PATH, .zero = true,
	  FITS(prompt.no_service), .preset = "", .change = CONF_WORKER,
	  .help = "What a caller hears whose number is nobody's, where dialplan.unknown is spoken, in "
		  "place of what the language has: a WAV file like the greeting." },

	{ NAMED("mail", "delivery"), FIELD(mail.delivery), .type = VALUE_ENUM,
	  .word = delivery_word, .preset = "maildir", .change = CONF_WORKER,
	  .help = "Where messages go. maildir: into a folder for each mailbox, which an IMAP server "
		  "serves as it is. smtp: to a mail server, see [smtp]. off: they stay in "
		  "recording.spool." },
	{ NAMED("mail", "maildir"), FIELD(mail.maildir), .type = VALUE_PATH, .zero = true,
	  FITS(mail.maildir), .preset = "", .change = CONF_WORKER,
	  .help = "The folder of the Maildirs, one in it for each mailbox, by the local part of its "
		  "address; or a path with %n (local part) and %d (domain) in it. Nothing: "
		  "state.directory/mail." },
	{ NAMED("mail", "sender"), FIELD(mail.sender), .type = VALUE_TEXT, FITS(mail.sender),
	  .preset = "voicemail@localhost", .change = CONF_WORKER,
	  .help = "The address that messages come from." },
	{ NAMED("mail", "sender_name"), FIELD(mail.sender_name), .type = VALUE_TEXT, .zero = true,
	  FITS(mail.sender_name), .preset = "Voice Mail", .change = CONF_WORKER,
	  .help = "The name beside it when nothing is known of the caller." },
	{ NAMED("mail", "operator"), FIELD(mail.operator_address), .type = VALUE_TEXT,
	  .zero = true, FITS(mail.operator_address), .preset = "", .change = CONF_WORKER,
	  .help = "The address that is told by mail what could not be delivered. Nothing: that of "
		  "the mailbox whose number is dialplan.operator, or call.operator." },
	{ NAMED("mail", "expire"), FIELD(mail.expire), .type = VALUE_DURATION,
	  RANGE(MIN(1), DAY(30)), .preset = "5d", .change = CONF_WORKER,
	  .help = "How long the delivery of a message is tried. Then it is set aside, health says so, "
		  "and the operator is told by mail." },
	{ NAMED("mail", "shadow"), FIELD(mail.shadow), .type = VALUE_DURATION, .zero = true,
	  RANGE(MIN(1), DAY(30)), .preset = "2d", .change = CONF_WORKER,
	  .help = "How long a copy is kept of a message that a mail server has taken, until somebody "
		  "has confirmed that it arrived. 0: none is kept." },
	{ NAMED("mail", "reports"), FIELD(mail.reports), .type = VALUE_PATH, .zero = true,
	  FITS(mail.reports), .preset = "", .change = CONF_WORKER,
	  .help = "The Maildir of mail.sender, where the mail server's reports (DSN) come to: what is "
		  "not reported as delivered within mail.shadow is sent again, once. Nothing: no "
		  "reports are asked for or read." },
	{ NAMED("mail", "audio"), FIELD(mail.audio), .type = VALUE_ENUM, .word = audio_word,
	  .preset = "g711", .change = CONF_WORKER,
	  .help = "How the sound is attached: g711, a WAV file that everything plays (480 KB a "
		  "minute); gsm, a WAV file of a fifth of that; mp3, a quarter." },
	{ NAMED("mail", "note"), FIELD(mail.note), .type = VALUE_TEXT, .zero = true,
	  .max = 512, .preset = "", .change = CONF_WORKER,
	  .help = "A paragraph of yours at the end of every message." },

	{ NAMED("smtp", "hosts"), FIELD(smtp.host), .type = VALUE_HOSTS, .zero = true,
	  .count = offsetof(struct conf, smtp.nhost), .max = CONF_MAIL_HOSTS, .preset = "",
	  .change = CONF_WORKER,
	  .help = "The mail servers that take our messages; the first that does is used. Port 25, "
		  "or 465 with tls = implicit, if none is given." },
	{ NAMED("smtp", "tls"), FIELD(smtp.tls), .type = VALUE_ENUM, .word = mail_tls_word,
	  .preset = "required", .change = CONF_WORKER,
	  .help = "required: STARTTLS, and a certificate that names the host. implicit: the same "
		  "from the first byte on. optional: STARTTLS if it is offered, by whomever. "
		  "never: in the clear, for a server on this machine." },
	{ NAMED("smtp", "ca"), FIELD(smtp.ca), .type = VALUE_PATH, .zero = true, FITS(smtp.ca),
	  .preset = "", .change = CONF_WORKER,
	  .help = "The certificates of those whom we trust to name a mail server, PEM. Nothing: "
		  "those that the system trusts." },
	{ NAMED("smtp", "user"), FIELD(smtp.user), .type = VALUE_TEXT, .zero = true,
	  FITS(smtp.user), .preset = "", .change = CONF_WORKER,
	  .help = "Whom we log in as (AUTH PLAIN or LOGIN). Nothing: no login." },
	{ NAMED("smtp", "password_file"), FIELD(smtp.password_file), .type = VALUE_PATH,
	  .zero = true, FITS(smtp.password_file), .preset = "", .change = CONF_WORKER,
	  .help = "The file whose first line is the password; read at each login, by the workers' "
		  "user, and refused when others may read it." },
	{ NAMED("smtp", "helo"), FIELD(smtp.helo), .type = VALUE_NAME, .zero = true,
	  FITS(smtp.helo), .preset = "", .change = CONF_WORKER,
	  .help = "What we call ourselves in EHLO. Nothing: the machine's name." },
	{ NAMED("smtp", "connect_timeout"), FIELD(smtp.connect_timeout), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(10)), .preset = "30s", .change = CONF_WORKER,
	  .help = "The longest time from looking a host up to the end of the login; then the next "
		  "host is asked." },
	{ NAMED("smtp", "reply_timeout"), FIELD(smtp.reply_timeout), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(10)), .preset = "1m", .change = CONF_WORKER,
	  .help = "The longest wait for the answer to a command." },
	{ NAMED("smtp", "send_timeout"), FIELD(smtp.send_timeout), .type = VALUE_DURATION,
	  RANGE(MS(100), HOUR(1)), .preset = "10m", .change = CONF_WORKER,
	  .help = "The longest time for one message; a server that is slow to answer its end may "
		  "deliver it although we try again." },

	{ NAMED("imap", "host"), FIELD(imap.host), .type = VALUE_HOSTS, .zero = true,
	  .count = offsetof(struct conf, imap.nhost), .max = 1, .preset = "", .change = CONF_WORKER,
	  .help = "The server that keeps the mailboxes, when mail.delivery is smtp: whether a message "
		  "has arrived is seen there, and what the message waiting lamps show. Port 143, or "
		  "993 with tls = implicit, if none is given. Nothing: no mailbox is looked into." },
	{ NAMED("imap", "tls"), FIELD(imap.tls), .type = VALUE_ENUM, .word = mail_tls_word,
	  .preset = "required", .change = CONF_WORKER,
	  .help = "As smtp.tls: required (STARTTLS), implicit; optional and never for a server on "
		  "this machine, because a password is said." },
	{ NAMED("imap", "ca"), FIELD(imap.ca), .type = VALUE_PATH, .zero = true, FITS(imap.ca),
	  .preset = "", .change = CONF_WORKER,
	  .help = "The certificates of those whom we trust to name the server, PEM. Nothing: "
		  "those that the system trusts." },
	{ NAMED("imap", "user"), FIELD(imap.user), .type = VALUE_TEXT, .zero = true,
	  FITS(imap.user), .preset = "", .change = CONF_WORKER,
	  .help = "Whom we log in as to look into a mailbox: %u is its address, %n the local part, "
		  "%d the domain, %e the extension, %% a percent sign. For example "
		  "%n*evertrunk (Dovecot) or EXAMPLE\\evertrunk\\%n (Exchange)." },
	{ NAMED("imap", "password_file"), FIELD(imap.password_file), .type = VALUE_PATH,
	  .zero = true, FITS(imap.password_file), .preset = "", .change = CONF_WORKER,
	  .help = "The file whose first line is the password; read at each login, by the workers' "
		  "user, and refused when others may read it." },
	{ NAMED("imap", "folder"), FIELD(imap.folder), .type = VALUE_TEXT, FITS(imap.folder),
	  .preset = "INBOX", .change = CONF_WORKER,
	  .help = "The folder that is looked into, in UTF-8; %u, %n, %d and %e as in imap.user." },
	{ NAMED("imap", "interval"), FIELD(imap.interval), .type = VALUE_DURATION,
	  RANGE(S(2), HOUR(1)), .preset = "1m", .change = CONF_WORKER,
	  .help = "How often each mailbox is looked into for its message waiting lamp. And how long "
		  "after a mail server has taken a message it is first looked for in its "
		  "mailbox; then after twice, four times and so on that time." },
	{ NAMED("imap", "rate"), FIELD(imap.rate), .type = VALUE_INT, RANGE(1, 1000),
	  .preset = "50", .change = CONF_WORKER,
	  .help = "How many mailboxes are looked into within a second, at most." },
	{ NAMED("imap", "connect_timeout"), FIELD(imap.connect_timeout), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(1)), .preset = "10s", .change = CONF_WORKER,
	  .help = "The longest time from looking the host up to the end of the login." },
	{ NAMED("imap", "reply_timeout"), FIELD(imap.reply_timeout), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(1)), .preset = "10s", .change = CONF_WORKER,
	  .help = "The longest wait for the whole answer to a command." },

	{ NAMED("mwi", "refresh"), FIELD(mwi.refresh), .type = VALUE_DURATION, .zero = true,
	  RANGE(MIN(10), DAY(7)), .preset = "6h", .change = CONF_WORKER,
	  .help = "How often each message waiting lamp is told anew of what the mailbox holds, for "
		  "telephone systems that have forgotten it. 0: only when something changes, and "
		  "after a recycle." },

	{ NAMED("rtp", "ports"), FIELD(rtp.port_first), .type = VALUE_PORTS, RANGE(1024, 65535),
	  .preset = "20000-20999", .change = CONF_WORKER,
	  .help = "The UDP ports for sound: two for each call, the even one RTP, the odd one RTCP." },
	{ NAMED("rtp", "jitter_max"), FIELD(rtp.jitter_max), .type = VALUE_DURATION,
	  RANGE(MS(20), S(2)), .preset = "200ms", .change = CONF_WORKER,
	  .help = "The most that the jitter buffer may delay what a caller says." },
	{ NAMED("rtp", "dscp"), FIELD(rtp.dscp), .type = VALUE_INT, RANGE(0, 63), .preset = "46",
	  .change = CONF_WORKER,
	  .help = "The DSCP mark of RTP packets; 46 is Expedited Forwarding." },
	{ NAMED("rtp", "transmit_silence"), FIELD(rtp.transmit_silence), .type = VALUE_BOOL,
	  .preset = "no", .change = CONF_WORKER,
	  .help = "Send silence all the time while recording. no: one packet a second, enough for "
		  "gateways and firewalls that hang up when nothing comes." },
	{ NAMED("rtp", "timeout"), FIELD(rtp.timeout), .type = VALUE_DURATION, .zero = true,
	  RANGE(S(5), DAY(1)), .preset = "60s", .change = CONF_WORKER,
	  .help = "A call from which no RTP comes for so long is hung up. 0: never." },

	{ NAMED("limits", "message_bytes"), FIELD(limits.message_bytes), .type = VALUE_SIZE,
	  RANGE(K(2), K(64)), .preset = "16K", .change = CONF_LIVE,
	  .help = "The longest SIP message. A longer one is answered with 513." },
	{ NAMED("limits", "headers"), FIELD(limits.headers), .type = VALUE_INT, RANGE(32, 1024),
	  .preset = "128", .change = CONF_LIVE,
	  .help = "The most header lines of one SIP message." },
	{ NAMED("limits", "connections"), FIELD(limits.connections), .type = VALUE_INT,
	  RANGE(1, 16000), .preset = "2000", .change = CONF_LIVE,
	  .help = "The most TCP connections at once, from all sources." },
	{ NAMED("limits", "connections_per_source"), FIELD(limits.connections_per_source),
	  .type = VALUE_INT, RANGE(1, 16000), .preset = "500", .change = CONF_LIVE,
	  .help = "The most TCP connections at once from one address." },
	{ NAMED("limits", "connection_idle"), FIELD(limits.connection_idle), .type = VALUE_DURATION,
	  .zero = true, RANGE(S(1), DAY(30)), .preset = "0", .change = CONF_LIVE,
	  .help = "A TCP or TLS connection of a telephone system that has been silent for so long is "
		  "closed. 0: never: the kernel asks whether the other side is still there." },
	{ NAMED("limits", "message_time"), FIELD(limits.message_time), .type = VALUE_DURATION,
	  RANGE(MS(100), MIN(5)), .preset = "10s", .change = CONF_LIVE,
	  .help = "The longest time from the first to the last byte of one message on a TCP "
		  "connection." },
	{ NAMED("limits", "stream_queue"), FIELD(limits.stream_queue), .type = VALUE_SIZE,
	  RANGE(K(16), M(64)), .preset = "256K", .change = CONF_LIVE,
	  .help = "How much may wait for a TCP connection that reads too slowly; then it is closed." },
	{ NAMED("limits", "calls"), FIELD(limits.calls), .type = VALUE_INT, RANGE(1, 8000),
	  .preset = "1000", .change = CONF_WORKER,
	  .help = "The most calls at once. A further one is answered with 480." },
	{ NAMED("limits", "pending"), FIELD(limits.pending), .type = VALUE_INT, RANGE(1, 4000),
	  .preset = "256", .change = CONF_LIVE,
	  .help = "The most calls that have not been answered yet. A further one is answered with "
		  "480." },
	{ NAMED("limits", "hold"), FIELD(limits.hold), .type = VALUE_DURATION, .zero = true,
	  RANGE(MS(1), S(3)), .preset = "3s", .change = CONF_LIVE,
	  .help = "How long a new call may wait for a worker while none is ready. 0: it is answered "
		  "with 503 at once." },

	{ NAMED("pressure", "disk_medium"), FIELD(pressure.disk_medium), .type = VALUE_SIZE,
	  .zero = true, RANGE(K(64), G(1024)), .preset = "500M", .change = CONF_LIVE,
	  .help = "When no more than this is free where messages are written, health and the log warn "
		  "of it. A file that can still be made counts as 48K. 0: never." },
	{ NAMED("pressure", "disk_high"), FIELD(pressure.disk_high), .type = VALUE_SIZE,
	  .zero = true, RANGE(K(64), G(1024)), .preset = "100M", .change = CONF_LIVE,
	  .help = "When no more than this is free, new calls are refused. 0: never." },
	{ NAMED("pressure", "queue_medium"), FIELD(pressure.queue_medium), .type = VALUE_INT,
	  .zero = true, RANGE(1, 10000000), .preset = "1000", .change = CONF_LIVE,
	  .help = "The number of messages that wait for their delivery at which it is warned of. 0: "
		  "never." },
	{ NAMED("pressure", "queue_high"), FIELD(pressure.queue_high), .type = VALUE_INT,
	  .zero = true, RANGE(1, 10000000), .preset = "10000", .change = CONF_LIVE,
	  .help = "The number of messages that wait at which new calls are refused. 0: never." },
	{ NAMED("pressure", "oldest_medium"), FIELD(pressure.oldest_medium), .type = VALUE_DURATION,
	  .zero = true, RANGE(S(1), DAY(30)), .preset = "1h", .change = CONF_LIVE,
	  .help = "When a message has waited so long for its delivery, it is warned of. 0: never." },
	{ NAMED("pressure", "oldest_high"), FIELD(pressure.oldest_high), .type = VALUE_DURATION,
	  .zero = true, RANGE(S(1), DAY(30)), .preset = "0", .change = CONF_LIVE,
	  .help = "When a message has waited so long, new calls are refused. 0: never: one mailbox "
		  "that is full is no reason to refuse calls for all others." },
	{ NAMED("pressure", "memory_medium"), FIELD(pressure.memory_medium), .type = VALUE_INT,
	  .zero = true, RANGE(1, 1000), .preset = "90", .change = CONF_LIVE,
	  .help = "The percentage of recycle.memory at which the worker's memory is warned of. 0: "
		  "never." },
	{ NAMED("pressure", "memory_high"), FIELD(pressure.memory_high), .type = VALUE_INT,
	  .zero = true, RANGE(1, 1000), .preset = "150", .change = CONF_LIVE,
	  .help = "The percentage of recycle.memory at which new calls are refused, should the "
		  "recycle not have helped. 0: never." },
	{ NAMED("pressure", "calls_medium"), FIELD(pressure.calls_medium), .type = VALUE_INT,
	  .zero = true, RANGE(1, 100), .preset = "80", .change = CONF_LIVE,
	  .help = "The percentage of limits.calls at which the number of calls is warned of. 0: "
		  "never." },
	{ NAMED("pressure", "calls_high"), FIELD(pressure.calls_high), .type = VALUE_INT,
	  .zero = true, RANGE(1, 100), .preset = "0", .change = CONF_LIVE,
	  .help = "The percentage of limits.calls at which new calls are refused until there are a "
		  "tenth fewer. 0: limits.calls alone decides." },

	{ NAMED("control", "socket"), FIELD(control.socket), .type = VALUE_PATH,
	  .max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
	  .preset = "/run/evertrunk/control.sock", .change = CONF_RESTART,
	  .help = "The socket that um-ctl talks to." },
	{ NAMED("control", "group"), FIELD(control.group), .type = VALUE_NAME, .zero = true,
	  FITS(control.group), .preset = "", .change = CONF_RESTART,
	  .help = "The group whose members may use um-ctl. Nothing: only the user of the supervisor, "
		  "and root." },

	{ NAMED("http", "address"), FIELD(http.address), .type = VALUE_ENDPOINT, .zero = true,
	  RANGE(1, 65535), .preset = "127.0.0.1:8060", .change = CONF_RESTART,
	  .help = "Where /livez, /readyz, /health and /metrics are served. off: nowhere." },

	{ NAMED("log", "level"), FIELD(log.level), .type = VALUE_ENUM, .word = level_word,
	  .preset = "info", .change = CONF_LIVE,
	  .help = "Log lines less important than this are not written." },

	{ NAMED("state", "directory"), FIELD(state.directory), .type = VALUE_PATH,
	  FITS(state.directory), .preset = "/var/lib/evertrunk", .change = CONF_RESTART,
	  .help = "The directory for what must outlive the supervisor: learned trunk modes and the "
		  "history of recycles." },

	{ NAMED("mailboxes", "file"), FIELD(mailboxes.file), .type = VALUE_PATH, .zero = true,
	  FITS(mailboxes.file), .preset = "", .change = CONF_WORKER,
	  .help = "The mailboxes: a CSV file (docs/mailboxes.md). um-ctl reload reads it again. "
		  "Nothing: every number is a mailbox of its own." },

	{ NAMED("dialplan", "extension_length"), PLAN(extension_length), .type = VALUE_INT,
	  RANGE(1, 20), .change = CONF_WORKER,
	  .help = "How many digits an extension has." },
	{ NAMED("dialplan", "pilot"), PLAN_LIST(pilot), .type = VALUE_NUMBERS, .zero = true,
	  .preset = "", .change = CONF_WORKER,
	  .help = "The numbers that lead to us: a call to one of them belongs to this dial plan, and is "
		  "for whom it was diverted from." },
	{ NAMED("dialplan", "attendant"), PLAN_LIST(attendant), .type = VALUE_NUMBERS, .zero = true,
	  .preset = "", .change = CONF_WORKER,
	  .help = "Numbers that are passed over when a call was diverted from them: of automatic "
		  "attendants, operators, hunt groups." },
	{ NAMED("dialplan", "operator"), PLAN(operator), .type = VALUE_DIALLED, .zero = true,
	  .max = CONF_NAME_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "The number to which a caller who presses 0 is transferred. Nothing: "
		  "call.operator." },
	{ NAMED("dialplan", "number_prefix"), PLAN_LIST(number_prefix), .type = VALUE_NUMBERS, .zero = true,
	  .preset = "", .change = CONF_WORKER,
	  .help = "What makes a full number of an extension when put before it, like +49301234; the "
		  "first does, and all are recognised." },
	{ NAMED("dialplan", "country_code"), PLAN(country_code), .type = VALUE_DIGITS, .zero = true,
	  .max = CONF_CODE_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "Our own country's, without 00 or +." },
	{ NAMED("dialplan", "area_code"), PLAN(area_code), .type = VALUE_DIGITS, .zero = true,
	  .max = CONF_CODE_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "Our own area's, without the 0 before it, for plain_number = local." },
	{ NAMED("dialplan", "international_prefix"), PLAN(international_prefix), .type = VALUE_DIGITS, .zero = true,
	  .max = CONF_CODE_MAX - 1, .preset = "00", .change = CONF_WORKER,
	  .help = "What a number from abroad begins with, if not with +." },
	{ NAMED("dialplan", "national_prefix"), PLAN(national_prefix), .type = VALUE_DIGITS, .zero = true,
	  .max = CONF_CODE_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "What a number from elsewhere in the country begins with." },
	{ NAMED("dialplan", "outside_line"), PLAN(outside_line), .type = VALUE_DIGITS, .zero = true,
	  .max = CONF_CODE_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "What the telephone system puts before the numbers of outside callers, so that they "
		  "can be called back; a number without it is none of theirs. Nothing: it puts "
		  "nothing there." },
	{ NAMED("dialplan", "plain_number"), PLAN(plain_number), .type = VALUE_ENUM,
	  .word = plain_word, .preset = "unknown", .change = CONF_WORKER,
	  .help = "What a number is that has none of these prefixes and is no extension. local: one of "
		  "our area. national: one of our country. international: it begins with a country "
		  "code. unknown: it is left as it is." },
	{ NAMED("dialplan", "language"), PLAN(language), .type = VALUE_NAME,
	  .max = CONF_LANGUAGE_MAX - 1, .preset = "en-US", .change = CONF_WORKER,
	  .help = "The language of mailboxes that name none." },
	{ NAMED("dialplan", "unknown"), PLAN(unknown), .type = VALUE_ENUM, .word = unknown_word,
	  .preset = "spoken", .change = CONF_WORKER,
	  .help = "What a call for a number without a mailbox gets. spoken: it is answered, hears "
		  "prompt.no_service and is hung up. 404: that answer." },

	{ NAMED("trunk", "profile"), TRUNK(profile), .type = VALUE_ENUM, .word = profile_word,
	  .preset = "auto", .change = CONF_WORKER,
	  .help = "What kind of telephone system it is: it decides every setting that is not given "
		  "here (docs/pbx/README.md). auto: found out from what it sends, generic until then." },
	{ NAMED("trunk", "source"), TRUNK(source), .type = VALUE_CIDRS, .zero = true,
	  .count = offsetof(struct trunk_conf, nsource), .max = CONF_SOURCES, .preset = "",
	  .change = CONF_LIVE,
	  .help = "The addresses and blocks that this telephone system sends from. A request belongs "
		  "to the trunk with the smallest block around its source; one from nowhere is "
		  "refused with 403. Nothing: it is known by tls_name alone." },
	{ NAMED("trunk", "tls_name"), TRUNK(tls_name), .type = VALUE_IDENTITIES, .zero = true,
	  .count = offsetof(struct trunk_conf, ntls_name), .max = CONF_TLS_NAMES, .preset = "",
	  .change = CONF_LIVE,
	  .help = "Over TLS it must show a certificate, good by tls.ca, with one of these names. "
		  "Nothing: no certificate is asked for." },
	{ NAMED("trunk", "tls"), TRUNK(tls), .type = VALUE_ENUM, .word = demand_word,
	  .preset = "optional", .change = CONF_LIVE,
	  .help = "Whether it may or must signal over TLS." },
	{ NAMED("trunk", "mode"), TRUNK(mode), .type = VALUE_ENUM, .word = mode_word,
	  .preset = "auto", .change = CONF_LIVE,
	  .help = "redirect: a call to the service port is sent on to the worker's port with a 302. "
		  "proxy: it is passed to the worker unseen. auto: redirected until it shows that it "
		  "does not follow, proxied from then on." },
	{ NAMED("trunk", "contact_style"), TRUNK(contact_style), .type = VALUE_ENUM,
	  .word = style_word, .preset = "ip", .change = CONF_LIVE,
	  .help = "The Contact of a 302. ip: our address. nrs: the host is trunk.domain (or that of "
		  "the request) and our address is in maddr, for a Nortel network routing service." },
	{ NAMED("trunk", "domain"), TRUNK(domain), .type = VALUE_NAME, .zero = true,
	  .max = CONF_NAME_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "The SIP domain of the telephone system: in a Contact of style nrs, in Refer-To and "
		  "in the MWI NOTIFY. Nothing: its address." },
	{ NAMED("trunk", "refer_host"), TRUNK(refer_host), .type = VALUE_NAME, .zero = true,
	  .max = CONF_NAME_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "The host of Refer-To when a call is transferred. Nothing: trunk.domain, else its "
		  "address." },
	{ NAMED("trunk", "address"), TRUNK(address), .type = VALUE_ENDPOINT, .zero = true,
	  RANGE(1, 65535), .preset = "off", .change = CONF_WORKER,
	  .help = "Where requests go that belong to no call, such as the MWI NOTIFY. off: it gets "
		  "none." },
	{ NAMED("trunk", "transport"), TRUNK(transport), .type = VALUE_ENUM, .word = transport_word,
	  .preset = "udp", .change = CONF_WORKER, .help = "How trunk.address is spoken to." },
	{ NAMED("trunk", "reuse"), TRUNK(reuse), .type = VALUE_ENUM, .word = reuse_word,
	  .preset = "yes", .change = CONF_LIVE,
	  .help = "Whether our own requests go on a connection that the telephone system opened: yes, "
		  "only if it says alias in its Via (RFC 5923), or no, on one of our own." },
	{ NAMED("trunk", "nat"), TRUNK(nat), .type = VALUE_ENUM, .word = nat_word,
	  .preset = "auto", .change = CONF_LIVE,
	  .help = "Whether it is behind a NAT that hides it: then requests and answers go to where its "
		  "packets come from, not to the address that it names. auto: if that one is private "
		  "and its packets come from a public one." },
	{ NAMED("trunk", "outage"), TRUNK(outage), .type = VALUE_ENUM, .word = outage_word,
	  .preset = "503", .change = CONF_LIVE,
	  .help = "What OPTIONS get while there is no worker. silence: no answer, and connections "
		  "are closed, for systems that take any answer as a sign of life." },
	{ NAMED("trunk", "busy_code"), TRUNK(busy_code), .type = VALUE_INT, RANGE(400, 699),
	  .preset = "480", .change = CONF_LIVE,
	  .help = "The answer to a new call while a limit is reached or no new calls are taken." },
	{ NAMED("trunk", "outage_code"), TRUNK(outage_code), .type = VALUE_INT, RANGE(400, 699),
	  .preset = "503", .change = CONF_LIVE,
	  .help = "The answer to a new call while there is no worker. Some systems shun a host for "
		  "minutes after a 503." },
	{ NAMED("trunk", "diversion"), TRUNK(diversion), .type = VALUE_WORDS, .word = diversion_word,
	  .count = offsetof(struct trunk_conf, ndiversion), .max = DIVERSION_SOURCES,
	  .preset = "diversion history-info x-nt-ocn-id target", .change = CONF_WORKER,
	  .help = "Where to look for whom the caller meant, first to last; what is not named is not "
		  "looked at." },
	{ NAMED("trunk", "diverting"), TRUNK(diverting), .type = VALUE_ENUM, .word = diverting_word,
	  .preset = "first", .change = CONF_WORKER,
	  .help = "After several diversions: the message is for who was called first, or for who "
		  "sent the call on last." },
	{ NAMED("trunk", "refer"), TRUNK(refer), .type = VALUE_ENUM, .word = refer_word,
	  .preset = "auto", .change = CONF_WORKER,
	  .help = "Whether a call may be transferred with REFER. auto: if its Allow says so." },
	{ NAMED("trunk", "mwi"), TRUNK(mwi), .type = VALUE_ENUM, .word = mwi_word,
	  .preset = "full", .change = CONF_WORKER,
	  .help = "The message waiting NOTIFY. simple: new and old messages. full: urgent ones and "
		  "the account too. off: none." },
	{ NAMED("trunk", "srtp"), TRUNK(srtp), .type = VALUE_ENUM, .word = demand_word,
	  .preset = "optional", .change = CONF_WORKER,
	  .help = "Whether sound is encrypted (SRTP, RFC 4568). optional: when the other side offers "
		  "it." },
	{ NAMED("trunk", "dialplan"), TRUNK(dialplan), .type = VALUE_NAME, .zero = true,
	  .max = CONF_NAME_MAX - 1, .preset = "", .change = CONF_WORKER,
	  .help = "The dial plan of all its calls. Nothing: the one whose pilot number is called, or "
		  "the only one." },
	{ NAMED("trunk", "external_address"), TRUNK(external_address), .type = VALUE_IP,
	  .zero = true, .preset = "off", .change = CONF_WORKER,
	  .help = "The address that Contact, Via and SDP give when it reaches us through a NAT. off: "
		  "the one it called." },
	{ NAMED("trunk", "max_calls"), TRUNK(max_calls), .type = VALUE_INT, .zero = true,
	  RANGE(1, 8000), .preset = "0", .change = CONF_LIVE,
	  .help = "The most calls of this trunk at once. 0: only limits.calls counts." },
	{ NAMED("trunk", "max_rate"), TRUNK(max_rate), .type = VALUE_INT, .zero = true,
	  RANGE(1, 100000), .preset = "0", .change = CONF_LIVE,
	  .help = "The most new calls of this trunk in one second. 0: no such limit." },
};
/* clang-format on */

const size_t conf_nkeys = sizeof(conf_keys) / sizeof(conf_keys[0]);
_Static_assert(sizeof(conf_keys) / sizeof(conf_keys[0]) <= CONF_KEYS_MAX, "CONF_KEYS_MAX");

const struct conf_key *
keys_find(const char *section, const char *key)
{
	for (size_t i = 0; i < conf_nkeys; i++)
		if (!strcmp(conf_keys[i].section, section) && !strcmp(conf_keys[i].key, key))
			return &conf_keys[i];
	return NULL;
}

const struct conf_key *
keys_get(const char *name)
{
	for (size_t i = 0; i < conf_nkeys; i++)
		if (!strcmp(conf_keys[i].name, name))
			return &conf_keys[i];
	abort();
}

const struct conf_named *
keys_named(const struct conf_key *k)
{
	return named_find(slice_str(k->section));
}

const char *
keys_section(struct slice name)
{
	if (named_find(name))
		return NULL;
	for (size_t i = 0; i < conf_nkeys; i++)
		if (slice_eq(slice_str(conf_keys[i].section), name))
			return conf_keys[i].section;
	return NULL;
}

bool
keys_is_trunk(const struct conf_key *k)
{
	return keys_named(k) == &conf_named[NAMED_TRUNK];
}

uint64_t
keys_bit(const struct conf_key *k)
{
	const struct conf_key *first = k;

	while (first > conf_keys && !strcmp(first[-1].section, k->section))
		first--;
	return UINT64_C(1) << (k - first);
}
