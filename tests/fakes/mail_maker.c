/* mail_maker: the message of one queue item, on standard output, as the courier makes it:
 *   mail_maker [-a g711|gsm|mp3] [-n NOTE] [-s SENDER] [-N SENDER_NAME] SPOOL ID
 * For tests that read it with other programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/keys.h"
#include "worker/mail.h"

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "mail_maker: %s: %s\n", what, why);
	return 1;
}

static enum audio_form
form_of(const char *name)
{
	const struct conf_key *k = keys_get("mail.audio");
	for (unsigned i = 0; k->word(i) != NULL; i++)
		if (strcmp(k->word(i), name) == 0)
			return (enum audio_form)i;
	exit(fail(name, "no form of sound"));
}

static int
read_letter(const char *spool, const char *id, struct letter *ret)
{
	static char text[LETTER_TEXT_MAX + 1];
	char path[4096];
	const char *why;
	snprintf(path, sizeof(path), "%s/%s.txt", spool, id);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return fail(path, "cannot be opened");
	size_t n = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (letter_read(slice_str(id), (struct slice){text, n}, ret, &why) != 0)
		return fail(path, why);
	return 0;
}

int
main(int argc, char **argv)
{
	struct mail_style style = {
	    .sender = "voicemail@example.com", .sender_name = "", .note = ""};
	static struct letter letter;
	struct mail mail;
	char said[512];
	struct buf why = BUF(said);
	for (int c; (c = getopt(argc, argv, "a:n:s:N:")) != -1;) {
		switch (c) {
		case 'a': style.audio = form_of(optarg); break;
		case 'n': style.note = optarg; break;
		case 's': style.sender = optarg; break;
		case 'N': style.sender_name = optarg; break;
		default: return 2;
		}
	}
	if (argc - optind != 2)
		return fail("arguments", "[-a FORM] [-n NOTE] [-s SENDER] [-N NAME] SPOOL ID");
	if (read_letter(argv[optind], argv[optind + 1], &letter) != 0)
		return 1;
	if (mail_build(&letter, &style, argv[optind], &mail, &why) != 0)
		return fail(argv[optind + 1], buf_cstr(&why));
	fwrite(mail.bytes, 1, mail.n, stdout);
	mail_free(&mail);
	return 0;
}
