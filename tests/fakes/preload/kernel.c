/* kernel: one that is slow or has little, for LD_PRELOAD.
 * FSYNC_MS: so long each fsync takes.  WATCHES: so many inotify watches there are for a process.
 * Must not know: what the process is. */
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long
number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : otherwise;
}

static void
wait_for_the_disk(void)
{
	const long ms = number("FSYNC_MS", 0);

	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

int
fsync(int fd)
{
	wait_for_the_disk();
	return (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	wait_for_the_disk();
	return (int)syscall(SYS_fdatasync, fd);
}

/* A watch of the same folder counts again, one that was removed does not come back: near enough. */
int
inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	static atomic_long used;

	if (atomic_fetch_add(&used, 1) < number("WATCHES", 1L << 30))
		return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
	errno = ENOSPC;
	return -1;
}
