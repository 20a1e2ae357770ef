/* socketfile: see socketfile.h. */
#include "supervisor/socketfile.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct place {
	const char *path, *group;
	struct sockaddr_un sun;
	char *say;
	size_t cap;
};

/* Leaves the line in p->say; returns -err. */
__attribute__((format(printf, 3, 4))) static int
refuse(const struct place *p, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->say, p->cap, fmt, ap);
	va_end(ap);
	return -err;
}

static int
new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* 0 when nothing or only the socket of a dead supervisor is in the way; that one is removed. */
static int
clear_the_way(const struct place *p)
{
	struct stat st;
	int fd, r;

	if (lstat(p->path, &st) < 0)
		return errno == ENOENT
			   ? 0
			   : refuse(p, errno, "control.socket %s: %s", p->path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return refuse(p, EEXIST, "control.socket %s: a file of that name is in the way",
			      p->path);
	fd = new_socket();
	if (fd < 0)
		return refuse(p, errno, "control.socket: %s", strerror(errno));
	r = connect(fd, (const struct sockaddr *)&p->sun, sizeof(p->sun)) < 0 ? errno : 0;
	close(fd);
	if (r == 0 || r == EAGAIN) /* EAGAIN: it lives, and many are waiting */
		return refuse(p, EADDRINUSE,
			      "control.socket %s: another supervisor answers there; stop it "
			      "first (`um-ctl stop`), or name another socket",
			      p->path);
	if (r != ECONNREFUSED || unlink(p->path) < 0)
		return refuse(p, r != ECONNREFUSED ? r : errno, "control.socket %s: %s", p->path,
			      strerror(r != ECONNREFUSED ? r : errno));
	return 0;
}

/* Nobody but the owner may connect until the group is right. */
static int
bind_private(const struct place *p, int fd)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)&p->sun, sizeof(p->sun)) < 0 ? errno : 0;

	umask(before);
	if (r != 0)
		return refuse(p, r, "control.socket %s: %s%s", p->path, strerror(r),
			      r == ENOENT ? " (its directory must exist)" : "");
	return 0;
}

static int
give_to_group(const struct place *p)
{
	struct group *g;

	if (p->group[0] == '\0')
		return 0;
	g = getgrnam(p->group);
	if (g == NULL)
		return refuse(p, ENOENT, "control.group %s: there is no such group on this machine",
			      p->group);
	if (chown(p->path, (uid_t)-1, g->gr_gid) < 0)
		return refuse(p, errno,
			      "control.group %s: %s (the supervisor's user must be a member)",
			      p->group, strerror(errno));
	if (chmod(p->path, 0660) < 0)
		return refuse(p, errno, "control.socket %s: %s", p->path, strerror(errno));
	return 0;
}

int
socketfile_listen(const char *path, const char *group, char *say, size_t cap)
{
	struct place p = {path, group, {.sun_family = AF_UNIX}, say, cap};
	int fd, r;

	if (path[0] == '\0' || strlen(path) >= sizeof(p.sun.sun_path))
		return refuse(&p, ENAMETOOLONG,
			      "control.socket: a unix socket's path has 1 to %zu bytes",
			      sizeof(p.sun.sun_path) - 1);
	memcpy(p.sun.sun_path, path, strlen(path));
	r = clear_the_way(&p);
	if (r < 0)
		return r;
	fd = new_socket();
	if (fd < 0)
		return refuse(&p, errno, "control.socket: %s", strerror(errno));
	r = bind_private(&p, fd);
	if (r == 0) {
		r = give_to_group(&p);
		if (r == 0 && listen(fd, 64) < 0)
			r = refuse(&p, errno, "control.socket: %s", strerror(errno));
		if (r < 0)
			unlink(path);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}
