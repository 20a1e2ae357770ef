/* secret: see secret.h. */
#include "worker/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL, or what is wrong with the file. */
static const char *
fault_of(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is no plain file";
	if (st->st_mode & (S_IRWXO | S_IWGRP))
		return "may be read by others or written by its group; mode 0600 or 0640";
	return NULL;
}

/* Keeps the first line. */
static const char *
first_line(char *p, size_t n)
{
	size_t end = 0;

	while (end < n && p[end] != '\n' && p[end] != '\r' && p[end])
		end++;
	if (end == n && n == SECRET_MAX - 1)
		return "has too long a line";
	p[end] = 0;
	return end > 0 ? NULL : "has an empty first line";
}

int
secret_read(const char *key, const char *path, char ret[SECRET_MAX], struct buf *why)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *fault = NULL;
	struct stat st;
	ssize_t n = -1;
	int e = 0;

	if (fd >= 0 && fstat(fd, &st) == 0 && !(fault = fault_of(&st)))
		n = read(fd, ret, SECRET_MAX - 1);
	if (n < 0 && !fault)
		e = -errno;
	else if (!fault)
		fault = first_line(ret, (size_t)n);
	if (fd >= 0)
		close(fd);
	if (e == 0 && !fault)
		return 0;
	explicit_bzero(ret, SECRET_MAX);
	buf_printf(why, "%s %s: %s", key, path, fault ? fault : strerror(-e));
	return e ? e : -EPERM;
}
