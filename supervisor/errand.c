/* errand: see errand.h. */
#include "supervisor/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct errand *
find(struct errands *e, uint32_t id)
{
	for (size_t i = 0; i < ERRANDS; i++)
		if (id != 0 && e->one[i].id == id)
			return &e->one[i];
	return NULL;
}

static void
clear(struct errand *one)
{
	free(one->text);
	*one = (struct errand){0};
}

/* A client that has gone never asks again: what nobody has fetched long after its time makes
 * room. */
struct errand *
errand_begin(struct errands *e, uint32_t generation, struct mono now, int64_t limit_ms)
{
	for (size_t i = 0; i < ERRANDS; i++) {
		struct errand *one = &e->one[i];
		if (one->id != 0 && !mono_due(mono_add(one->deadline, ERRAND_LIMIT_MS), now))
			continue;
		clear(one);
		one->id = ++e->last ? e->last : ++e->last;
		one->generation = generation;
		one->deadline = mono_add(now, limit_ms);
		return one;
	}
	return NULL;
}

void
errand_said(struct errands *e, uint32_t generation, const struct msg_said *m)
{
	struct errand *one = find(e, m->id);
	if (one == NULL || one->over || one->generation != generation)
		return;
	char *text = one->n + m->n < ERRAND_TEXT_MAX ? realloc(one->text, one->n + m->n + 1) : NULL;
	if (text != NULL) {
		memcpy(text + one->n, m->text, m->n);
		one->n += m->n;
		text[one->n] = '\0';
		one->text = text;
	}
	one->over = m->last != 0;
	one->status = m->status;
}

uint32_t
errand_worker(const struct errands *e, uint32_t id)
{
	for (size_t i = 0; i < ERRANDS; i++)
		if (id != 0 && e->one[i].id == id)
			return e->one[i].generation;
	return 0;
}

int
errand_state(struct errands *e, uint32_t id, bool there, struct mono now, char **ret_text)
{
	struct errand *one = find(e, id);
	*ret_text = NULL;
	if (one == NULL)
		return -ENOENT;
	if (!one->over && there && !mono_due(one->deadline, now))
		return 1;
	int r = one->over ? one->status : there ? -ETIMEDOUT : -EPIPE;
	if (one->over) {
		*ret_text = one->text;
		one->text = NULL;
	}
	clear(one);
	return r > 0 ? 0 : r;
}

void
errand_free(struct errands *e)
{
	for (size_t i = 0; i < ERRANDS; i++)
		clear(&e->one[i]);
}
