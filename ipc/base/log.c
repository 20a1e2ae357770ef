/* log: see log.h.  One write(2) per line, so that the lines of several processes and threads
 * never mix; bytes that came from the network cannot start a line of their own. */
#include "ipc/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *const level_names[LOG_LEVELS] = {
    [LOG_ERR_] = "err",   [LOG_WARN_] = "warn",   [LOG_NOTICE_] = "notice",
    [LOG_INFO_] = "info", [LOG_DEBUG_] = "debug",
};
static const char *const room_names[LOG_ROOM_COUNT] = {
#define X(id, word) word,
    LOG_ROOMS(X)
#undef X
};

/* Written by the loop's thread, read by the media thread too. */
static _Atomic unsigned char levels[LOG_ROOM_COUNT] = {
#define X(id, word) LOG_INFO_,
    LOG_ROOMS(X)
#undef X
};
static char process_name[32];
static bool to_journal;

/* systemd names the stream's device and inode in JOURNAL_STREAM (systemd.exec(5)); only if stderr
 * still is that stream do priority prefixes make sense. */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_open(const char *who)
{
	snprintf(process_name, sizeof(process_name), "%s", who);
	to_journal = stderr_is_journal();
}

void
log_set_level(enum log_level level, int room)
{
	for (int i = 0; i < LOG_ROOM_COUNT; i++)
		if (room < 0 || room == i)
			levels[i] = (unsigned char)level;
}

bool
log_wants(enum log_room room, enum log_level level)
{
	return level <= (enum log_level)levels[room];
}

const char *
log_level_name(enum log_level level)
{
	return (unsigned)level < LOG_LEVELS ? level_names[level] : "?";
}

const char *
log_room_name(enum log_room room)
{
	return (unsigned)room < LOG_ROOM_COUNT ? room_names[room] : "?";
}

int
log_level_parse(struct slice s, enum log_level *ret)
{
	for (int i = 0; i < LOG_LEVELS; i++)
		if (slice_eq(s, slice_str(level_names[i]))) {
			*ret = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

int
log_room_parse(struct slice s, enum log_room *ret)
{
	for (int i = 0; i < LOG_ROOM_COUNT; i++)
		if (slice_eq(s, slice_str(room_names[i]))) {
			*ret = (enum log_room)i;
			return 0;
		}
	return -EINVAL;
}

static void
add_head(struct buf *b, enum log_room room, enum log_level level)
{
	struct timespec now;
	char stamp[32];
	struct tm tm;

	if (to_journal) {
		buf_printf(b, "<%d>", (int)level + 3); /* syslog: err is 3 */
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		localtime_r(&now.tv_sec, &tm);
		strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
		buf_printf(b, "%s.%03ld %-6s ", stamp, now.tv_nsec / 1000000,
			   log_level_name(level));
	}
	if (process_name[0])
		buf_printf(b, "%s ", process_name);
	buf_printf(b, "%s: ", log_room_name(room));
}

static void
write_line(enum log_room room, enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];
	struct buf b = BUF(line);
	size_t head, left;
	int n;

	add_head(&b, room, level);
	head = b.n;
	left = b.cap - b.n;
	n = vsnprintf(b.p + b.n, left, fmt, ap);
	if (n < 0)
		return;
	b.n += (size_t)n < left ? (size_t)n : left - 1;
	if ((size_t)n >= left)
		memcpy(b.p + b.n - 3, "...", 3);
	for (size_t i = head; i < b.n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[b.n++] = '\n'; /* over printf's NUL */
	/* A log that cannot be written has nowhere to say so. */
	if (write(STDERR_FILENO, line, b.n) < 0)
		return;
}

void
log_line(enum log_room room, enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	write_line(room, level, fmt, ap);
	va_end(ap);
	errno = saved;
}

void
log_fatal(enum log_room room, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(room, LOG_ERR_, fmt, ap);
	va_end(ap);
	fflush(NULL);
	_exit(1); /* no atexit handlers: the invariant they rely on may be the broken one */
}
