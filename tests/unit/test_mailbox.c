/* test_mailbox: the mailbox file: what can be found after it has been read, and every fault with
 * its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/mailbox_file.h"

#define LEAST  "[listen]\naddress = 192.0.2.1\n[trunk pbx]\nsource = 10.0.0.0/8\n"
#define BERLIN "[dialplan berlin]\nextension_length = 4\nnumber_prefix = +49301234\n"
#define PARIS  "[dialplan paris]\nextension_length = 5\n"

static char said[8192];

static struct conf *
plans(const char *text)
{
	struct buf errors = BUF(said);
	struct conf *c = NULL;

	if (conf_read_text("test", slice_str(text), &errors, &c) != 0)
		fail_msg("%s", buf_cstr(&errors));
	return c;
}

/* A file that must be right. */
static struct mailbox_bytes
must_read(const struct conf *c, const char *text)
{
	struct buf errors = BUF(said);
	struct mailbox_bytes got;

	if (mailbox_file_text(c, "m.csv", slice_str(text), &errors, &got) != 0)
		fail_msg("%s", buf_cstr(&errors));
	assert_int_equal(errors.n, 0);
	return got;
}

static struct mailboxes
view(const struct mailbox_bytes *b)
{
	struct mailboxes m;

	assert_int_equal(mailboxes_open(b->p, b->n, &m), 0);
	return m;
}

/* The name of the mailbox that has the number; "-": nobody has. */
static const char *
who(const struct mailbox_bytes *b, const char *plan, const char *number)
{
	struct mailboxes m = view(b);
	struct mailbox found;

	return mailboxes_find(&m, plan, number, &found) ? found.name : "-";
}

static void
test_found(void **state)
{
	struct conf *c = plans(LEAST BERLIN PARIS);
	struct mailbox_bytes b =
	    must_read(c, "\xef\xbb\xbfName;Extension;X-Room;Address;Numbers;dialplan;LANGUAGE;"
			 "max_recording;greeting\r\n"
			 "\r\n"
			 "\"M\xc3\xbcller; \"\"Anna\"\"\";2101;4.11;anna@example.com;"
			 "\"+49 30 1234-2101, 030 1234-2199; 0171\";berlin;de-DE;90s;Named\r\n"
			 " Bob ;2102;;;;berlin;;;/srv/g \xc3\xa4.wav\r\n"
			 "Chlo\xc3\xa9;21010;;;2101;paris;;;default");
	struct mailboxes m = view(&b);
	struct mailbox found;

	(void)state;
	assert_int_equal(b.count, 3);
	assert_true(mailboxes_find(&m, "berlin", "2101", &found));
	assert_string_equal(found.extension, "2101");
	assert_string_equal(found.name, "M\xc3\xbcller; \"Anna\"");
	assert_string_equal(found.address, "anna@example.com");
	assert_string_equal(found.language, "de-DE");
	assert_string_equal(found.greeting, MAILBOX_NAMED);
	assert_int_equal(found.max_recording, 90000);
	assert_true(mailboxes_find(&m, "berlin", "2102", &found));
	assert_string_equal(found.name, "Bob");
	assert_string_equal(found.address, "");
	assert_string_equal(found.language, "");
	assert_string_equal(found.greeting, "/srv/g \xc3\xa4.wav");
	assert_int_equal(found.max_recording, 0);
	assert_true(mailboxes_find(&m, "paris", "21010", &found));
	assert_string_equal(found.greeting, "");
	assert_string_equal(who(&b, "berlin", "03012342199"), "M\xc3\xbcller; \"Anna\"");
	assert_string_equal(who(&b, "berlin", "0171"), "M\xc3\xbcller; \"Anna\"");
	assert_string_equal(who(&b, "paris", "21010"), "Chlo\xc3\xa9");
	assert_string_equal(who(&b, "paris", "2101"), "Chlo\xc3\xa9");
	assert_string_equal(who(&b, "berlin", "21010"), "-");
	assert_string_equal(who(&b, "berlin", ""), "-");
	assert_string_equal(who(&b, "rome", "2101"), "-");
	free(b.p);
	free(c);
}

/* The only plan need not be named. */
static void
test_least(void **state)
{
	struct conf *c = plans(LEAST BERLIN);
	struct mailbox_bytes b = must_read(c, "extension\n2101\n2102");

	(void)state;
	assert_int_equal(b.count, 2);
	assert_string_equal(who(&b, "berlin", "2102"), "");
	assert_string_equal(who(&b, "berlin", "2103"), "-");
	free(b.p);
	b = must_read(c, "extension\tname\n2101\tA, B\n");
	assert_string_equal(who(&b, "berlin", "2101"), "A, B");
	free(b.p);
	free(c);
}

#define HASH                                                                                    \
	"$6$abcdefghijkl$ONGzXPaNcIXQVulVJ8ZrI/xDSDlU7TDwFH5bChdu41gMmYOW3vqHjPBOFj7fRLbYFGr65" \
	"XoLg7hSJMIryTx4Y."

/* A plan whose only mailbox with a PIN is left out has none. */
static void
test_pins(void **state)
{
	struct conf *c = plans(LEAST BERLIN PARIS);
	struct mailbox_bytes b = must_read(c, "extension,dialplan,pin\n2101,berlin," HASH
					      "\n2102,berlin,\n44101,paris,\n");
	struct mailboxes m = view(&b);
	struct buf errors = BUF(said);
	struct mailbox found;

	(void)state;
	assert_true(mailboxes_find(&m, "berlin", "2101", &found));
	assert_string_equal(found.pin, HASH);
	assert_true(mailboxes_find(&m, "berlin", "2102", &found));
	assert_string_equal(found.pin, "");
	assert_true(mailboxes_have_pins(&m, "berlin"));
	assert_false(mailboxes_have_pins(&m, "paris"));
	assert_false(mailboxes_have_pins(&m, "rome"));
	free(b.p);
	assert_int_equal(
	    mailbox_file_text(c, "m.csv",
			      SLICE("extension,dialplan,numbers,pin\n2101,berlin,2103,\n"
				    "2102,berlin,\"2103,2101\"," HASH "\n"),
			      &errors, &b),
	    -EINVAL);
	m = view(&b);
	assert_false(mailboxes_have_pins(&m, "berlin"));
	free(b.p);
	free(c);
}

static const struct {
	const char *text, *fault;
} faults[] = {
    {"", "m.csv: there is nothing in it; a row with the titles of the columns"},
    {"\n\n", "m.csv: there is nothing in it"},
    {"name\nAnna\n", "m.csv:1: there is no column extension"},
    {"extension\n2101\n", "m.csv:1: there is no column dialplan, and there are several"},
    {"extension,dialplan\n\n", "m.csv: there is no mailbox in it; a row for each"},
    {"\nextension,dialplan,adress\n",
     "m.csv:2: \"adress\" is no column of ours; one of dialplan, extension, numbers, name, "
     "address, "
     "language, greeting, pin, max_recording, or x-NAME for one that is to be passed over"},
    {"extension,dialplan,Extension\n", "m.csv:1: column extension is there twice; one of them"},
    {"extension,dialplan\n2101\n", "m.csv:2: 1 cells; 2, as in the title row"},
    {"extension,dialplan\n2101,berlin,\n", "m.csv:2: 3 cells; 2, as in the title row"},
    {"extension,dialplan\n2101,rome\n", "m.csv:2: dialplan: \"rome\" is not right; the name of a "
					"[dialplan NAME] of the configuration"},
    {"extension,dialplan\n2101,\n", "m.csv:2: dialplan: \"\" is not right"},
    {"extension,dialplan\n,berlin\n",
     "m.csv:2: extension: \"\" is not right; 4 digits, as in dialplan berlin"},
    {"extension,dialplan\n21010,berlin\n", "m.csv:2: extension: \"21010\" is not right; 4 digits"},
    {"extension,dialplan\n21x1,berlin\n", "m.csv:2: extension: \"21x1\" is not right; 4 digits"},
    {"extension,dialplan,numbers\n2101,berlin,\"12; a@b\"\n",
     "m.csv:2: numbers: \"a@b\" is not right; numbers, with ',', ';' or '|' between them"},
    {"extension,dialplan,numbers\n2101,berlin,1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17\n",
     "m.csv:2: numbers: \"17\" is not right; it is one too many; at most 16"},
    {"extension,dialplan,name\n2101,berlin,M\xfcller\n",
     "m.csv:2: name: \"M?ller\" is not right; text in UTF-8"},
    {"extension,dialplan,name\n2101,berlin,\"An\nna\"\n2102,rome,\n",
     "m.csv:2: name: \"An?na\" is not right; text in UTF-8, at most 255 bytes of it\n"
     "m.csv:4: dialplan: \"rome\""},
    {"extension,dialplan,address\n2101,berlin,Anna <a@b.c>\n",
     "m.csv:2: address: \"Anna <a@b.c>\" is not right; a mail address like anna@example.com"},
    {"extension,dialplan,address\n2101,berlin,a@b@c\n", "m.csv:2: address: \"a@b@c\""},
    {"extension,dialplan,address\n2101,berlin,@b\n", "m.csv:2: address: \"@b\""},
    {"extension,dialplan,address\n2101,berlin,..@b\n", "m.csv:2: address: \"..@b\""},
    {"extension,dialplan,address\n2101,berlin,a.@b\n", "m.csv:2: address: \"a.@b\""},
    {"extension,dialplan,address\n2101,berlin,a@b_c\n", "m.csv:2: address: \"a@b_c\""},
    {"extension,dialplan,address\n2101,berlin,a@b..c\n", "m.csv:2: address: \"a@b..c\""},
    {"extension,dialplan,address\n2101,berlin,a@[192.0.2.1]\n", "m.csv:2: address: "},
    {"extension,dialplan,address\n2101,berlin,a@\n", "m.csv:2: address: \"a@\""},
    {"extension,dialplan,address\n2101,berlin,\"\"\"a\"\"@b\"\n", "m.csv:2: address: "},
    {"extension,dialplan,language\n2101,berlin,d\xc3\xa9\n", "m.csv:2: language: \"d??\""},
    {"extension,dialplan,language\n2101,berlin,a-very-long-tongue\n", "m.csv:2: language: "},
    {"extension,dialplan,greeting\n2101,berlin,own.wav\n",
     "m.csv:2: greeting: \"own.wav\" is not right; default, named, or the absolute path of a WAV "
     "file"},
    {"extension,dialplan,greeting\n2101,berlin,/\xff.wav\n", "m.csv:2: greeting: "},
    {"extension,dialplan,pin\n2101,berlin,482913\n",
     "m.csv:2: pin: a PIN in the clear; its hash, as mkpasswd makes it\n"},
    {"extension,dialplan,pin\n2101,berlin,$6$ab$cd\n",
     "m.csv:2: pin: not a hash of ours; one as mkpasswd makes it, which begins with $y$, $gy$, "
     "$2b$, $6$ or $5$\n"},
    {"extension,dialplan,max_recording\n2101,berlin,90\n",
     "m.csv:2: max_recording: \"90\" is not right; a number with s, m or h from 1s to 20m "
     "(recording.max_duration)"},
    {"extension,dialplan,max_recording\n2101,berlin,21m\n", "m.csv:2: max_recording: \"21m\""},
    {"extension,dialplan,max_recording\n2101,berlin,0\n", "m.csv:2: max_recording: \"0\""},
    {"extension,dialplan\n2101,berlin\n2102,berlin\n2101,berlin\n",
     "m.csv:4: 2101 is a number of line 2 too; one mailbox for each"},
    {"extension,dialplan,numbers\n2101,berlin,\n2102,berlin,+493012342101\n",
     "m.csv:3: 2101 is a number of line 2 too; one mailbox for each"},
    {"extension,dialplan\n\"2101\"x,berlin\n", "m.csv:2: a quotation mark in the middle of a cell"},
    {"extension,dialplan,name\n2101,berlin,\"Anna\n2102,berlin,Bob\n",
     "m.csv:2: a quotation mark that is never closed; another one"},
};

static void
test_faults(void **state)
{
	struct conf *c = plans(LEAST BERLIN PARIS);

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct buf errors = BUF(said);
		struct mailbox_bytes got;

		assert_int_equal(
		    mailbox_file_text(c, "m.csv", slice_str(faults[i].text), &errors, &got),
		    -EINVAL);
		if (strncmp(buf_cstr(&errors), faults[i].fault, strlen(faults[i].fault)) != 0)
			fail_msg("%s\nsaid: %s", faults[i].fault, buf_cstr(&errors));
		free(got.p);
	}
	free(c);
}

static void
test_nul(void **state)
{
	static const char utf16[] = "e\0x\0t\0\n\0";
	struct conf *c = plans(LEAST BERLIN);
	struct buf errors = BUF(said);
	struct mailbox_bytes got;

	(void)state;
	assert_int_equal(
	    mailbox_file_text(c, "m.csv", (struct slice){utf16, sizeof(utf16) - 1}, &errors, &got),
	    -EINVAL);
	assert_null(got.p);
	assert_string_equal(buf_cstr(&errors), "m.csv:1: a NUL byte; text in UTF-8\n");
	free(c);
}

/* A wrong row does not cost the others their mailboxes; of two with one number the first has it. */
static void
test_the_rest_is_there(void **state)
{
	struct conf *c = plans(LEAST BERLIN);
	struct buf errors = BUF(said);
	struct mailbox_bytes b;

	(void)state;
	assert_int_equal(
	    mailbox_file_text(c, "m.csv",
			      SLICE("extension,name,numbers\n2101,Anna,55555\n21,Bad,\n"
				    "2102,Bob,\"66666;55555\"\n2103,Chris,\n"),
			      &errors, &b),
	    -EINVAL);
	assert_non_null(b.p);
	assert_int_equal(b.count, 2);
	assert_string_equal(who(&b, "berlin", "2101"), "Anna");
	assert_string_equal(who(&b, "berlin", "55555"), "Anna");
	assert_string_equal(who(&b, "berlin", "2102"), "-");
	assert_string_equal(who(&b, "berlin", "66666"), "-");
	assert_string_equal(who(&b, "berlin", "2103"), "Chris");
	free(b.p);
	free(c);
}

#define SHARED                                                                                   \
	"extension,dialplan,address\n2101,berlin,anna@a.example\n2102,berlin,Anna@B.example\n"   \
	"2103,berlin,ANNA@A.example\n2104,berlin,anna+x@a.example\n2105,berlin,\n22101,paris,\n" \
	"22105,paris,2105@a.example\n"

/* Equal local parts of two domains are one folder, unless the domain is a part of its name. */
static void
test_one_folder(void **state)
{
	static const struct {
		const char *mail, *want;
	} cases[] = {
	    {"",
	     "m.csv:8: its messages would go into /var/lib/evertrunk/mail/2105 with those of "
	     "line 6, which is another mailbox; an address of its own, and where only the domain "
	     "is another %d in mail.maildir\n"
	     "m.csv:3: its messages would go into /var/lib/evertrunk/mail/anna with those of "
	     "line 2, "},
	    {"[mail]\nmaildir = /srv/%n/Maildir\n",
	     "m.csv:8: its messages would go into /srv/2105/Maildir with those of line 6, "},
	    {"[mail]\nmaildir = /srv/%d/%n\n", ""},
	    {"[mail]\ndelivery = off\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text), LEAST BERLIN PARIS "%s", cases[i].mail);
		struct conf *c = plans(text);
		struct buf errors = BUF(said);
		struct mailbox_bytes b;

		assert_int_equal(mailbox_file_text(c, "m.csv", SLICE(SHARED), &errors, &b),
				 cases[i].want[0] ? -EINVAL : 0);
		if (strncmp(buf_cstr(&errors), cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s\nsaid: %s", cases[i].want, buf_cstr(&errors));
		assert_int_equal(b.count, 7);
		free(b.p);
		free(c);
	}
}

/* As many as are allowed, each of them found; one more is a fault. */
static void
test_most(void **state)
{
	const size_t room = (size_t)MAILBOX_MAX * 32;
	struct conf *c = plans(LEAST "[dialplan big]\nextension_length = 6\n");
	struct buf text = {malloc(room), 0, room, false}, errors = BUF(said);
	struct mailbox_bytes b;
	struct mailboxes m;

	(void)state;
	buf_str(&text, "extension,name\n");
	for (unsigned i = 0; i < MAILBOX_MAX; i++)
		buf_printf(&text, "%06u,n%u\n", i, i);
	b = must_read(c, buf_cstr(&text));
	assert_int_equal(b.count, MAILBOX_MAX);
	m = view(&b);
	for (unsigned i = 0; i < MAILBOX_MAX; i++) {
		char number[16], name[16];
		struct mailbox found;

		snprintf(number, sizeof(number), "%06u", i);
		snprintf(name, sizeof(name), "n%u", i);
		assert_true(mailboxes_find(&m, "big", number, &found));
		assert_string_equal(found.name, name);
	}
	free(b.p);
	buf_str(&text, "999999,one more\n");
	assert_int_equal(mailbox_file_text(c, "m.csv", slice_str(buf_cstr(&text)), &errors, &b),
			 -EINVAL);
	assert_string_equal(buf_cstr(&errors),
			    "m.csv:100002: one mailbox too many; at most 100000\n");
	free(b.p);
	free(text.p);
	free(c);
}

/* Bytes that are no table, or a table cut short or spoilt, are refused or harmless. */
static void
test_spoilt(void **state)
{
	struct conf *c = plans(LEAST BERLIN);
	struct mailbox_bytes b = must_read(c, "extension,name\n2101,Anna\n2102,Bob\n");
	struct mailboxes m;
	struct mailbox found;

	(void)state;
	assert_int_equal(mailboxes_open("", 0, &m), -EBADMSG);
	assert_int_equal(mailboxes_open(b.p, b.n - 1, &m), -EBADMSG);
	for (size_t i = 0; i < b.n; i++) {
		char *copy = malloc(b.n);

		memcpy(copy, b.p, b.n);
		copy[i] = (char)(copy[i] ^ 0xff);
		if (mailboxes_open(copy, b.n, &m) == 0)
			mailboxes_find(&m, "berlin", "2102", &found);
		free(copy);
	}
	free(b.p);
	free(c);
}

static void
test_no_file(void **state)
{
	struct conf *c = plans(LEAST BERLIN "[mailboxes]\nfile = /nowhere/mailboxes.csv\n");
	struct buf errors = BUF(said);
	struct mailbox_bytes b;

	(void)state;
	assert_int_equal(mailbox_file_read(c, &errors, &b), -ENOENT);
	assert_string_equal(buf_cstr(&errors),
			    "/nowhere/mailboxes.csv: cannot be read: No such file or directory\n");
	strcpy(c->mailboxes.file, "/");
	errors = BUF(said);
	assert_int_equal(mailbox_file_read(c, &errors, &b), -EISDIR);
	strcpy(c->mailboxes.file, "/dev/null");
	errors = BUF(said);
	assert_int_equal(mailbox_file_read(c, &errors, &b), -EINVAL);
	assert_string_equal(
	    buf_cstr(&errors),
	    "/dev/null: there is nothing in it; a row with the titles of the columns\n");
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found),      cmocka_unit_test(test_least),
	    cmocka_unit_test(test_pins),       cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_nul),        cmocka_unit_test(test_the_rest_is_there),
	    cmocka_unit_test(test_one_folder), cmocka_unit_test(test_most),
	    cmocka_unit_test(test_spoilt),     cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("mailbox", tests, NULL, NULL);
}
