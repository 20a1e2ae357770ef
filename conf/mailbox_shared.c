/* mailbox_shared: see mailbox_shared.h. */
#include "conf/mailbox_shared.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_folder.h"

/* Whose it is: the address, or the extension and its plan. */
struct owner {
	char *folder, *who; /* one block */
	unsigned line;
};

struct mailbox_shared {
	char pattern[MAILBOX_PATTERN_MAX];
	struct owner *owner;
	size_t n, cap;
};

struct mailbox_shared *
mailbox_shared_new(const struct conf *c)
{
	struct mailbox_shared *s = calloc(1, sizeof(*s));

	if (s)
		mailbox_folder_pattern(c, s->pattern);
	return s;
}

static bool
has_room(struct mailbox_shared *s)
{
	const size_t cap = s->cap ? 2 * s->cap : 64;
	struct owner *more = s->owner;

	if (s->n < s->cap)
		return true;
	more = reallocarray(s->owner, cap, sizeof(*more));
	if (!more)
		return false;
	s->owner = more;
	s->cap = cap;
	return true;
}

/* A folder whose name is too long is nobody's: what is delivered there fails by itself. */
int
mailbox_shared_add(struct mailbox_shared *s, const struct mailbox_row *row)
{
	const bool mail = row->address[0] != '\0';
	char folder[PATH_MAX];
	struct owner o = {.line = row->line};

	if (mailbox_folder(s->pattern, mail ? row->address : row->extension, folder) < 0)
		return 0;
	const size_t n = strlen(folder) + 1, room = n + MAILBOX_TEXT_MAX + CONF_NAME_MAX;
	o.folder = has_room(s) ? malloc(room) : NULL;
	if (!o.folder)
		return -ENOMEM;
	memcpy(o.folder, folder, n);
	o.who = o.folder + n;
	snprintf(o.who, room - n, "%s%s%s", mail ? row->address : row->extension, mail ? "" : " ",
		 mail ? "" : row->plan->name);
	s->owner[s->n++] = o;
	return 0;
}

static int
by_folder(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	const int order = strcmp(x->folder, y->folder);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

void
mailbox_shared_tell(struct mailbox_shared *s, mailbox_shared_fn *tell, void *arg)
{
	const struct owner *first = s->owner;

	if (s->n > 1)
		qsort(s->owner, s->n, sizeof(*s->owner), by_folder);
	for (size_t i = 1; i < s->n; i++) {
		const struct owner *o = &s->owner[i];

		if (strcmp(o->folder, first->folder) != 0)
			first = o;
		else if (strcasecmp(o->who, first->who) != 0)
			tell(arg, o->line, o->folder, first->line);
	}
}

void
mailbox_shared_free(struct mailbox_shared *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->owner[i].folder);
	free(s->owner);
	free(s);
}
