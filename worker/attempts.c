/* attempts: see attempts.h.  A file has two numbers, "3 1769903999\n": how many in a row, and when
 * the last one was.  Whoever has its lock (flock) reads and writes it; what cannot be read counts
 * as none. */
#include "worker/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750, FILE_MODE = 0640, TEXT_MAX = 64 };

bool
attempts_allow(struct attempts *a, const struct attempts_rule *rule, int64_t now)
{
	if (a->wrong >= rule->max) {
		/* A clock that was set back locks nobody for years. */
		if (now >= a->last && now - a->last < rule->lock_s)
			return false;
		a->wrong = rule->max > rule->again ? rule->max - rule->again : 0;
	}
	a->wrong++;
	a->last = now;
	return true;
}

void
attempts_folder(const struct conf *conf, char ret[ATTEMPTS_FOLDER_MAX])
{
	snprintf(ret, ATTEMPTS_FOLDER_MAX, "%s/logons", conf->state.directory);
}

/* The file of `name`, locked.  A descriptor or -errno. */
static int
open_locked(const char *folder, const char *name)
{
	char path[2 * CONF_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (mkdir(folder, FOLDER_MODE) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		const int err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static struct attempts
read_text(int fd)
{
	char text[TEXT_MAX];
	const ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	struct attempts a = {0};
	long long last;

	text[n > 0 ? n : 0] = '\0';
	if (sscanf(text, "%u %lld", &a.wrong, &last) != 2)
		return (struct attempts){0};
	a.last = last;
	return a;
}

static int
write_text(int fd, const struct attempts *a)
{
	char text[TEXT_MAX];
	const int n = snprintf(text, sizeof(text), "%u %lld\n", a->wrong, (long long)a->last);

	if (pwrite(fd, text, (size_t)n, 0) != n)
		return errno ? -errno : -EIO;
	return ftruncate(fd, n) < 0 ? -errno : 0;
}

int
attempts_begin(const char *folder, const char *name, const struct attempts_rule *rule,
	       struct attempts *ret)
{
	const int fd = open_locked(folder, name);
	int err = -EPERM;

	*ret = (struct attempts){0};
	if (fd < 0)
		return fd;
	*ret = read_text(fd);
	if (attempts_allow(ret, rule, time(NULL)))
		err = write_text(fd, ret);
	close(fd);
	return err;
}

int
attempts_forget(const char *folder, const char *name)
{
	const int fd = open_locked(folder, name);
	int err;

	if (fd < 0)
		return fd;
	err = ftruncate(fd, 0) < 0 ? -errno : 0;
	close(fd);
	return err;
}
