/* greeting: see greeting.h. */
#include "worker/greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void
greeting_folder(const struct conf *conf, char ret[GREETING_FOLDER_MAX])
{
	snprintf(ret, GREETING_FOLDER_MAX, "%s/greetings", conf->state.directory);
}

void
greeting_name(const char *dialplan, const char *extension, const char *suffix,
	      char ret[GREETING_NAME_MAX])
{
	snprintf(ret, GREETING_NAME_MAX, "%s-%s%s", dialplan, extension, suffix);
}

void
greeting_path(const char *folder, const char *dialplan, const char *extension,
	      char ret[GREETING_PATH_MAX])
{
	char name[GREETING_NAME_MAX];

	greeting_name(dialplan, extension, ".wav", name);
	snprintf(ret, GREETING_PATH_MAX, "%s/%s", folder, name);
}

int
greeting_remove(const char *folder, const char *dialplan, const char *extension)
{
	char path[GREETING_PATH_MAX];
	int fd, err = 0;

	greeting_path(folder, dialplan, extension, path);
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}
