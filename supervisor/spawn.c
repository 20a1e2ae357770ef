/* spawn: see spawn.h. */
#include "supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "supervisor/sealed.h"

int
spawn_fingerprint(const char *program, struct fingerprint *ret)
{
	struct stat st;

	if (stat(program, &st) < 0)
		return -errno;
	*ret = (struct fingerprint){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
	return 0;
}

bool
fingerprint_eq(const struct fingerprint *a, const struct fingerprint *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* The configuration as a worker reads it: what we have read, whatever has become of the file on
 * disk. */
static int
conf_file(const struct conf *c, int *ret)
{
	char *text = conf_print(c);
	int rc = text ? sealed_file("evertrunk.conf", slice_str(text), ret) : -ENOMEM;

	free(text);
	return rc;
}

static int
spawn_with(struct loop *l, const struct spawn *s, const int fds[3], pid_t *ret)
{
	char program[CONF_PATH_MAX], slot[16], generation[32];
	char *argv[] = {program, slot, generation, NULL};
	const struct loop_program p = {argv, fds, fds[2] >= 0 ? 3 : 2, s->exited, s->arg};
	struct loop_child *child;
	int rc;

	snprintf(program, sizeof(program), "%s", s->program);
	snprintf(slot, sizeof(slot), "slot=%c", s->slot);
	snprintf(generation, sizeof(generation), "generation=%u", s->generation);
	rc = loop_spawn(l, &p, &child);
	if (rc == 0)
		*ret = loop_child_pid(child);
	return rc;
}

int
spawn_worker(struct loop *l, const struct spawn *s, struct spawned *ret)
{
	_Static_assert(WORKER_FD_CHANNEL == 3 && WORKER_FD_CONF == 4 && WORKER_FD_MAILBOXES == 5,
		       "order of fds[]");
	struct spawned new = {.channel = -1};
	int pair[2], fds[3], rc;

	/* before the program is started: if it changes now, the next look sees a difference */
	rc = spawn_fingerprint(s->program, &new.program);
	if (rc < 0)
		return rc;
	rc = channel_pair(pair);
	if (rc < 0)
		return rc;
	fds[0] = pair[1];
	fds[2] = s->mailboxes;
	rc = conf_file(s->conf, &fds[1]);
	if (rc == 0) {
		rc = spawn_with(l, s, fds, &new.pid);
		close(fds[1]);
	}
	close(pair[1]);
	if (rc < 0) {
		close(pair[0]);
		return rc;
	}
	new.channel = pair[0];
	*ret = new;
	return 0;
}

void
spawn_signal(pid_t pid, int signo)
{
	if (pid > 0)
		kill(-pid, signo);
}

uint64_t
spawn_memory(pid_t pid)
{
	char path[64], text[128];
	unsigned long size, resident;
	ssize_t n = -1;
	int fd;

	if (pid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "%lu %lu", &size, &resident) != 2)
		return 0;
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

const char *
spawn_exit_text(int status, char out[SPAWN_WORDS])
{
	if (WIFSIGNALED(status))
		snprintf(out, SPAWN_WORDS, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(out, SPAWN_WORDS, "exited with status %d", WEXITSTATUS(status));
	return out;
}
