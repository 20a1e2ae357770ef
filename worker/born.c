/* born: see born.h. */
#include "worker/born.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ipc/base/log.h"
#include "ipc/messages.h"
#include "worker/directory.h"

bool
born_of_supervisor(void)
{
	int type = 0;
	socklen_t n = sizeof(type);
	struct stat st;

	return getsockopt(WORKER_FD_CHANNEL, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	       type == SOCK_SEQPACKET && fstat(WORKER_FD_CONF, &st) == 0 && S_ISREG(st.st_mode);
}

struct conf *
born_conf(void)
{
	char errors[4096];
	struct buf why = BUF(errors);
	struct conf *conf = NULL;
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(WORKER_FD_CONF, &st) < 0 || !(text = malloc((size_t)st.st_size + 1)))
		log_fatal(LOG_CONF, "no memory for the configuration");
	n = pread(WORKER_FD_CONF, text, (size_t)st.st_size, 0);
	if (n != st.st_size)
		log_fatal(LOG_CONF, "cannot read the configuration from descriptor %d",
			  WORKER_FD_CONF);
	if (conf_read_text("configuration", (struct slice){text, (size_t)n}, &why, &conf) < 0)
		log_fatal(LOG_CONF, "%s", buf_cstr(&why));
	free(text);
	close(WORKER_FD_CONF);
	return conf;
}

struct directory *
born_directory(const struct conf *conf)
{
	struct directory *d = directory_new();
	int err = d ? 0 : -ENOMEM;

	if (d && conf->mailboxes.file[0])
		err = directory_take(d, WORKER_FD_MAILBOXES);
	if (err < 0)
		log_fatal(LOG_CONF, "no mailboxes on descriptor %d: %s", WORKER_FD_MAILBOXES,
			  strerror(-err));
	return d;
}

void
born_raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
