/* trunk_file: see trunk_file.h. */
#include "supervisor/trunk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"

/* Two lines a trunk. */
enum { FILE_MAX = CONF_TRUNKS * (2 * CONF_NAME_MAX + TRUNK_WHY + TRUNK_EVIDENCE + 96) };

static void
path_of(char out[CONF_PATH_MAX + 16], const char *directory, const char *name)
{
	snprintf(out, CONF_PATH_MAX + 16, "%s/%s", directory, name);
}

int
trunk_file_load(const char *directory, struct trunks *t)
{
	char path[CONF_PATH_MAX + 16];
	int error = 0;

	path_of(path, directory, "learned");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	char *text = malloc(FILE_MAX);
	ssize_t n = text ? read(fd, text, FILE_MAX) : -1;
	if (n < 0)
		error = text ? -errno : -ENOMEM;
	else if (trunks_load(t, (struct slice){text, (size_t)n}) > 0)
		log_warn(LOG_TRUNK,
			 "%s: lines that no longer fit the configured trunks were skipped", path);
	free(text);
	close(fd);
	return error;
}

static int
write_whole(const char *path, const char *text, size_t n)
{
	int error = 0, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	ssize_t wrote = write(fd, text, n);
	if (wrote != (ssize_t)n)
		error = wrote < 0 ? -errno : -ENOSPC;
	else if (fsync(fd) < 0)
		error = -errno;
	close(fd);
	return error;
}

int
trunk_file_save(const char *directory, struct trunks *t)
{
	char path[CONF_PATH_MAX + 16], fresh[CONF_PATH_MAX + 16];

	if (!t->dirty)
		return 0;
	char *text = malloc(FILE_MAX);
	if (!text)
		return -ENOMEM;
	struct buf b = {text, 0, FILE_MAX, false};
	trunks_print(t, &b);
	path_of(path, directory, "learned");
	path_of(fresh, directory, "learned.new");
	int error = write_whole(fresh, text, b.n);
	if (!error && rename(fresh, path) < 0)
		error = -errno;
	free(text);
	t->dirty = error != 0;
	return error;
}
