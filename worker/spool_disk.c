/* spool_disk: see spool_disk.h. */
#include "worker/spool_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/wav.h"

enum {
	FOLDER_MODE = 0750,
	FILE_MODE = 0640,
	TEXT_GROWS = 64 /* by the digits of Duration and by Interrupted */
};

/* Makes every missing folder of `path`. */
static int
make_folders(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, FOLDER_MODE) != 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int
spool_disk_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		int e = make_folders(path);
		if (e != 0)
			return e;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return fd >= 0 ? fd : -errno;
}

static int
close_with(int fd, int e)
{
	close(fd);
	return e;
}

static bool
is_still(int folder, const char *name, int fd)
{
	struct stat by_name, by_fd;
	return fstatat(folder, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino;
}

int
spool_disk_create(int folder, const char *guid)
{
	char name[SPOOL_NAME_MAX];
	spool_file_name(SPOOL_WAV_PART, guid, name);
	for (;;) {
		int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) != 0)
			return close_with(fd, -errno);
		if (is_still(folder, name, fd))
			return fd;
		/* A salvage saw it before it was locked, and has removed it. */
		close(fd);
	}
}

int
spool_disk_lock(int folder, const char *guid, enum spool_file which)
{
	char name[SPOOL_NAME_MAX];
	spool_file_name(which, guid, name);
	int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return close_with(fd, errno == EWOULDBLOCK ? -EBUSY : -errno);
	if (!is_still(folder, name, fd)) /* finished between open and lock */
		return close_with(fd, -EBUSY);
	return fd;
}

int
spool_disk_write(int fd, struct slice bytes, off_t at, size_t *ret_done)
{
	size_t done = 0;
	int e = 0;
	while (done < bytes.n && e == 0) {
		ssize_t n = pwrite(fd, bytes.p + done, bytes.n - done, at + (off_t)done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			e = -EIO;
		else if (errno != EINTR)
			e = -errno;
	}
	*ret_done = done;
	return e;
}

void
spool_disk_remove(int folder, const char *guid, enum spool_file which)
{
	char name[SPOOL_NAME_MAX];
	(void)unlinkat(folder, spool_file_name(which, guid, name), 0);
}

/* The last text is a little longer than the first, and must fit when the disk is full by then.
 * Where that cannot be asked for, a file's last block has room more often than not. */
static int
reserve(int fd, size_t n)
{
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)n + TEXT_GROWS) == 0)
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? -errno : 0;
}

int
spool_disk_text(int folder, const char *guid, struct slice text, bool sync)
{
	char name[SPOOL_NAME_MAX];
	size_t done;
	spool_file_name(SPOOL_TXT_PART, guid, name);
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return -errno;
	/* Over the old text in one write, which the new one never undercuts unless that was
	 * damaged: a kill in between leaves one or the other. */
	int e = spool_disk_write(fd, text, 0, &done);
	if (e == 0 && ftruncate(fd, (off_t)text.n) != 0)
		e = -errno;
	if (e == 0 && !sync)
		e = reserve(fd, text.n);
	if (e == 0 && sync && fsync(fd) != 0)
		e = -errno;
	return close_with(fd, e);
}

static int
rename_file(int folder, const char *guid, enum spool_file from, enum spool_file to)
{
	char old_name[SPOOL_NAME_MAX], new_name[SPOOL_NAME_MAX];
	spool_file_name(from, guid, old_name);
	spool_file_name(to, guid, new_name);
	return renameat(folder, old_name, folder, new_name) == 0 ? 0 : -errno;
}

/* True sizes, and all of it on the disk. */
static int
finish_audio(int fd, uint32_t data_bytes)
{
	uint8_t header[WAV_HEADER];
	size_t done;
	wav_header(data_bytes, header);
	int e =
	    spool_disk_write(fd, (struct slice){(const char *)header, sizeof(header)}, 0, &done);
	if (e == 0 && ftruncate(fd, (off_t)WAV_HEADER + data_bytes) != 0)
		e = -errno;
	if (e == 0 && fsync(fd) != 0)
		e = -errno;
	return e;
}

int
spool_disk_seal_audio(int folder, int fd, const char *guid, uint32_t data_bytes)
{
	int e = finish_audio(fd, data_bytes);
	return e == 0 ? rename_file(folder, guid, SPOOL_WAV_PART, SPOOL_WAV) : e;
}

int
spool_disk_seal_as(int folder, int fd, const char *guid, uint32_t data_bytes, const char *name)
{
	char part[SPOOL_NAME_MAX];
	int e = finish_audio(fd, data_bytes);
	if (e == 0 &&
	    renameat(folder, spool_file_name(SPOOL_WAV_PART, guid, part), folder, name) != 0)
		e = -errno;
	if (e == 0 && fsync(folder) != 0)
		e = -errno;
	return e;
}

int
spool_disk_seal_text(int folder, const char *guid, struct slice text)
{
	int e = spool_disk_text(folder, guid, text, true);
	if (e == 0)
		e = rename_file(folder, guid, SPOOL_TXT_PART, SPOOL_TXT);
	if (e == 0 && fsync(folder) != 0)
		e = -errno;
	return e;
}
