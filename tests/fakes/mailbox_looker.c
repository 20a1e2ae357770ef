/* mailbox_looker: looks into mailboxes by IMAP, as the worker does, those of its arguments in turn:
 *   mailbox_looker [-n TIMES] [-p PAUSE_MS] [-s STOP_MS] [-i MESSAGE_ID] CONF
 *                  ADDRESS[=EXTENSION]...
 * For each look a line: the answer; `ok`, `mailbox` or `outage`; milliseconds; why.  The answer is
 * fresh/old/urgent fresh/urgent old, `same`, or with -i `seen` or `unseen`. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/clock.h"
#include "worker/imap.h"

struct job {
	int times, pause_ms, stop_ms;
	const char *message_id;
	struct imap *imap;
	struct imap_status known[64]; /* of each mailbox */
};

static struct conf *
read_conf(const char *path)
{
	static char text[8192];
	struct buf errors = BUF(text);
	struct conf *c = NULL;

	if (conf_read(path, &errors, &c) < 0) {
		fprintf(stderr, "%s\n", buf_cstr(&errors));
		exit(2);
	}
	return c;
}

static void *
stop_later(void *arg)
{
	struct job *job = arg;

	usleep((useconds_t)job->stop_ms * 1000);
	imap_stop(job->imap);
	return NULL;
}

static enum imap_result
count(struct job *job, const struct imap_who *who, struct imap_status *known, struct buf *why)
{
	struct tally t = {0};
	bool changed = false;
	enum imap_result r = imap_count(job->imap, who, known, &t, &changed, why);

	if (changed)
		printf("%u/%u/%u/%u", t.fresh, t.old, t.fresh_urgent, t.old_urgent);
	else
		printf("%s", r == IMAP_OK ? "same" : "-");
	return r;
}

static enum imap_result
seen(struct job *job, const struct imap_who *who, struct buf *why)
{
	const int r = imap_seen(job->imap, who, job->message_id, why);

	printf("%s", r > 0 ? "seen" : r == 0 ? "unseen" : "-");
	return r >= 0 ? IMAP_OK : r == -ENOENT ? IMAP_MAILBOX : IMAP_OUTAGE;
}

static void
look(struct job *job, char *name, size_t n)
{
	static const char *const words[] = {"ok", "mailbox", "outage"};
	char space[2048], *equals = strchr(name, '=');
	struct buf why = BUF(space);
	const struct mono begin = clock_now();
	struct imap_who who = {.address = name, .extension = equals ? equals + 1 : ""};
	enum imap_result r;

	if (equals)
		*equals = '\0';
	r = job->message_id ? seen(job, &who, &why) : count(job, &who, &job->known[n % 64], &why);
	printf("\t%s\t%lld\t%s\n", words[r], (long long)mono_ms(begin, clock_now()),
	       buf_cstr(&why));
	fflush(stdout);
	if (equals)
		*equals = '=';
}

static char **
options(struct job *job, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "n:p:s:i:")) != -1;) {
		switch (c) {
		case 'n': job->times = atoi(optarg); break;
		case 'p': job->pause_ms = atoi(optarg); break;
		case 's': job->stop_ms = atoi(optarg); break;
		case 'i': job->message_id = optarg; break;
		default: exit(2);
		}
	}
	if (argc - optind < 2)
		exit(2);
	return argv + optind;
}

int
main(int argc, char **argv)
{
	struct job job = {.times = 1};
	char **words = options(&job, argc, argv);
	struct conf *conf = read_conf(words[0]);
	pthread_t stopper;

	signal(SIGPIPE, SIG_IGN); /* as in the worker */
	job.imap = imap_new(conf);
	if (!job.imap)
		return 2;
	if (job.stop_ms && pthread_create(&stopper, NULL, stop_later, &job) != 0)
		return 2;
	for (int i = 0; i < job.times; i++) {
		for (size_t n = 1; words[n]; n++)
			look(&job, words[n], n);
		usleep((useconds_t)job.pause_ms * 1000);
	}
	if (job.stop_ms)
		pthread_join(stopper, NULL);
	imap_free(job.imap);
	free(conf);
	return 0;
}
