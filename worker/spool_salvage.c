/* spool_salvage: finishes what a killed worker was recording.
 * The text names the recording (GUID.txt.part); the sound is GUID.wav.part, or GUID.wav when the
 * worker died between the two renames.  Sound without a text never had a sample in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/spool_disk.h"
#include "worker/wav.h"

struct salvage {
	int folder;
	const char *dir;
	uint32_t min_ms;
	int finished;
};

static bool
exists(int folder, const char *guid, enum spool_file which)
{
	char name[SPOOL_NAME_MAX];
	return faccessat(folder, spool_file_name(which, guid, name), F_OK, 0) == 0;
}

/* The text as it was left; n = 0 when it cannot be read. */
static struct slice
read_text(int folder, const char *guid, char *space, size_t cap)
{
	char name[SPOOL_NAME_MAX];
	int fd = openat(folder, spool_file_name(SPOOL_TXT_PART, guid, name),
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd >= 0 ? pread(fd, space, cap, 0) : -1;
	if (fd >= 0)
		close(fd);
	return (struct slice){space, n > 0 ? (size_t)n : 0};
}

/* The new text: the old one brought up to date, or, where that was lost, one that at least names
 * the sound. */
static int
finish_text(const struct salvage *s, const char *guid, uint32_t ms, bool interrupted)
{
	char old_text[SPOOL_TEXT_MAX], new_text[SPOOL_TEXT_MAX];
	struct buf out = BUF(new_text);
	struct slice old = read_text(s->folder, guid, old_text, sizeof(old_text));
	if (spool_file_renew(&out, old, ms, interrupted) != 0) {
		struct spool_header header = {0};
		struct spool_facts facts = {.folder = s->dir,
					    .received = "",
					    .duration_ms = ms,
					    .interrupted = interrupted};
		memcpy(header.guid, guid, sizeof(header.guid));
		out = BUF(new_text);
		spool_file_text(&out, &header, &facts);
	}
	return spool_disk_seal_text(s->folder, guid, (struct slice){out.p, out.n});
}

static int
finish(const struct salvage *s, int fd, const char *guid, bool sealed)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return -errno;
	uint32_t bytes = wav_data_bytes((uint64_t)st.st_size);
	uint32_t ms = wav_ms(bytes);
	if (!sealed && ms < s->min_ms) {
		spool_disk_remove(s->folder, guid, SPOOL_TXT_PART);
		spool_disk_remove(s->folder, guid, SPOOL_WAV_PART);
		log_notice(LOG_SPOOL, "%s: %u ms of an interrupted recording, too short to keep",
			   guid, ms);
		return 0;
	}
	int e = sealed ? 0 : spool_disk_seal_audio(s->folder, fd, guid, bytes);
	if (e == 0)
		e = finish_text(s, guid, ms, !sealed);
	if (e != 0)
		return e;
	log_notice(LOG_SPOOL, "%s: interrupted recording of %u ms finished", guid, ms);
	return 1;
}

/* A text that has not got its final name. */
static void
salvage_text(struct salvage *s, const char *guid)
{
	bool sealed = false;
	int fd = spool_disk_lock(s->folder, guid, SPOOL_WAV_PART);
	if (fd == -ENOENT) {
		fd = spool_disk_lock(s->folder, guid, SPOOL_WAV);
		sealed = true;
	}
	if (fd == -EBUSY) /* a living worker's */
		return;
	int e = fd;
	if (fd >= 0) {
		/* With the lock in hand: its worker may have finished since we read the folder. */
		e = exists(s->folder, guid, SPOOL_TXT_PART) ? finish(s, fd, guid, sealed) : 0;
		close(fd);
	} else if (fd == -ENOENT && exists(s->folder, guid, SPOOL_TXT_PART)) {
		spool_disk_remove(s->folder, guid, SPOOL_TXT_PART);
		log_warn(LOG_SPOOL, "%s: a header file without its sound, removed", guid);
		e = 0;
	}
	if (e < 0 && e != -ENOENT)
		log_err(LOG_SPOOL, "%s: interrupted recording not finished: %s", guid,
			strerror(-e));
	s->finished += e > 0 ? 1 : 0;
}

/* Sound that has not got a text: its worker died while it began. */
static void
salvage_audio(struct salvage *s, const char *guid)
{
	if (exists(s->folder, guid, SPOOL_TXT_PART))
		return;
	int fd = spool_disk_lock(s->folder, guid, SPOOL_WAV_PART);
	if (fd < 0)
		return;
	if (!exists(s->folder, guid, SPOOL_TXT_PART))
		spool_disk_remove(s->folder, guid, SPOOL_WAV_PART);
	close(fd);
}

int
spool_salvage(const char *dir, uint32_t min_ms)
{
	char guid[SPOOL_GUID_MAX];
	DIR *d = opendir(dir);
	if (d == NULL)
		return errno == ENOENT ? 0 : -errno;
	struct salvage s = {.folder = dirfd(d), .dir = dir, .min_ms = min_ms};
	for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
		if (spool_file_guid(SPOOL_TXT_PART, entry->d_name, guid) == 0)
			salvage_text(&s, guid);
		else if (spool_file_guid(SPOOL_WAV_PART, entry->d_name, guid) == 0)
			salvage_audio(&s, guid);
	}
	closedir(d);
	return s.finished;
}
