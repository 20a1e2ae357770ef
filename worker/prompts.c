/* prompts: see prompts.h. */
#include "worker/prompts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker/words.h"

enum {
	FILES_MAX = 8,     /* of one prompt */
	KEY_WAIT_MS = 5000 /* from the last word of a menu to "nothing was pressed" */
};

#define INSTALLED "/usr/share/evertrunk/prompts"

struct prompt_set {
	const char *language;
	struct play sound[PROMPT_COUNT][FILES_MAX];
	size_t n[PROMPT_COUNT];
};

struct prompts {
	struct prompt_set set[CONF_LANGUAGES];
	size_t nset;
	struct play tone, wait;
};

/* ---- loading ---- */

struct loading {
	const struct conf *conf;
	const char *folder;
	struct prompt_set *set;
	struct buf *why;
};

static int
load_file(struct loading *l, const char *place, enum prompt_id id, const char *path)
{
	char said[2 * CONF_PATH_MAX];
	struct buf own = BUF(said);
	struct prompt_set *s = l->set;
	int e = -E2BIG;

	if (s->n[id] < FILES_MAX)
		e = play_load(&s->sound[id][s->n[id]], path, &own);
	else
		buf_str(&own, "more than 8 files");
	if (e == 0)
		s->n[id]++;
	else
		buf_printf(l->why, "%s: %s", place, buf_cstr(&own));
	return e;
}

/* Of the words that the configuration itself has, for every language: the key and the file. */
static const char *
own_file(const struct conf *conf, enum prompt_id id, const char **ret_key)
{
	switch (id) {
	case PROMPT_GREETING: *ret_key = "prompt.greeting"; return conf->prompt.greeting;
	case PROMPT_NO_SERVICE: *ret_key = "prompt.no_service"; return conf->prompt.no_service;
	default: return "";
	}
}

static int
load_prompt(struct loading *l, const struct manifest *m, const char *file, enum prompt_id id)
{
	char path[2 * CONF_PATH_MAX], place[3 * CONF_PATH_MAX];
	struct buf at = BUF(place);
	const char *key = "", *own = own_file(l->conf, id, &key);
	struct slice rest = m->files[id], word;
	int e = 0;

	if (own[0] != '\0')
		return load_file(l, key, id, own);
	buf_printf(&at, "%s: %s", file, manifest_name(id));
	while (e == 0 && (word = words_next(&rest)).n > 0) {
		struct buf to = BUF(path);

		buf_printf(&to, "%.*s/%.*s.wav", (int)m->folder.n, m->folder.p, (int)word.n,
			   word.p);
		e = load_file(l, buf_cstr(&at), id, buf_cstr(&to));
	}
	return e;
}

/* The text of a file; n = 0 and *ret_error when there is none. */
static struct slice
read_text(const char *path, char *space, size_t cap, int *ret_error)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, space, cap) : -1;

	*ret_error = n < 0 ? -errno : (size_t)n == cap ? -EFBIG : 0;
	if (fd >= 0)
		close(fd);
	return (struct slice){space, *ret_error == 0 ? (size_t)n : 0};
}

/* A checkout has them beside its program. */
static const char *
find_folder(const struct conf *conf, char out[CONF_PATH_MAX])
{
	char program[CONF_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program));

	if (conf->prompt.directory[0] != '\0')
		return conf->prompt.directory;
	while (n > 0 && program[n - 1] != '/')
		n--;
	if (n > 0 &&
	    (size_t)snprintf(out, CONF_PATH_MAX, "%.*sprompts", (int)n, program) < CONF_PATH_MAX &&
	    access(out, F_OK) == 0)
		return out;
	return INSTALLED;
}

static int
load_set(struct loading *l, const char *language)
{
	char path[2 * CONF_PATH_MAX], text[MANIFEST_TEXT_MAX], said[256];
	struct buf own = BUF(said);
	struct manifest m;
	struct slice all;
	int e;

	l->set->language = language;
	snprintf(path, sizeof(path), "%s/%s.conf", l->folder, language);
	all = read_text(path, text, sizeof(text), &e);
	if (e != 0)
		buf_str(&own, strerror(-e));
	else
		e = manifest_read(all, &m, &own);
	if (e != 0)
		buf_printf(l->why, "prompt.languages: %s: %s", path, buf_cstr(&own));
	for (unsigned id = 0; e == 0 && id < PROMPT_COUNT; id++)
		e = load_prompt(l, &m, path, (enum prompt_id)id);
	return e;
}

static int
load_all(struct prompts *p, const struct conf *conf, struct buf *why)
{
	char folder[CONF_PATH_MAX];
	struct loading l = {.conf = conf, .folder = find_folder(conf, folder), .why = why};
	int e = 0;

	for (size_t i = 0; e == 0 && i < conf->prompt.nlanguages; i++) {
		l.set = &p->set[p->nset++];
		e = load_set(&l, conf->prompt.languages[i]);
	}
	if (e == 0 && (play_tone(&p->tone, conf->prompt.tone) != 0 ||
		       play_quiet(&p->wait, KEY_WAIT_MS) != 0)) {
		buf_str(why, "prompts: out of memory");
		e = -ENOMEM;
	}
	return e;
}

int
prompts_load(const struct conf *conf, struct prompts **ret, struct buf *why)
{
	struct prompts *p = calloc(1, sizeof(*p));
	int e;

	if (!p) {
		buf_str(why, "prompts: out of memory");
		return -ENOMEM;
	}
	e = load_all(p, conf, why);
	if (e == 0)
		*ret = p;
	else
		prompts_free(p);
	return e;
}

static void
free_set(struct prompt_set *s)
{
	for (unsigned id = 0; id < PROMPT_COUNT; id++)
		for (size_t i = 0; i < s->n[id]; i++)
			play_free(&s->sound[id][i]);
}

void
prompts_free(struct prompts *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nset; i++)
		free_set(&p->set[i]);
	play_free(&p->tone);
	play_free(&p->wait);
	free(p);
}

/* ---- using ---- */

/* "nl" of "nl-NL". */
static struct slice
first_part(const char *language)
{
	struct slice rest = slice_str(language);

	return words_until(&rest, '-');
}

const struct prompt_set *
prompts_in(const struct prompts *p, const char *language)
{
	for (size_t i = 0; i < p->nset; i++)
		if (slice_ieq(slice_str(p->set[i].language), slice_str(language)))
			return &p->set[i];
	for (size_t i = 0; i < p->nset; i++)
		if (slice_ieq(first_part(p->set[i].language), first_part(language)))
			return &p->set[i];
	return &p->set[0];
}

void
prompts_add(const struct prompt_set *s, enum prompt_id id, struct phrase *to)
{
	for (size_t i = 0; i < s->n[id]; i++)
		phrase_add(to, &s->sound[id][i]);
}

void
prompts_add_digits(const struct prompt_set *s, const char *number, struct phrase *to)
{
	for (; *number != '\0'; number++)
		if (*number >= '0' && *number <= '9')
			prompts_add(s, (enum prompt_id)(PROMPT_DIGIT_0 + (*number - '0')), to);
}

void
prompts_add_tone(const struct prompts *p, struct phrase *to)
{
	phrase_add(to, &p->tone);
}

void
prompts_add_wait(const struct prompts *p, struct phrase *to)
{
	phrase_add(to, &p->wait);
}
