/* courier_trial: the thread of um-ctl test-mail: whoever wants to know why nothing is delivered
 * gets an answer while the courier waits for a mail server that does not answer.
 * Part of the room courier; see courier_room.h. */
#include <errno.h>

#include "ipc/base/background.h"
#include "worker/courier_room.h"
#include "worker/words.h"

/* The next order; NULL: the end. */
static struct courier_order *
next_order(struct courier *c)
{
	pthread_mutex_lock(&c->mutex);
	while (c->trial.first == NULL && !atomic_load(&c->stop))
		pthread_cond_wait(&c->trial.wake, &c->mutex);
	struct courier_order *o = atomic_load(&c->stop) ? NULL : c->trial.first;
	if (o != NULL)
		c->trial.first = o->next;
	pthread_mutex_unlock(&c->mutex);
	return o;
}

static void *
run(void *arg)
{
	struct courier *c = arg;
	background_thread("test-mail");
	for (struct courier_order *o; (o = next_order(c)) != NULL;)
		courier_obey(c, o);
	return NULL;
}

int
courier_trial_start(struct courier *c)
{
	int e = -pthread_create(&c->trial.thread, NULL, run, c);
	c->trial.running = e == 0;
	return e;
}

bool
courier_trial_takes(const struct courier *c, struct slice text)
{
	return c->trial.running && slice_eq(words_next(&text), SLICE("test-mail"));
}

void
courier_trial_put(struct courier *c, struct courier_order *o)
{
	struct courier_order **last = &c->trial.first;
	while (*last != NULL)
		last = &(*last)->next;
	*last = o;
	pthread_cond_signal(&c->trial.wake);
}

bool
courier_trial_stop(struct courier *c, const struct timespec *until)
{
	pthread_mutex_lock(&c->mutex); /* it waits, or has yet to look whether it is to stop */
	pthread_cond_signal(&c->trial.wake);
	pthread_mutex_unlock(&c->mutex);
	if (c->trial.running)
		c->trial.running = pthread_timedjoin_np(c->trial.thread, NULL, until) != 0;
	return !c->trial.running;
}
