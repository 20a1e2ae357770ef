/* accounts: see accounts.h. */
#include "worker/accounts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_folder.h"
#include "worker/mwi.h"

struct place {
	struct account who;
	uint32_t i;
};

/* One allocation each: "number\0plan\0folder\0address\0". */
struct accounts {
	char **text;
	uint32_t n, room;
	struct place *sorted; /* by number and plan, the first nsorted of them */
	uint32_t nsorted;
	char *pattern;
	char *root;       /* of accounts_look(); NULL */
	const char *rest; /* of the pattern, behind the number */
};

/* The pattern's part before "/%n", if the number is a whole name in it. */
static void
find_root(struct accounts *a)
{
	const char *n = strstr(a->pattern, "%n");

	if (!n && !strstr(a->pattern, "%d")) {
		a->root = strdup(a->pattern);
		a->rest = "";
		return;
	}
	if (!n || n == a->pattern || n[-1] != '/' || (n[2] != '\0' && n[2] != '/') ||
	    strstr(n + 2, "%n") || strstr(a->pattern, "%d"))
		return;
	a->root = strndup(a->pattern, (size_t)(n - 1 - a->pattern));
	a->rest = n + 2;
}

struct accounts *
accounts_new(const char *pattern)
{
	struct accounts *a = calloc(1, sizeof(*a));

	if (!a || !(a->pattern = strdup(pattern))) {
		free(a);
		return NULL;
	}
	find_root(a);
	return a;
}

void
accounts_free(struct accounts *a)
{
	if (!a)
		return;
	for (uint32_t i = 0; i < a->n; i++)
		free(a->text[i]);
	free(a->text);
	free(a->sorted);
	free(a->pattern);
	free(a->root);
	free(a);
}

uint32_t
accounts_count(const struct accounts *a)
{
	return a->n;
}

const char *
accounts_root(const struct accounts *a)
{
	return a->root;
}

struct account
accounts_get(const struct accounts *a, uint32_t i)
{
	const char *number = a->text[i], *plan = number + strlen(number) + 1;
	const char *folder = plan + strlen(plan) + 1;

	return (struct account){number, plan, folder, folder + strlen(folder) + 1};
}

static int
add(struct accounts *a, const struct account *who)
{
	const size_t n = strlen(who->number) + 1, p = strlen(who->plan) + 1;
	const size_t f = strlen(who->folder) + 1, d = strlen(who->address) + 1;

	if (a->n == a->room) {
		const uint32_t room = a->room ? 2 * a->room : 64;
		char **more = realloc(a->text, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		a->text = more;
		a->room = room;
	}
	char *t = malloc(n + p + f + d);
	if (!t)
		return -ENOMEM;
	memcpy(t, who->number, n);
	memcpy(t + n, who->plan, p);
	memcpy(t + n + p, who->folder, f);
	memcpy(t + n + p + f, who->address, d);
	a->text[a->n++] = t;
	return 0;
}

int
accounts_leave(struct accounts *a, const struct account *gone)
{
	const struct account who = {gone->number, gone->plan, "", ""};

	return add(a, &who);
}

static int
compare(const void *a, const void *b)
{
	const struct account *x = &((const struct place *)a)->who;
	const struct account *y = &((const struct place *)b)->who;
	const int number = strcmp(x->number, y->number);

	return number != 0 ? number : strcmp(x->plan, y->plan);
}

static bool
sort(struct accounts *a)
{
	if (a->nsorted == a->n)
		return true;
	struct place *p = realloc(a->sorted, a->n * sizeof(*p));
	if (!p)
		return false;
	a->sorted = p;
	a->nsorted = a->n;
	for (uint32_t i = 0; i < a->n; i++)
		p[i] = (struct place){accounts_get(a, i), i};
	qsort(p, a->n, sizeof(*p), compare);
	return true;
}

uint32_t
accounts_find(struct accounts *a, const char *plan, const char *number)
{
	const struct place want = {.who = {.number = number, .plan = plan}};

	if (a->n == 0 || !sort(a))
		return ACCOUNTS_NONE;
	const struct place *p = bsearch(&want, a->sorted, a->nsorted, sizeof(*p), compare);
	return p ? p->i : ACCOUNTS_NONE;
}

/* Where its messages are; "" where nobody has a Maildir.  False: it has no mailbox. */
static bool
find_folder(const struct accounts *a, const struct mailbox *box, char folder[PATH_MAX])
{
	const bool has = box->address[0] != '\0';

	folder[0] = '\0';
	if (a->pattern[0] == '\0')
		return has;
	return mailbox_folder(a->pattern, has ? box->address : box->extension, folder) >= 0;
}

int
accounts_take(struct accounts *a, const struct mailboxes *m)
{
	char folder[PATH_MAX];
	struct mailbox box;
	const char *plan;

	for (uint32_t at = 0; mailboxes_next(m, &at, &plan, &box);) {
		if (mwi_refusal(box.extension) || !find_folder(a, &box, folder))
			continue;
		const struct account who = {box.extension, plan, folder, box.address};
		const int e = add(a, &who);
		if (e < 0)
			return e;
	}
	return 0;
}

/* "%2B49" is the folder of +49...; false: it is no number's. */
static bool
number_of(const char *name, char ret[NAME_MAX + 1])
{
	size_t n = 0;

	for (const char *p = name; *p != '\0'; p++) {
		char c = *p;
		if (c == '%') {
			const int high = text_hex(p[1]), low = high < 0 ? -1 : text_hex(p[2]);
			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			p += 2;
		}
		if (c == '\0')
			return false;
		ret[n++] = c;
	}
	ret[n] = '\0';
	return name[0] != '.' && n < MESSAGE_PARTY_MAX && !mwi_refusal(ret);
}

static bool
is_known(const struct accounts *a, const char *number)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (strcmp(a->text[i], number) == 0)
			return true;
	return false;
}

/* Only a few hundred numbers have folders where nobody lists mailboxes: looked for one by one. */
int
accounts_look(struct accounts *a)
{
	char number[NAME_MAX + 1], folder[PATH_MAX];
	int e = 0;

	if (!a->root)
		return -ENOTSUP;
	DIR *d = opendir(a->root);
	if (!d)
		return -errno;
	for (struct dirent *f; e == 0 && (f = readdir(d));) {
		if (!number_of(f->d_name, number) || is_known(a, number))
			continue;
		const struct account who = {number, "", folder, ""};
		if (snprintf(folder, sizeof(folder), "%s/%s%s", a->root, f->d_name, a->rest) <
		    (int)sizeof(folder))
			e = add(a, &who);
	}
	closedir(d);
	return e;
}
