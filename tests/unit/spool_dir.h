/* spool_dir: a spool folder for a test, recordings in it whose samples count up, and looks into
 * what lies there. */
#ifndef EVERTRUNK_TESTS_SPOOL_DIR_H
#define EVERTRUNK_TESTS_SPOOL_DIR_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/prompt.h"
#include "worker/spool.h"

enum { SECOND = 8000 };

static char root[64], dir[96];

static inline int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_spool.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/a/spool", root);
	return 0;
}

static inline int
tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) == 0 ? 0 : -1;
}

static inline struct spool_header
header_of(const char *caller)
{
	struct spool_header h = {.culture = "en-US", .generation = 7, .call_answering = true};
	snprintf(h.caller_id, sizeof(h.caller_id), "%s", caller);
	strcpy(h.recipient_name, "3500");
	strcpy(h.recipient_address, "3500@example.com");
	strcpy(h.call_id, "b7c41d0-a0200c0-13c4");
	spool_guid(&h);
	return h;
}

static inline char *
path_of(const struct spool_header *h, const char *suffix)
{
	static char path[2][256];
	static int turn;
	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), "%s/%s%s", dir, h->guid, suffix);
	return path[turn];
}

static inline bool
is_there(const struct spool_header *h, const char *suffix)
{
	return access(path_of(h, suffix), F_OK) == 0;
}

static inline unsigned
files(void)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static inline const char *
text_of(const struct spool_header *h)
{
	static char text[8192];
	FILE *f = fopen(path_of(h, ".txt"), "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* The committed sound is `n` samples that count up from 0. */
static inline void
check_sound(const struct spool_header *h, size_t n)
{
	char line[256];
	struct buf why = BUF(line);
	struct prompt p;
	if (prompt_load(path_of(h, ".wav"), &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++)
		if (p.samples[i] != (int16_t)i)
			fail_msg("sample %zu is %d", i, p.samples[i]);
	prompt_free(&p);
}

static inline struct spool_recording *
begin(const struct spool_header *h)
{
	struct spool_recording *r;
	int e = spool_begin(dir, h, &r);
	if (e != 0)
		fail_msg("spool_begin: %s", strerror(-e));
	return r;
}

/* Appends samples that count up, in pieces of half a second. */
static inline int
append(struct spool_recording *r, size_t n)
{
	int16_t piece[SECOND / 2];
	int e = 0;
	for (size_t at = 0; at < n && e == 0; at += SECOND / 2) {
		size_t some = n - at < SECOND / 2 ? n - at : SECOND / 2;
		for (size_t i = 0; i < some; i++)
			piece[i] = (int16_t)(at + i);
		e = spool_append(r, piece, some);
	}
	return e;
}

#endif
