/* tally: see tally.h. */
#include "worker/tally.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "worker/maildir.h"

/* The mark in "1769903999.ID+VU.host": what stands between the id and the next dot. */
static struct slice
mark_of(const char *name)
{
	const char *id = name + strspn(name, "0123456789");
	if (id == name || *id != '.')
		return (struct slice){0};
	const char *mark = id + 1 + strcspn(id + 1, ".+,:");
	if (*mark != '+')
		return (struct slice){0};
	mark++;
	return (struct slice){mark, strcspn(mark, ".,:")};
}

static bool
has_flag(const char *name, char flag)
{
	const char *info = strstr(name, ":2,");
	return info != NULL && strchr(info + 3, flag) != NULL;
}

static void
add(uint16_t *n)
{
	if (*n < UINT16_MAX)
		++*n;
}

void
tally_name(struct tally *t, const char *name)
{
	const struct slice mark = mark_of(name);
	const bool urgent = slice_eq(mark, SLICE(MAILDIR_URGENT));
	if (!(urgent || slice_eq(mark, SLICE(MAILDIR_VOICE))) || has_flag(name, 'T'))
		return;
	const bool seen = has_flag(name, 'S');
	add(seen ? &t->old : &t->fresh);
	if (urgent)
		add(seen ? &t->old_urgent : &t->fresh_urgent);
}

static int
count(const char *folder, const char *sub, struct tally *t)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s/%s", folder, sub) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	DIR *d = opendir(path);
	if (d == NULL)
		return -errno;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		tally_name(t, e->d_name);
	closedir(d);
	return 0;
}

/* new/ first: what is moved to cur/ meanwhile is counted twice for a moment rather than not at all,
 * and the move itself brings us back here. */
int
tally_folder(const char *folder, struct tally *ret)
{
	struct tally t = {0};
	int e = count(folder, "new", &t);
	if (e == 0)
		e = count(folder, "cur", &t);
	*ret = t;
	return e;
}
