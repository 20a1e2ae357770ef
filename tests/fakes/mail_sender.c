/* mail_sender: hands standard input to the mail server of a configuration, as the courier does:
 *   mail_sender [-n TIMES] [-p PAUSE_MS] [-s STOP_MS] [-i ID] [-d] [-f] [-v] CONF FROM TO
 * For each message a line: outcome, code, step, milliseconds, host, `reported` or `-`, text.
 * -d asks for a delivery status of success, -f for a new connection, -v shows the dialogue. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/base/clock.h"
#include "worker/submit.h"

struct job {
	int times, pause_ms, stop_ms;
	bool fresh, verbose;
	struct envelope envelope;
	struct submit *submit;
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

/* Standard input, whole. */
static char *
read_mail(size_t *ret_n)
{
	size_t cap = 1 << 16, n = 0, got;
	char *p = malloc(cap);

	while (p && (got = fread(p + n, 1, cap - n, stdin)) > 0) {
		n += got;
		if (n == cap)
			p = realloc(p, cap *= 2);
	}
	if (!p)
		exit(2);
	*ret_n = n;
	return p;
}

static void *
stop_later(void *arg)
{
	struct job *job = arg;

	usleep((useconds_t)job->stop_ms * 1000);
	submit_stop(job->submit);
	return NULL;
}

static void
send_one(struct job *job, struct slice mail)
{
	static const char *const words[] = {"delivered", "later", "outage", "never"};
	struct submit_reply r;
	const struct mono begin = clock_now();

	submit_send(job->submit, &job->envelope, mail, job->fresh, &r);
	printf("%s\t%d\t%s\t%lld\t%s\t%s\t%s\n", words[r.outcome], r.code, smtp_step_name(r.step),
	       (long long)mono_ms(begin, clock_now()), r.host, r.reported ? "reported" : "-",
	       r.text);
	if (job->verbose)
		printf("%s", submit_dialogue(job->submit));
	fflush(stdout);
}

static char **
options(struct job *job, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "n:p:s:i:dfv")) != -1;) {
		switch (c) {
		case 'n': job->times = atoi(optarg); break;
		case 'p': job->pause_ms = atoi(optarg); break;
		case 's': job->stop_ms = atoi(optarg); break;
		case 'i': job->envelope.id = optarg; break;
		case 'd': job->envelope.confirm = true; break;
		case 'f': job->fresh = true; break;
		case 'v': job->verbose = true; break;
		default: exit(2);
		}
	}
	if (argc - optind != 3)
		exit(2);
	return argv + optind;
}

int
main(int argc, char **argv)
{
	struct job job = {.times = 1, .envelope = {.id = "test"}};
	char **words = options(&job, argc, argv);
	struct conf *conf = read_conf(words[0]);
	struct slice mail;
	pthread_t stopper;
	char *bytes = read_mail(&mail.n);

	signal(SIGPIPE, SIG_IGN); /* as in the worker */
	mail.p = bytes;
	job.envelope.from = words[1];
	job.envelope.to = words[2];
	job.submit = submit_new(conf);
	if (!job.submit)
		return 2;
	if (job.stop_ms && pthread_create(&stopper, NULL, stop_later, &job) != 0)
		return 2;
	for (int i = 0; i < job.times; i++) {
		send_one(&job, mail);
		submit_rest(job.submit);
		usleep((useconds_t)job.pause_ms * 1000);
	}
	if (job.stop_ms)
		pthread_join(stopper, NULL);
	submit_free(job.submit);
	free(bytes);
	free(conf);
	return 0;
}
