/* mailbox_build: see mailbox_build.h.
 * Texts are gathered in one growing block; offset 0 of it is the empty text.  What the table holds
 * are these offsets plus the place where the block comes to lie. */
#include "conf/mailbox_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_table.h"

/* An array that grows by doubling. */
struct grown {
	char *p;
	size_t n, cap; /* bytes */
};

/* A key that still knows where it was written. */
struct written {
	struct mailbox_key key;
	unsigned line;
	bool dropped;
};

struct mailbox_build {
	const struct conf *conf;
	struct grown texts;
	struct grown boxes;   /* of struct mailbox_box */
	struct grown written; /* of struct written */
	uint32_t nboxes, nkeys;
	uint32_t npins[CONF_DIALPLANS]; /* mailboxes with a PIN */
	uint32_t nlost;                 /* boxes that a row before them has a number of */
};

static int
grow(struct grown *g, const void *p, size_t n)
{
	size_t cap = g->cap ? g->cap : 4096;
	char *bigger;

	while (cap < g->n + n)
		cap *= 2;
	if (cap > g->cap) {
		bigger = realloc(g->p, cap);
		if (!bigger)
			return -ENOMEM;
		g->p = bigger;
		g->cap = cap;
	}
	memcpy(g->p + g->n, p, n);
	g->n += n;
	return 0;
}

/* Adds to *err, so that a row is a list of calls. */
static uint32_t
add_text(struct mailbox_build *b, const char *s, int *err)
{
	const uint32_t at = (uint32_t)b->texts.n;

	if (s[0] == '\0' || *err < 0)
		return 0;
	*err = grow(&b->texts, s, strlen(s) + 1);
	return at;
}

struct mailbox_build *
mailbox_build_new(const struct conf *conf)
{
	struct mailbox_build *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->conf = conf;
	if (grow(&b->texts, "", 1) < 0) {
		free(b);
		return NULL;
	}
	return b;
}

static void
add_key(struct mailbox_build *b, const struct mailbox_row *row, const char *number, int *err)
{
	struct written w = {
	    .key = {.number = add_text(b, number, err),
		    .plan = (uint32_t)(row->plan - b->conf->dialplan),
		    .box = b->nboxes},
	    .line = row->line,
	};

	if (*err == 0)
		*err = grow(&b->written, &w, sizeof(w));
	if (*err == 0)
		b->nkeys++;
}

int
mailbox_build_add(struct mailbox_build *b, const struct mailbox_row *row)
{
	int err = 0;
	struct mailbox_box box = {
	    .extension = add_text(b, row->extension, &err),
	    .name = add_text(b, row->name, &err),
	    .address = add_text(b, row->address, &err),
	    .language = add_text(b, row->language, &err),
	    .greeting = add_text(b, row->greeting, &err),
	    .pin = add_text(b, row->pin, &err),
	    .max_recording = row->max_recording,
	};

	if (b->nboxes == MAILBOX_MAX)
		return -ENOSPC;
	add_key(b, row, row->extension, &err);
	for (size_t i = 0; i < row->nnumber; i++)
		add_key(b, row, row->number[i], &err);
	if (err == 0)
		err = grow(&b->boxes, &box, sizeof(box));
	if (err == 0) {
		b->nboxes++;
		b->npins[row->plan - b->conf->dialplan] += row->pin[0] != '\0';
	}
	return err;
}

static int
by_number(const void *x, const void *y, void *arg)
{
	const struct mailbox_build *b = arg;
	const struct written *v = x, *w = y;
	int order;

	if (v->key.plan != w->key.plan)
		return v->key.plan < w->key.plan ? -1 : 1;
	order = strcmp(b->texts.p + v->key.number, b->texts.p + w->key.number);
	return order ? order : v->line < w->line ? -1 : v->line > w->line;
}

static bool
same_number(const struct mailbox_build *b, const struct written *v, const struct written *w)
{
	return v->key.plan == w->key.plan &&
	       !strcmp(b->texts.p + v->key.number, b->texts.p + w->key.number);
}

/* A mailbox that is not to be found, once. */
static void
lose(struct mailbox_build *b, const struct written *w, bool *lost)
{
	const struct mailbox_box *boxes = (const struct mailbox_box *)(const void *)b->boxes.p;

	if (lost[w->key.box])
		return;
	lost[w->key.box] = true;
	b->nlost++;
	b->npins[w->key.plan] -= boxes[w->key.box].pin != 0;
}

/* Of rows with one number in common the first keeps it; the others lose all of theirs.  A row may
 * name a number of its own twice, its extension in full for one. */
static int
drop_twice(struct mailbox_build *b, mailbox_twice_fn *twice, void *arg)
{
	struct written *w = (struct written *)(void *)b->written.p, *first = w;
	bool *lost = calloc(b->nboxes + 1, sizeof(*lost));

	if (!lost)
		return -ENOMEM;
	for (uint32_t i = 1; i < b->nkeys; i++) {
		if (!same_number(b, first, &w[i])) {
			first = &w[i];
			continue;
		}
		w[i].dropped = true;
		if (w[i].key.box == first->key.box)
			continue;
		lose(b, &w[i], lost);
		twice(arg, w[i].line, b->texts.p + w[i].key.number, first->line);
	}
	for (uint32_t i = 0; i < b->nkeys; i++)
		if (lost[w[i].key.box])
			w[i].dropped = true;
	free(lost);
	return 0;
}

/* The keys that are left, with their offsets as the table has them; returns their number. */
static uint32_t
write_keys(const struct mailbox_build *b, uint32_t texts, struct mailbox_key *to)
{
	const struct written *w = (const struct written *)(const void *)b->written.p;
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->nkeys; i++) {
		if (w[i].dropped)
			continue;
		to[n] = w[i].key;
		to[n++].number += texts;
	}
	return n;
}

static void
write_boxes(const struct mailbox_build *b, uint32_t texts, struct mailbox_box *to)
{
	memcpy(to, b->boxes.p, b->nboxes * sizeof(*to));
	for (uint32_t i = 0; i < b->nboxes; i++) {
		to[i].extension += texts;
		to[i].name += texts;
		to[i].address += texts;
		to[i].language += texts;
		to[i].greeting += texts;
		to[i].pin += texts;
	}
}

/* The plans' names are the last texts. */
static int
add_plans(struct mailbox_build *b, uint32_t plans[CONF_DIALPLANS])
{
	int err = 0;

	for (size_t i = 0; i < b->conf->ndialplan; i++)
		plans[i] = add_text(b, b->conf->dialplan[i].name, &err);
	return err;
}

static void
write_table(const struct mailbox_build *b, const uint32_t plans[CONF_DIALPLANS],
	    struct mailbox_head *h)
{
	char *base = (char *)h;
	struct mailbox_plan *to = (struct mailbox_plan *)(void *)(base + h->plans);

	for (uint32_t i = 0; i < h->nplans; i++)
		to[i] = (struct mailbox_plan){plans[i] + h->texts, b->npins[i]};
	if (h->nboxes > 0)
		write_boxes(b, h->texts, (struct mailbox_box *)(void *)(base + h->boxes));
	h->nkeys = write_keys(b, h->texts, (struct mailbox_key *)(void *)(base + h->keys));
	memcpy(base + h->texts, b->texts.p, b->texts.n);
}

int
mailbox_build_table(struct mailbox_build *b, mailbox_twice_fn *twice, void *arg,
		    struct mailbox_bytes *ret)
{
	uint32_t plans[CONF_DIALPLANS] = {0};
	struct mailbox_head head = {.magic = MAILBOX_MAGIC,
				    .nplans = (uint32_t)b->conf->ndialplan,
				    .nboxes = b->nboxes,
				    .plans = sizeof(head)};
	char *base;
	int err = add_plans(b, plans);

	if (err < 0)
		return err;
	if (b->nkeys > 0) {
		qsort_r(b->written.p, b->nkeys, sizeof(struct written), by_number, b);
		err = drop_twice(b, twice, arg);
	}
	head.boxes = head.plans + head.nplans * (uint32_t)sizeof(struct mailbox_plan);
	head.keys = head.boxes + head.nboxes * (uint32_t)sizeof(struct mailbox_box);
	head.texts = head.keys + b->nkeys * (uint32_t)sizeof(struct mailbox_key);
	head.bytes = head.texts + (uint32_t)b->texts.n;
	base = err < 0 ? NULL : malloc(head.bytes);
	if (!base)
		return -ENOMEM;
	memcpy(base, &head, sizeof(head));
	write_table(b, plans, (struct mailbox_head *)(void *)base);
	*ret = (struct mailbox_bytes){base, head.bytes, b->nboxes - b->nlost};
	return 0;
}

void
mailbox_build_free(struct mailbox_build *b)
{
	if (!b)
		return;
	free(b->texts.p);
	free(b->boxes.p);
	free(b->written.p);
	free(b);
}
