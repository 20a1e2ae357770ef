/* test_mail_text: what messages say: every cell of every language, numbers and plurals, lines that
 * fit, and nothing of a caller's that becomes markup or a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ipc/base/clean.h"
#include "worker/mail_text.h"
#include "worker/mail_words.h"

static char space[MAIL_BODY_MAX];
static struct mail_facts f;

typedef void text_fn(const struct mail_facts *facts, struct buf *out);

static const char *
text_of(text_fn *make)
{
	struct buf out = BUF(space);
	make(&f, &out);
	assert_false(out.full);
	return buf_cstr(&out);
}

static const char *
file_of(const char *suffix)
{
	struct buf out = BUF(space);
	mail_text_file(&f, suffix, &out);
	return buf_cstr(&out);
}

static int
set_up(void **state)
{
	(void)state;
	f = (struct mail_facts){
	    .seconds = 3,
	    .culture = "en-GB",
	    .name = "",
	    .number = "7125550123",
	    .dial = "",
	    .recipient = "Tony Smith",
	    .note = "",
	    .when = {.tm_year = 126,
		     .tm_mon = 0,
		     .tm_mday = 31,
		     .tm_hour = 13,
		     .tm_min = 5,
		     .tm_gmtoff = 3600,
		     .tm_zone = "CET"},
	};
	return 0;
}

/* What must be in a pattern, and what may be: anything else in braces would be shown as nothing. */
static const struct {
	enum mail_cell first, last;
	const char *must[5];
} wants[] = {
    {MAIL_VOICE_SUBJECT, MAIL_VOICE_SUBJECT, {"{caller}", "{length}"}},
    {MAIL_VOICE_SUBJECT_UNKNOWN, MAIL_VOICE_SUBJECT_UNKNOWN, {"{length}"}},
    {MAIL_MISSED_SUBJECT, MAIL_MISSED_SUBJECT, {"{caller}"}},
    {MAIL_MISSED_SUBJECT_UNKNOWN, MAIL_MISSED_SUBJECT_UNKNOWN, {NULL}},
    {MAIL_FILE, MAIL_FILE, {"{caller}", "{length}"}},
    {MAIL_FILE_UNKNOWN, MAIL_FILE_UNKNOWN, {"{length}"}},
    {MAIL_VOICE, MAIL_VOICE, {"{caller}"}},
    {MAIL_VOICE_UNKNOWN, MAIL_VOICE_UNKNOWN, {NULL}},
    {MAIL_MISSED, MAIL_MISSED, {"{caller}"}},
    {MAIL_MISSED_UNKNOWN, MAIL_INTERRUPTED, {NULL}},
    {MAIL_TIME, MAIL_TIME, {"{day}", "{month}", "{year}", "{hour}", "{minute}"}},
};

static size_t
braces_in(const char *pattern)
{
	size_t n = 0;
	for (; *pattern != '\0'; pattern++)
		n += *pattern == '{';
	return n;
}

static void
check_cell(const struct mail_words *w, enum mail_cell cell)
{
	const char *text = w->cells[cell];
	bool known = false;
	if (text == NULL || text[0] == '\0')
		fail_msg("%s: cell %d is empty", w->language, cell);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		size_t n = 0;
		if (cell < wants[i].first || cell > wants[i].last)
			continue;
		known = true;
		for (; n < 5 && wants[i].must[n] != NULL; n++)
			if (strstr(text, wants[i].must[n]) == NULL)
				fail_msg("%s: no %s in \"%s\"", w->language, wants[i].must[n],
					 text);
		assert_int_equal(braces_in(text), n);
	}
	assert_true(known);
}

static void
is_clean(const char *text)
{
	char copy[MAIL_LINE_MAX];
	assert_non_null(text);
	assert_true(text[0] != '\0');
	clean_text(slice_str(text), copy, sizeof(copy));
	assert_string_equal(text, copy);
}

static void
test_every_cell(void **state)
{
	const struct mail_words *w;
	unsigned rows = 0;
	(void)state;
	for (; (w = mail_words_row(rows)) != NULL; rows++) {
		assert_int_equal(strlen(w->language), 2);
		for (int c = 0; c < MAIL_CELLS; c++) {
			check_cell(w, (enum mail_cell)c);
			is_clean(w->cells[c]);
		}
		for (int m = 0; m < 12; m++)
			is_clean(w->months[m]);
		for (int u = 0; u < MAIL_UNITS; u++)
			for (int p = 0; p < MAIL_PLURALS; p++)
				is_clean(w->units[u][p]);
		for (unsigned other = 0; other < rows; other++)
			assert_string_not_equal(w->language, mail_words_row(other)->language);
	}
	assert_true(rows >= 6);
}

static void
test_cultures(void **state)
{
	static const char *const rows[][2] = {
	    {"en-US", "en"}, {"de-AT", "de"}, {"DE", "de"},    {"fr_CA", "fr"}, {"es-MX", "es"},
	    {"it-IT", "it"}, {"nl-BE", "nl"}, {"pt-BR", "pt"}, {"pl", "pl"},    {"", "en"},
	    {"xx-YY", "en"}, {"d", "en"},     {"deu", "en"},   {"-", "en"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(mail_words_of(rows[i][0])->language, rows[i][1]);
}

static const struct {
	const char *culture;
	uint32_t seconds;
	const char *subject;
} subjects[] = {
    {"en-US", 3, "Voice Mail from 7125550123 (3 seconds)"},
    {"en-US", 1, "Voice Mail from 7125550123 (1 second)"},
    {"en-US", 65, "Voice Mail from 7125550123 (1 minute 5 seconds)"},
    {"en-US", 120, "Voice Mail from 7125550123 (2 minutes)"},
    {"en-US", 3601, "Voice Mail from 7125550123 (1 hour 1 second)"},
    {"de-DE", 61, "Sprachnachricht von 7125550123 (1 Minute 1 Sekunde)"},
    {"de-DE", 7322, "Sprachnachricht von 7125550123 (2 Stunden 2 Minuten 2 Sekunden)"},
    {"fr-FR", 0, "Message vocal de 7125550123 (0 seconde)"},
    {"fr-FR", 2, "Message vocal de 7125550123 (2 secondes)"},
    {"es-ES", 121, "Mensaje de voz de 7125550123 (2 minutos 1 segundo)"},
    {"it-IT", 3660, "Messaggio vocale da 7125550123 (1 ora 1 minuto)"},
    {"nl-NL", 7201, "Spraakbericht van 7125550123 (2 uur 1 seconde)"},
    {"pt-PT", 1, "Mensagem de voz de 7125550123 (1 segundo)"},
    {"pl-PL", 1, "Wiadomość głosowa od 7125550123 (1 sekunda)"},
    {"pl-PL", 23, "Wiadomość głosowa od 7125550123 (23 sekundy)"},
    {"pl-PL", 13, "Wiadomość głosowa od 7125550123 (13 sekund)"},
    {"pl-PL", 21, "Wiadomość głosowa od 7125550123 (21 sekund)"},
};

static void
test_subjects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		f.culture = subjects[i].culture;
		f.seconds = subjects[i].seconds;
		assert_string_equal(text_of(mail_text_subject), subjects[i].subject);
	}
}

static void
test_who_called(void **state)
{
	(void)state;
	assert_string_equal(text_of(mail_text_caller), "7125550123");
	f.name = "Ann {length} Lee";
	assert_string_equal(text_of(mail_text_caller), "Ann {length} Lee");
	assert_string_equal(text_of(mail_text_subject),
			    "Voice Mail from Ann {length} Lee (3 seconds)");
	f.missed = true;
	assert_string_equal(text_of(mail_text_subject), "Missed Call from Ann {length} Lee");
	f.name = f.number = "";
	assert_string_equal(text_of(mail_text_subject), "Missed Call");
	assert_string_equal(text_of(mail_text_caller), "Unknown caller");
	f.missed = false;
	assert_string_equal(text_of(mail_text_subject), "Voice Mail (3 seconds)");
}

static void
test_file_names(void **state)
{
	(void)state;
	assert_string_equal(file_of(".wav"), "7125550123 (3 seconds) Voice Mail.wav");
	f.culture = "de";
	assert_string_equal(file_of(".mp3"), "7125550123 (3 Sekunden) Sprachnachricht.mp3");
	f.name = "not in the name of a file";
	f.number = "../a\\b:c*\"<>|%2f;x?";
	assert_string_equal(file_of(".wav"),
			    "_._a_b_c______2f_x_ (3 Sekunden) Sprachnachricht.wav");
	f.number = "";
	assert_string_equal(file_of(".wav"), "(3 Sekunden) Sprachnachricht.wav");
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void
has_not(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" in:\n%s", part, text);
}

static void
test_plain(void **state)
{
	(void)state;
	f.name = "Ann Lee";
	f.important = f.interrupted = true;
	f.note = "Help: 2000";
	assert_string_equal(text_of(mail_text_plain),
			    "You have a voice message from Ann Lee.\n"
			    "\n"
			    "Caller: Ann Lee\n"
			    "Number: 7125550123\n"
			    "For: Tony Smith\n"
			    "Time: 31 January 2026, 13:05 CET (UTC+01:00)\n"
			    "Length: 3 seconds\n"
			    "\n"
			    "The caller marked this message as important.\n"
			    "\n"
			    "The recording was interrupted: its end may be missing.\n"
			    "\n"
			    "Help: 2000\n");
	f.missed = f.private_ = true;
	f.important = f.interrupted = false;
	f.name = f.number = f.recipient = f.note = "";
	f.when.tm_year = -1;
	assert_string_equal(text_of(mail_text_plain),
			    "You missed a call from an unknown caller.\n"
			    "\n\n"
			    "The caller marked this message as private.\n");
}

static void
test_times(void **state)
{
	(void)state;
	f.culture = "en-US";
	has(text_of(mail_text_plain), "January 31, 2026, 1:05 PM CET (UTC+01:00)\n");
	f.when.tm_hour = 0;
	f.when.tm_gmtoff = -(3 * 3600 + 1800);
	f.when.tm_zone = "-0330";
	has(text_of(mail_text_plain), "January 31, 2026, 12:05 AM (UTC-03:30)\n");
	f.culture = "es";
	f.when.tm_gmtoff = 0;
	f.when.tm_zone = "UTC";
	has(text_of(mail_text_plain), "31 de enero de 2026, 00:05 UTC\n");
	f.culture = "de";
	f.when.tm_zone = "GMT";
	f.when.tm_mon = 2;
	has(text_of(mail_text_plain), "31. März 2026, 00:05 GMT (UTC)\n");
}

static void
lines_fit(const char *text)
{
	size_t columns = 0;
	for (; *text != '\0'; text++) {
		columns = *text == '\n' ? 0 : columns + (((unsigned char)*text & 0xc0) != 0x80);
		assert_in_range(columns, 0, MAIL_WIDTH);
	}
}

static void
test_long_lines(void **state)
{
	char word[MAIL_NAME_MAX], wide[MAIL_NAME_MAX] = "", note[MAIL_NOTE_MAX] = "";
	const struct mail_words *w;
	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (int i = 0; i < 63; i++)
		strcat(wide, "\xc3\xa9");
	for (int i = 0; i < 512; i++)
		strcat(note, i % 50 == 49 ? " " : "\xf0\x9f\x93\x9e");
	f.name = word;
	f.number = f.recipient = wide;
	f.note = note;
	f.important = f.private_ = f.interrupted = true;
	f.seconds = 5025;
	for (unsigned i = 0; (w = mail_words_row(i)) != NULL; i++) {
		f.culture = w->language;
		lines_fit(text_of(mail_text_plain));
		text_of(mail_text_html);
		f.missed = !f.missed;
		lines_fit(text_of(mail_text_plain));
	}
}

static void
test_html(void **state)
{
	const char *html;
	(void)state;
	f.name = "</title><script>\"x\" & 'y'";
	f.number = "+31201234567";
	f.note = "<b>note</b>";
	html = text_of(mail_text_html);
	has_not(html, "<script");
	has_not(html, "<b>");
	has(html, "&lt;/title&gt;&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;");
	has(html, "<a href=\"tel:+31201234567\"><bdi>+31201234567</bdi></a>");
	has(html, "<html lang=\"en\">");
	has(html, "content=\"light dark\"");
	f.number = "2101";
	f.dial = "+31201232101";
	has(text_of(mail_text_html), "<a href=\"tel:+31201232101\"><bdi>2101</bdi></a>");
	f.dial = "";
	f.number = "javascript:1";
	has_not(text_of(mail_text_html), "href");
	f.number = "123456789012345678901"; /* nothing that can be dialled */
	has_not(text_of(mail_text_html), "href");
	f.number = "+";
	has_not(text_of(mail_text_html), "href");
	f.culture = "\"><x";
	has_not(text_of(mail_text_html), "<x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_every_cell, set_up),
	    cmocka_unit_test_setup(test_cultures, set_up),
	    cmocka_unit_test_setup(test_subjects, set_up),
	    cmocka_unit_test_setup(test_who_called, set_up),
	    cmocka_unit_test_setup(test_file_names, set_up),
	    cmocka_unit_test_setup(test_plain, set_up),
	    cmocka_unit_test_setup(test_times, set_up),
	    cmocka_unit_test_setup(test_long_lines, set_up),
	    cmocka_unit_test_setup(test_html, set_up),
	};
	return cmocka_run_group_tests_name("mail_text", tests, NULL, NULL);
}
