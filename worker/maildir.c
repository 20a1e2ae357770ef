/* maildir: see maildir.h; the form is that of https://cr.yp.to/proto/maildir.html, the size in the
 * name (`,S=`) is Dovecot's. */
#include "worker/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, WRITE_MAX = 65536 };

/* ---- names ---- */

/* "1769903999.<id>", what every name of this message begins with but for the time. */
static void
base_name(const struct maildir_mail *m, char out[NAME_MAX + 1])
{
	char host[HOST_NAME_MAX + 1] = "localhost";
	(void)gethostname(host, sizeof(host) - 1);
	for (char *p = host; *p != '\0'; p++)
		if (*p == '/' || *p == ':' || *p == ',')
			*p = '_';
	snprintf(out, NAME_MAX + 1, "%lld.%s%s%s.%.60s", (long long)m->received, m->id,
		 m->mark ? "+" : "", m->mark ? m->mark : "", host);
}

/* Whether a file of this name is the message `id`: digits, a dot, the id, a dot or a mark. */
static bool
is_of(const char *name, const char *id)
{
	const char *rest = name + strspn(name, "0123456789");
	const size_t n = strlen(id);
	return rest != name && rest[0] == '.' && strncmp(rest + 1, id, n) == 0 &&
	       (rest[1 + n] == '.' || rest[1 + n] == '+');
}

static int
find_in(const char *folder, const char *sub, const char *id)
{
	char path[PATH_MAX];
	int found = 0;
	if (snprintf(path, sizeof(path), "%s/%s", folder, sub) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	DIR *d = opendir(path);
	if (d == NULL)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *e; !found && (e = readdir(d)) != NULL;)
		found = is_of(e->d_name, id);
	closedir(d);
	return found;
}

int
maildir_has(const char *folder, const char *id)
{
	int r = find_in(folder, "cur", id);
	return r != 0 ? r : find_in(folder, "new", id);
}

/* ---- folders ---- */

static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e = fd < 0 || fsync(fd) != 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return e;
}

/* Makes one folder; that it has been made is on the disk too when this returns. */
static int
make_folder(char *path, size_t parent)
{
	char cut;
	if (mkdir(path, FOLDER_MODE) != 0)
		return errno == EEXIST ? 0 : -errno;
	if (parent == 0)
		return 0;
	cut = path[parent];
	path[parent] = '\0';
	int e = sync_folder(path);
	path[parent] = cut;
	return e;
}

/* Every missing folder of `path`. */
static int
make_path(char *path)
{
	size_t parent = 0;
	for (size_t i = 1;; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		char end = path[i];
		path[i] = '\0';
		int e = make_folder(path, parent);
		path[i] = end;
		if (e != 0 || end == '\0')
			return e;
		parent = i;
	}
}

/* cur/ last: where it is, the others are. */
static int
make_maildir(const char *folder)
{
	static const char *const subs[] = {"tmp", "new", "cur"};
	char path[PATH_MAX];
	struct stat st;
	if (snprintf(path, sizeof(path), "%s/cur", folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (stat(path, &st) == 0)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, subs[i]);
		int e = make_path(path);
		if (e != 0)
			return e;
	}
	return 0;
}

/* ---- the file ---- */

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		} else if (done == 0 || errno != EINTR) {
			return done == 0 ? -EIO : -errno;
		}
	}
	return 0;
}

/* Without the CR of each CRLF, in large pieces. */
static int
write_text(int fd, struct slice text, size_t *ret_size)
{
	char *piece = malloc(WRITE_MAX);
	size_t n = 0;
	int e = piece != NULL ? 0 : -ENOMEM;
	*ret_size = 0;
	for (size_t i = 0; i < text.n && e == 0; i++) {
		if (text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		piece[n++] = text.p[i];
		if (n == WRITE_MAX) {
			e = write_all(fd, piece, n);
			*ret_size += n;
			n = 0;
		}
	}
	if (e == 0)
		e = write_all(fd, piece, n);
	*ret_size += n;
	free(piece);
	return e;
}

/* What a try of somebody who was killed left in tmp/ has the same name, and is written over. */
static int
write_file(const char *path, struct slice text, size_t *ret_size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return -errno;
	int e = write_text(fd, text, ret_size);
	if (e == 0 && fsync(fd) != 0)
		e = -errno;
	if (close(fd) != 0 && e == 0)
		e = -errno;
	return e;
}

int
maildir_deliver(const struct maildir_mail *m)
{
	char base[NAME_MAX + 1], tmp[PATH_MAX], new[PATH_MAX];
	size_t size = 0;
	int there = m->again ? maildir_has(m->folder, m->id) : 0;
	if (there != 0)
		return there;
	int e = make_maildir(m->folder);
	if (e != 0)
		return e;
	base_name(m, base);
	if (snprintf(tmp, sizeof(tmp), "%s/tmp/%s", m->folder, base) >= (int)sizeof(tmp) - 32)
		return -ENAMETOOLONG;
	e = write_file(tmp, m->text, &size);
	if (e == 0) {
		snprintf(new, sizeof(new), "%s/new/%s,S=%zu", m->folder, base, size);
		e = rename(tmp, new) == 0 ? 0 : -errno;
	}
	if (e != 0) {
		(void)unlink(tmp);
		return e;
	}
	snprintf(new, sizeof(new), "%s/new", m->folder);
	return sync_folder(new);
}
