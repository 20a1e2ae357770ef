/* test_prompts: manifests in every form, the shipped ones with the recordings that they name, which
 * set a language gets, and what is said of a fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/prompt.h"
#include "worker/prompts.h"

#define ENGLISH "/usr/share/asterisk/sounds/en_US_f_Allison/"

static char said[1024];

/* The shipped manifest with `from` replaced by `to`; static. */
static struct slice
changed(const char *from, const char *to)
{
	static char text[MANIFEST_TEXT_MAX], out[MANIFEST_TEXT_MAX];
	FILE *f = fopen("conf/prompts/en.conf", "r");
	struct buf b = BUF(out);
	const char *at;

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strstr(text, from);
	assert_non_null(at);
	buf_add(&b, text, (size_t)(at - text));
	buf_str(&b, to);
	buf_str(&b, at + strlen(from));
	assert_false(b.full);
	return (struct slice){out, b.n};
}

static void
test_manifest(void **state)
{
	struct buf why = BUF(said);
	struct manifest m;

	(void)state;
	assert_int_equal(manifest_read(changed("vm-intro", "a  b\tc"), &m, &why), 0);
	assert_true(slice_eq(m.folder, SLICE("/usr/share/asterisk/sounds/en_US_f_Allison")));
	assert_true(slice_eq(m.files[PROMPT_GREETING], SLICE("a  b\tc")));
	assert_int_equal(m.files[PROMPT_MENU_PRIVATE].n, 0);
	assert_true(slice_eq(m.files[PROMPT_NO_SERVICE], SLICE("ss-noservice")));
	assert_string_equal(manifest_name(PROMPT_NO_SERVICE), "no_service");
}

static void
test_faults(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
	    {"folder = ", "#", "folder: an absolute path is missing"},
	    {"folder = /", "folder = ", "folder: an absolute path is missing"},
	    {"greeting       =", "#", "greeting: missing"},
	    {"menu_private ", "#", "menu_private: missing"},
	    {"vm-msgsaved vm-goodbye", "", "saved: it must be said with something"},
	    {"unavailable    =", "unavailabel =", ": unavailabel: no prompt of ours"},
	    {"unavailable    =", "person = x\nunavailable =", ": person: said twice"},
	    {"unavailable    =", "unavailable", "\" is not NAME = FILE ..."},
	    {"unavailable    =", " =", " is not NAME = FILE ..."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf why = BUF(said);
		struct manifest m;

		assert_int_equal(manifest_read(changed(cases[i].from, cases[i].to), &m, &why),
				 -EINVAL);
		if (!strstr(buf_cstr(&why), cases[i].why))
			fail_msg("\"%s\" where \"%s\" belongs", said, cases[i].why);
	}
}

static struct conf *
settings(void)
{
	struct conf *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	strcpy(c->prompt.directory, "conf/prompts");
	strcpy(c->prompt.languages[0], "en");
	strcpy(c->prompt.languages[1], "es");
	strcpy(c->prompt.languages[2], "fr");
	c->prompt.nlanguages = 3;
	c->prompt.tone = 100;
	return c;
}

static struct prompts *
load(const struct conf *c)
{
	struct buf why = BUF(said);
	struct prompts *p = NULL;

	if (prompts_load(c, &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	assert_int_equal(why.n, 0);
	return p;
}

/* Samples of a WAV file, in whole packets of 20 ms. */
static size_t
packets_of(const char *path)
{
	struct buf why = BUF(said);
	struct prompt p;
	size_t n;

	if (prompt_load(path, &p, &why) != 0)
		fail_msg("%s", buf_cstr(&why));
	n = (p.n + 159) / 160 * 160;
	prompt_free(&p);
	return n;
}

static void
test_shipped(void **state)
{
	struct conf *c = settings();
	struct prompts *p = load(c);
	struct phrase words = {.n = 0};
	const struct prompt_set *s = prompts_in(p, "en-US");

	(void)state;
	for (unsigned id = 0; id < PROMPT_COUNT; id++)
		prompts_add(s, (enum prompt_id)id, &words);
	/* two have nothing, four two files, one three */
	assert_int_equal(words.n, PROMPT_COUNT - 2 + 4 + 2);
	words.n = 0;
	prompts_add(s, PROMPT_SAVED, &words);
	prompts_add_digits(s, "+4-9a", &words);
	prompts_add_tone(p, &words);
	prompts_add_wait(p, &words);
	assert_int_equal(words.n, 6);
	assert_int_equal(words.piece[0]->n, packets_of(ENGLISH "vm-msgsaved.wav"));
	assert_int_equal(words.piece[1]->n, packets_of(ENGLISH "vm-goodbye.wav"));
	assert_int_equal(words.piece[2]->n, packets_of(ENGLISH "digits/4.wav"));
	assert_int_equal(words.piece[3]->n, packets_of(ENGLISH "digits/9.wav"));
	assert_int_equal(words.piece[4]->n, 800);
	assert_int_equal(words.piece[5]->n, 40000);
	prompts_free(p);
	free(c);
}

static void
test_languages(void **state)
{
	struct conf *c = settings();
	struct prompts *p = load(c);

	(void)state;
	assert_ptr_equal(prompts_in(p, "fr"), prompts_in(p, "FR-ca"));
	assert_ptr_equal(prompts_in(p, "es-MX"), prompts_in(p, "es"));
	assert_ptr_equal(prompts_in(p, "nl-NL"), prompts_in(p, "en"));
	assert_ptr_equal(prompts_in(p, ""), prompts_in(p, "en"));
	assert_ptr_not_equal(prompts_in(p, "fr"), prompts_in(p, "en"));
	assert_ptr_not_equal(prompts_in(p, "fr"), prompts_in(p, "es"));
	prompts_free(p);
	free(c);
}

/* The configuration's own words, in every language. */
static void
test_own_words(void **state)
{
	struct conf *c = settings();
	struct phrase words = {.n = 0};
	struct prompts *p;

	(void)state;
	strcpy(c->prompt.greeting, ENGLISH "beep.wav");
	strcpy(c->prompt.no_service, ENGLISH "hello-world.wav");
	p = load(c);
	prompts_add(prompts_in(p, "fr"), PROMPT_GREETING, &words);
	prompts_add(prompts_in(p, "es"), PROMPT_NO_SERVICE, &words);
	assert_int_equal(words.n, 2);
	assert_int_equal(words.piece[0]->n, packets_of(ENGLISH "beep.wav"));
	assert_int_equal(words.piece[1]->n, packets_of(ENGLISH "hello-world.wav"));
	prompts_free(p);
	free(c);
}

static void
refuses(struct conf *c, const char *right)
{
	struct buf why = BUF(said);
	struct prompts *p = NULL;

	assert_true(prompts_load(c, &p, &why) < 0);
	assert_null(p);
	assert_string_equal(buf_cstr(&why), right);
	free(c);
}

static void
test_refused(void **state)
{
	struct conf *c = settings();

	(void)state;
	strcpy(c->prompt.languages[1], "xx");
	refuses(c, "prompt.languages: conf/prompts/xx.conf: No such file or directory");
	c = settings();
	strcpy(c->prompt.greeting, "/nonexistent.wav");
	refuses(c, "prompt.greeting: /nonexistent.wav: No such file or directory");
	c = settings();
	strcpy(c->prompt.no_service, "/nonexistent.wav");
	refuses(c, "prompt.no_service: /nonexistent.wav: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_manifest),  cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_shipped),   cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_own_words), cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("prompts", tests, NULL, NULL);
}
