/* test_command: lines of an operator, good and bad; the table agrees with itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/command.h"

static struct command_call call;
static char say[COMMAND_SAY];

static int
parse(const char *line)
{
	return command_parse(slice_str(line), &call, say);
}

/* `line` is refused with exactly these words. */
static void
refused(const char *line, const char *why)
{
	assert_int_equal(parse(line), -EINVAL);
	assert_string_equal(say, why);
}

static void
commands_and_options(void **state)
{
	(void)state;
	assert_int_equal(parse("status"), 0);
	assert_int_equal(call.command, COMMAND_STATUS);
	assert_false(call.json);
	assert_int_equal(parse("  --json\tstatus \r"), 0);
	assert_true(call.json);
	assert_int_equal(parse("status --json"), 0);
	assert_true(call.json);

	assert_int_equal(parse("recycle --reason \"disk \\\"A\\\\B\\\" full\" --wait --now"), 0);
	assert_int_equal(call.command, COMMAND_RECYCLE);
	assert_string_equal(command_value(&call, "--reason"), "disk \"A\\B\" full");
	assert_true(command_flag(&call, "--wait"));
	assert_true(command_flag(&call, "--now"));
	assert_false(command_flag(&call, "--when-idle"));
	assert_null(command_value(&call, "--when-idle"));

	assert_int_equal(parse("recycle --reason --json"), 0);
	assert_string_equal(command_value(&call, "--reason"), "--json");
	assert_false(call.json);
	assert_int_equal(parse("recycle --reason \"\""), 0);
	assert_string_equal(command_value(&call, "--reason"), "");
}

static void
longer_words_win(void **state)
{
	(void)state;
	assert_int_equal(parse("recycle --cancel"), 0);
	assert_int_equal(call.command, COMMAND_RECYCLE_CANCEL);
	assert_int_equal(parse("trunks"), 0);
	assert_int_equal(call.command, COMMAND_TRUNKS);
	assert_null(command_value(&call, "NAME"));
	assert_int_equal(parse("trunks cs1000"), 0);
	assert_int_equal(call.command, COMMAND_TRUNKS);
	assert_string_equal(command_value(&call, "NAME"), "cs1000");
	assert_int_equal(parse("trunks reset cs1000"), 0);
	assert_int_equal(call.command, COMMAND_TRUNKS_RESET);
	assert_string_equal(command_value(&call, "NAME"), "cs1000");
	assert_int_equal(parse("log debug"), 0);
	assert_string_equal(command_value(&call, "LEVEL"), "debug");
	assert_null(command_value(&call, "ROOM"));
	assert_int_equal(parse("log debug flow"), 0);
	assert_string_equal(command_value(&call, "ROOM"), "flow");
}

static void
what_is_wrong(void **state)
{
	(void)state;
	refused("", "no command; \"help\" lists them");
	refused("--json", "no command; \"help\" lists them");
	refused("dance", "no command \"dance\"; \"help\" lists them");
	assert_int_equal(call.command, COMMAND_COUNT);
	refused("statu", "no command \"statu\"; \"help\" lists them");
	refused("status now", "status: \"now\" is one word too many");
	assert_int_equal(call.command, COMMAND_STATUS);
	refused("status --now", "status: no option --now");
	refused("trunks reset", "trunks reset: NAME is missing");
	refused("log", "log: LEVEL is missing");
	refused("log a b c", "log: \"c\" is one word too many");
	refused("recycle --reason", "recycle: --reason needs a value");
	refused("recycle --wait --wait", "recycle: --wait is given twice");
	refused("recycle --now --when-idle", "recycle: --now and --when-idle exclude each other");
	refused("recycle --when-idle --now", "recycle: --when-idle and --now exclude each other");
	refused("recycle --wait=1", "recycle: no option --wait=1");
	refused("recycle --reason \"open", "a quote (\") is not closed");
	refused("status \x1b[2J", "control byte 0x1b at column 8");
	refused("a b c d e f g h i j k l m n o p q", "more than 16 words");
}

static void
long_lines(void **state)
{
	char line[CMDLINE_MAX + 2];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "trunks reset ", 13);
	line[CMDLINE_MAX] = '\0';
	assert_int_equal(parse(line), 0);
	assert_int_equal(strlen(command_value(&call, "NAME")), CMDLINE_MAX - 13);
	line[CMDLINE_MAX] = 'x';
	line[CMDLINE_MAX + 1] = '\0';
	refused(line, "the command line is longer than 1024 bytes");
	memset(line, 'y', 200);
	line[200] = '\0';
	assert_int_equal(parse(line), -EINVAL); /* and what is said fits */
	assert_true(strlen(say) < 130);
}

static void
quoting_gives_back(void **state)
{
	static const char *const words[] = {"plain",         "",       "two words", "a\"b",
					    "back\\slash\\", "--wait", "tab\there", "\xc3\xa4"};
	char text[256], store[CMDLINE_STORE];
	struct buf b = BUF(text);
	struct cmdline w;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		cmdline_quote(&b, words[i]);
		buf_str(&b, " ");
	}
	assert_int_equal(cmdline_read((struct slice){b.p, b.n}, store, &w, say), 0);
	assert_int_equal(w.n, sizeof(words) / sizeof(words[0]));
	for (size_t i = 0; i < w.n; i++)
		assert_string_equal(w.word[i], words[i]);
}

static void
usage_and_help(void **state)
{
	char text[COMMAND_HELP_MAX];
	struct buf b = BUF(text);

	(void)state;
	command_usage(COMMAND_RECYCLE, &b);
	assert_string_equal(buf_cstr(&b), "recycle [--wait] [--now | --when-idle] [--reason TEXT]");
	b.n = 0;
	assert_int_equal(command_help("trunks", &b), 2);
	assert_string_equal(
	    buf_cstr(&b), "  trunks reset NAME\n"
			  "      forget what a trunk was recognised as, and what it has taught "
			  "in mode auto\n"
			  "  trunks [NAME]\n      the trunks, how each is served and why; or one, "
			  "with all its settings\n");
	b.n = 0;
	assert_int_equal(command_help("trunk", &b), 0);
	assert_int_equal(command_help(NULL, &b), COMMAND_COUNT);
	assert_false(b.full);
	assert_int_equal(command_kind(COMMAND_STATUS), SHOWS);
	assert_int_equal(command_kind(COMMAND_STOP), CHANGES);
	assert_int_equal(command_kind(COMMAND_COUNT), SHOWS);
}

/* Each row of the table is reached by its own words, with its arguments in its own grammar's
 * order: no row hides another. */
static void
every_row_is_reached(void **state)
{
	static const struct {
		const char *words, *grammar;
	} rows[] = {
#define X(id, handler, kind, words, grammar, help) {words, grammar},
	    COMMANDS(X)
#undef X
	};
	char line[256];

	(void)state;
	for (int c = 0; c < COMMAND_COUNT; c++) {
		struct buf b = BUF(line);

		buf_str(&b, rows[c].words);
		for (const char *g = rows[c].grammar; *g != '\0'; g += strcspn(g, " ")) {
			while (*g == ' ')
				g++;
			if (*g == '[')
				break;
			buf_str(&b, " x");
		}
		if (parse(buf_cstr(&b)) != 0 || (int)call.command != c)
			fail_msg("\"%s\": command %d, wanted %d: %s", line, call.command, c, say);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands_and_options), cmocka_unit_test(longer_words_win),
	    cmocka_unit_test(what_is_wrong),        cmocka_unit_test(long_lines),
	    cmocka_unit_test(quoting_gives_back),   cmocka_unit_test(usage_and_help),
	    cmocka_unit_test(every_row_is_reached),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
