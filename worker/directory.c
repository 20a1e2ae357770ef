/* directory: see directory.h. */
#include "worker/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct directory {
	void *map; /* NULL: none */
	struct mailboxes view;
};

struct directory *
directory_new(void)
{
	return calloc(1, sizeof(struct directory));
}

static void
unmap(struct directory *d)
{
	if (d->map)
		munmap(d->map, d->view.bytes);
	d->map = NULL;
}

/* Shared and read-only: the pages are the supervisor's, for all workers. */
static int
map_table(int fd, void **ret, size_t *ret_bytes)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_bytes = (size_t)st.st_size;
	*ret = mmap(NULL, *ret_bytes, PROT_READ, MAP_SHARED, fd, 0);
	return *ret == MAP_FAILED ? -errno : 0;
}

int
directory_take(struct directory *d, int fd)
{
	struct mailboxes view;
	size_t bytes = 0;
	void *map;
	int err = map_table(fd, &map, &bytes);

	close(fd);
	if (err < 0)
		return err;
	err = mailboxes_open(map, bytes, &view);
	if (err < 0) {
		munmap(map, bytes);
		return err;
	}
	unmap(d);
	d->map = map;
	d->view = view;
	return 0;
}

const struct mailboxes *
directory_view(const struct directory *d)
{
	return d->map ? &d->view : NULL;
}

void
directory_free(struct directory *d)
{
	if (!d)
		return;
	unmap(d);
	free(d);
}
