/* mallocs: counts the allocations of a process, for LD_PRELOAD.
 * Each process keeps one 64-bit number in a file of its own, $MALLOCS_FILE.PID, mapped: a reader
 * sees it grow while the process runs.  Must not know: what the process is. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

static uint64_t early; /* before the file is there */
static uint64_t *count = &early;

static void __attribute__((constructor)) mallocs_open(void)
{
	const char *base = getenv("MALLOCS_FILE");
	char path[256];
	void *map;
	int fd;

	if (!base)
		return;
	snprintf(path, sizeof path, "%s.%d", base, (int)getpid());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof *count) < 0)
		return;
	map = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		count = map;
}

static void
counted(void)
{
	__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

void *
malloc(size_t n)
{
	counted();
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	counted();
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	counted();
	return __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	counted();
	return __libc_memalign(align, n);
}

int
posix_memalign(void **ret, size_t align, size_t n)
{
	void *p = aligned_alloc(align, n);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}
