/* main: um-supervisor's arguments.
 *   um-supervisor -c FILE        run in the foreground
 *   um-supervisor -n -c FILE     check FILE and exit: 0 valid, 1 not (every error on stderr)
 *   um-supervisor -nv -c FILE    the same, and print it canonically on stdout */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/mailbox_file.h"
#include "supervisor/service.h"

enum { EXIT_USAGE = 2, ERRORS = 16384 };

static int
usage(void)
{
	fputs("usage: um-supervisor [-n[v]] -c FILE\n"
	      "  -c FILE  the configuration (see conf/example.conf)\n"
	      "  -n       check it and exit: status 0 valid, 1 not\n"
	      "  -nv      check it and print it back, every key with its value\n",
	      stderr);
	return EXIT_USAGE;
}

static int
print(const struct conf *conf)
{
	char *text = conf_print(conf);

	if (!text || fputs(text, stdout) < 0) {
		free(text);
		return EXIT_FAILURE;
	}
	free(text);
	return EXIT_SUCCESS;
}

/* The mailbox file of a configuration that is right by itself. */
static int
check_mailboxes(const struct conf *conf, struct buf *errors)
{
	struct mailbox_bytes table = {0};
	const int error = conf->mailboxes.file[0] ? mailbox_file_read(conf, errors, &table) : 0;

	free(table.p);
	return error;
}

int
main(int argc, char **argv)
{
	static char text[ERRORS];
	struct buf errors = BUF(text);
	const char *file = NULL;
	bool check = false, verbose = false;
	struct conf *conf;
	int option;

	while ((option = getopt(argc, argv, "c:nv")) != -1) {
		switch (option) {
		case 'c': file = optarg; break;
		case 'n': check = true; break;
		case 'v': verbose = true; break;
		default: return usage();
		}
	}
	if (!file || optind < argc || (verbose && !check))
		return usage();
	log_open("supervisor");
	if (conf_read(file, &errors, &conf)) {
		fputs(buf_cstr(&errors), stderr);
		return EXIT_FAILURE;
	}
	if (!check)
		return service_run(file, conf);
	if (check_mailboxes(conf, &errors)) {
		fputs(buf_cstr(&errors), stderr);
		free(conf);
		return EXIT_FAILURE;
	}
	const int status = verbose ? print(conf) : EXIT_SUCCESS;
	free(conf);
	return status;
}
