/* courier_bench: a courier in a spool of its own, and the delivery that it is given. */
#ifndef EVERTRUNK_TESTS_COURIER_BENCH_H
#define EVERTRUNK_TESTS_COURIER_BENCH_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/base/log.h"
#include "worker/courier.h"

/* What the delivery has been asked, and what it answers; under a mutex, the courier is a thread. */
static struct {
	pthread_mutex_t mutex;
	struct courier_result answer;
	int tries, again, slow_ms;
	char last[LETTER_ID_MAX];
} post = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static char root[64], spool[80];
static struct courier *c;

static inline void
deliver(void *arg, const struct letter *l, bool again, struct courier_result *ret)
{
	(void)arg;
	pthread_mutex_lock(&post.mutex);
	post.tries++;
	post.again += again;
	snprintf(post.last, sizeof(post.last), "%s", l->id);
	*ret = post.answer;
	int ms = post.slow_ms;
	pthread_mutex_unlock(&post.mutex);
	if (ms > 0)
		usleep((useconds_t)ms * 1000);
}

static inline void
answer(enum outcome o, bool confirmed, const char *text)
{
	pthread_mutex_lock(&post.mutex);
	post.answer = (struct courier_result){.outcome = o, .confirmed = confirmed};
	snprintf(post.answer.text, sizeof(post.answer.text), "%s", text);
	pthread_mutex_unlock(&post.mutex);
}

static inline int
tries(void)
{
	pthread_mutex_lock(&post.mutex);
	int n = post.tries;
	pthread_mutex_unlock(&post.mutex);
	return n;
}

static inline struct courier_parts
parts(void)
{
	return (struct courier_parts){
	    .spool = spool, .expire = 1000000, .shadow = 1000000, .deliver = deliver};
}

static inline int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_courier.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(spool, sizeof(spool), "%s/spool", root);
	assert_int_equal(mkdir(spool, 0755), 0);
	post.tries = post.again = post.slow_ms = 0;
	answer(OUTCOME_DELIVERED, true, "there");
	struct courier_parts p = parts();
	assert_int_equal(courier_new(&p, &c), 0);
	return 0;
}

static inline int
tear_down(void **state)
{
	char command[128];
	(void)state;
	if (!courier_stop(c, 5000))
		return -1;
	courier_free(c);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static inline void
put(const char *name, const char *text)
{
	char part[192], path[192];
	snprintf(part, sizeof(part), "%s/%s.part", spool, name);
	snprintf(path, sizeof(path), "%s/%s", spool, name);
	FILE *f = fopen(part, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(rename(part, path), 0);
}

static inline void
put_message(const char *id)
{
	char name[96], text[256];
	snprintf(name, sizeof(name), "%s.wav", id);
	put(name, "sound");
	snprintf(text, sizeof(text),
		 "MessageType : VoiceMail\nRecipientAddress : a@b.example\nAttachmentName : %s\n",
		 name);
	snprintf(name, sizeof(name), "%s.txt", id);
	put(name, text);
}

static inline bool
is_there(const char *name)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", spool, name);
	return access(path, F_OK) == 0;
}

/* Waits until `what` holds, for 5 s. */
#define until(what)                                                   \
	do {                                                          \
		int left = 5000;                                      \
		while (!(what) && left-- > 0)                         \
			usleep(1000);                                 \
		if (left <= 0)                                        \
			fail_msg("line %d: not %s", __LINE__, #what); \
	} while (0)

static inline struct courier_report
report(void)
{
	struct courier_report r;
	courier_report(c, &r);
	return r;
}

static inline void
own(void)
{
	courier_own(c, true);
	until(report().owner);
}

static inline int
ask(const char *order, char *text, size_t size)
{
	static uint32_t id;
	struct pollfd p = {.fd = courier_answer_fd(c), .events = POLLIN};
	assert_int_equal(courier_order(c, ++id, order), 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	struct courier_answer *a = courier_answer(c);
	assert_non_null(a);
	assert_int_equal(a->id, id);
	snprintf(text, size, "%s", a->text);
	int status = a->status;
	free(a);
	assert_null(courier_answer(c));
	return status;
}

#endif
