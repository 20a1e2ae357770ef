/* log: one line per event to stderr, which is the journal's under systemd.
 * Owns: levels, rooms, the filter, the line's form.  Must not know: what happened.
 * A line: `<6>who room: text` under the journal (priority prefix), else
 * `2025-01-31 03:00:00.123 info   who room: text`.  Control characters in the text become `?`,
 * a text that is too long (2 KiB) ends in `...`.  Safe to call from any thread. */
#ifndef EVERTRUNK_LOG_H
#define EVERTRUNK_LOG_H

#include <stdbool.h>
#include "ipc/base/text.h"

enum log_level { LOG_ERR_, LOG_WARN_, LOG_NOTICE_, LOG_INFO_, LOG_DEBUG_, LOG_LEVELS };

/* The rooms that log; the word is what `um-ctl log LEVEL ROOM` takes. */
#define LOG_ROOMS(X)          \
	X(MAIN, "main")       \
	X(CONF, "conf")       \
	X(DOOR, "door")       \
	X(STREAM, "stream")   \
	X(FLOW, "flow")       \
	X(TRUNK, "trunk")     \
	X(CALL, "call")       \
	X(POOL, "pool")       \
	X(RECYCLE, "recycle") \
	X(LINK, "link")       \
	X(PROBE, "probe")     \
	X(CONTROL, "control") \
	X(HEALTH, "health")   \
	X(UA, "ua")           \
	X(MEDIA, "media")     \
	X(SPOOL, "spool")     \
	X(MAIL, "mail")       \
	X(TLS, "tls")         \
	X(LOOP, "loop")

enum log_room {
#define X(id, word) LOG_##id,
	LOG_ROOMS(X)
#undef X
	    LOG_ROOM_COUNT
};

/* `who` names the process in each line ("supervisor", "worker 7"); copied.  Decides by
 * JOURNAL_STREAM whether stderr is the journal. */
void log_open(const char *who);
/* Lines above `level` are dropped; room < 0 sets every room. */
void log_set_level(enum log_level level, int room);
bool log_wants(enum log_room room, enum log_level level);
/* The words for a level or a room, and back: -EINVAL when unknown. */
const char *log_level_name(enum log_level level);
const char *log_room_name(enum log_room room);
int log_level_parse(struct slice s, enum log_level *ret);
int log_room_parse(struct slice s, enum log_room *ret);

void log_line(enum log_room room, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Arguments are not evaluated when the line is filtered out. */
#define log_at(room, level, ...)                            \
	do {                                                \
		if (log_wants(room, level))                 \
			log_line(room, level, __VA_ARGS__); \
	} while (0)
#define log_err(room, ...)    log_at(room, LOG_ERR_, __VA_ARGS__)
#define log_warn(room, ...)   log_at(room, LOG_WARN_, __VA_ARGS__)
#define log_notice(room, ...) log_at(room, LOG_NOTICE_, __VA_ARGS__)
#define log_info(room, ...)   log_at(room, LOG_INFO_, __VA_ARGS__)
#define log_debug(room, ...)  log_at(room, LOG_DEBUG_, __VA_ARGS__)

/* Start-up failure or our own broken invariant: one line, then exit status 1. */
void log_fatal(enum log_room room, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
