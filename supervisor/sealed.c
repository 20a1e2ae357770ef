/* sealed: see sealed.h. */
#include "supervisor/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int
write_all(int fd, struct slice bytes)
{
	while (bytes.n > 0) {
		ssize_t w = write(fd, bytes.p, bytes.n);

		if (w < 0 && errno != EINTR)
			return -errno;
		if (w > 0)
			bytes = (struct slice){bytes.p + w, bytes.n - (size_t)w};
	}
	return 0;
}

int
sealed_file(const char *name, struct slice bytes, int *ret)
{
	const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc = fd < 0 ? -errno : write_all(fd, bytes);

	if (rc == 0 && (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0))
		rc = -errno;
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*ret = fd;
	return 0;
}
