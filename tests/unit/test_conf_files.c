/* test_conf_files: what is shipped beside the program says what the key table says: both
 * configuration files can be read, and conf/example.conf and docs/configuration.md name every key
 * with its default and its help.  Runs in the root of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

/* The whole file, NUL-terminated; freed by the caller. */
static char *
load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 18);

	assert_non_null(f);
	assert_in_range(fread(text, 1, (1 << 18) - 1, f), 1, (1 << 18) - 2);
	fclose(f);
	return text;
}

/* Runs of blanks, line ends and comment signs become one blank, so that a text is found however
 * it is wrapped. */
static void
flatten(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		bool gap = *p == ' ' || *p == '\t' || *p == '\n' || (*p == '#' && p[1] == ' ');

		if (!gap)
			*to++ = *p;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

static struct conf *
must_read(const char *path)
{
	char text[8192];
	struct buf errors = BUF(text);
	struct conf *c = NULL;

	if (conf_read(path, &errors, &c) != 0)
		fail_msg("%s", buf_cstr(&errors));
	return c;
}

static void
test_demo(void **state)
{
	struct conf *c = must_read("conf/demo.conf");
	struct door_spec doors[CONF_DOORS];

	(void)state;
	assert_int_equal(conf_doors(c, doors), 6);
	for (size_t i = 0; i < 6; i++)
		assert_true(addr_is_loopback(&doors[i].local));
	assert_int_equal(c->ntrunk, 3);
	assert_int_equal(c->trunk[0].mode, TRUNK_PROXY);
	assert_int_equal(c->trunk[1].mode, TRUNK_REDIRECT);
	assert_int_equal(c->trunk[2].mode, TRUNK_AUTO);
	assert_int_equal(strncmp(c->recording.spool, "run/", 4), 0);
	assert_int_equal(strncmp(c->control.socket, "run/", 4), 0);
	assert_int_equal(strncmp(c->state.directory, "run/", 4), 0);
	free(c);
}

/* The part of `text` from the heading "[section" to the next heading, flattened; freed by the
 * caller. */
static char *
part(const char *text, const char *heading, const char *next)
{
	const char *from = strstr(text, heading), *to;
	char *copy;

	if (!from)
		fail_msg("there is no \"%s\"", heading);
	to = strstr(from + 1, next);
	copy = strndup(from, to ? (size_t)(to - from) : strlen(from));
	flatten(copy);
	return copy;
}

static void
must_say(const char *text, const char *what, const struct conf_key *k, const char *where)
{
	if (!strstr(text, what))
		fail_msg("%s: %s: there is no \"%s\"", where, k->name, what);
}

/* Each key is there under its section: help, then the key with its default as a comment; or
 * without the sign where the example must say something of its own. */
static void
test_example(void **state)
{
	char *text = load("conf/example.conf");

	(void)state;
	free(must_read("conf/example.conf"));
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		bool own = !k->preset || !strcmp(k->name, "trunk.source") ||
			   !strcmp(k->name, "trunk.profile") || !strcmp(k->name, "trunk.domain");
		char heading[64], line[1024];
		char *section;

		snprintf(heading, sizeof(heading), "\n[%s%s", k->section,
			 keys_named(k) ? " " : "]");
		section = part(text, heading, "\n[");
		if (own)
			snprintf(line, sizeof(line), "%s %s = ", k->help, k->key);
		else if (k->preset[0])
			snprintf(line, sizeof(line), "%s #%s = %s ", k->help, k->key, k->preset);
		else
			snprintf(line, sizeof(line), "%s #%s = ", k->help, k->key);
		must_say(section, line, k, "conf/example.conf");
		free(section);
	}
	free(text);
}

/* The document's row of a key, to the letter. */
static void
test_document(void **state)
{
	static const char *const needs[] = {
	    [CONF_LIVE] = "reload", [CONF_WORKER] = "new workers", [CONF_RESTART] = "restart"};
	char *text = load("docs/configuration.md");

	(void)state;
	for (size_t i = 0; i < conf_nkeys; i++) {
		const struct conf_key *k = &conf_keys[i];
		char heading[64], line[2048], right[512], preset[128];
		struct buf hint = BUF(right);
		char *section;

		snprintf(heading, sizeof(heading), "\n### [%s%s]", k->section,
			 keys_named(k) ? " NAME" : "");
		section = part(text, heading, "\n##");
		value_hint(k, &hint);
		snprintf(preset, sizeof(preset), "`%s`", k->preset ? k->preset : "");
		snprintf(line, sizeof(line), "| `%s` | %s | %s | %s | %s |", k->key,
			 !k->preset     ? "must be given"
			 : k->preset[0] ? preset
					: "nothing",
			 buf_cstr(&hint), needs[k->change], k->help);
		must_say(section, line, k, "docs/configuration.md");
		free(section);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_demo),
	    cmocka_unit_test(test_example),
	    cmocka_unit_test(test_document),
	};

	return cmocka_run_group_tests_name("conf_files", tests, NULL, NULL);
}
