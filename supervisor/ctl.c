/* ctl: um-ctl, the operator's program: sends one command line to a supervisor's control socket and
 * prints what comes back.  It knows the words of the commands (command.h), not what they do. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/conf.h"
#include "supervisor/command.h"

#define DEFAULT_CONF "/etc/evertrunk/evertrunk.conf"

/* docs/um-ctl.md */
enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE };

/* A supervisor that says nothing for so long hangs; `recycle --wait` and `mwi` are left to it. */
enum { ANSWER_SECONDS = 15 };

struct invocation {
	const char *conf, *socket;
	bool json, help, version;
	char **words; /* the command, NULL at its end */
};

static void
usage(FILE *f)
{
	char text[COMMAND_HELP_MAX];
	struct buf b = BUF(text);

	command_help(NULL, &b);
	fprintf(f,
		"usage: um-ctl [-c FILE | -s SOCKET] [--json] COMMAND...\n\n"
		"  -c FILE    the supervisor's configuration, which names its socket\n"
		"             (" DEFAULT_CONF ")\n"
		"  -s SOCKET  the socket itself\n"
		"  --json     answer in JSON\n\n"
		"exit status: 0 done, 1 refused or failed, 2 wrong usage\n\ncommands:\n%s",
		buf_cstr(&b));
}

static int
invocation_read(int argc, char **argv, struct invocation *ret)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
					      {"help", no_argument, NULL, 'h'},
					      {"version", no_argument, NULL, 'V'},
					      {0}};
	int c;

	*ret = (struct invocation){0};
	while ((c = getopt_long(argc, argv, "+c:s:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'c': ret->conf = optarg; break;
		case 's': ret->socket = optarg; break;
		case 'j': ret->json = true; break;
		case 'h': ret->help = true; break;
		case 'V': ret->version = true; break;
		default: return -EINVAL;
		}
	}
	ret->words = argv + optind;
	if (ret->conf != NULL && ret->socket != NULL) {
		fprintf(stderr, "um-ctl: -c and -s exclude each other\n");
		return -EINVAL;
	}
	return 0;
}

static bool
has_word(const struct invocation *in, const char *word)
{
	for (char **w = in->words; *w != NULL; w++)
		if (strcmp(*w, word) == 0)
			return true;
	return false;
}

/* The words as one line, its LF included; 0 or -EINVAL. */
static int
line_build(const struct invocation *in, struct buf *line)
{
	if (in->json)
		buf_str(line, "--json ");
	for (char **w = in->words; *w != NULL; w++) {
		if (strpbrk(*w, "\r\n") != NULL) {
			fprintf(stderr, "um-ctl: a line break in an argument\n");
			return -EINVAL;
		}
		cmdline_quote(line, *w);
		buf_str(line, w[1] != NULL ? " " : "\n");
	}
	if (line->full) {
		fprintf(stderr, "um-ctl: the command is longer than %d bytes\n", CMDLINE_MAX);
		return -EINVAL;
	}
	return 0;
}

/* The socket's path, from -s or the configuration; 0, or -errno with the reason in `why`. */
static int
socket_path(const struct invocation *in, char *out, size_t cap, struct buf *why)
{
	const char *file = in->conf != NULL ? in->conf : DEFAULT_CONF;
	struct conf *conf;
	int r = 0;

	if (in->socket != NULL) {
		snprintf(out, cap, "%s", in->socket);
		return 0;
	}
	r = conf_read(file, why, &conf);
	if (r < 0) {
		buf_printf(why,
			   "um-ctl: %s does not say where the socket is; `um-ctl -s SOCKET` does "
			   "without it\n",
			   file);
		return r;
	}
	snprintf(out, cap, "%s", conf->control.socket);
	free(conf);
	return 0;
}

/* One line that says what to look at. */
static void
explain(const char *path, int err)
{
	if (err == ENOENT)
		fprintf(stderr,
			"um-ctl: no socket at %s%s: is the supervisor running (systemctl status "
			"evertrunk), and is this its socket (-c, -s)?\n",
			path, path[0] == '/' ? "" : " (seen from this directory)");
	else if (err == ECONNREFUSED)
		fprintf(stderr,
			"um-ctl: nobody answers at %s: the supervisor is not running any more "
			"(journalctl -u evertrunk says why)\n",
			path);
	else if (err == EACCES || err == EPERM)
		fprintf(stderr,
			"um-ctl: no permission for %s: be root or a member of its group "
			"(control.group)\n",
			path);
	else if (err == EAGAIN)
		fprintf(stderr,
			"um-ctl: the supervisor at %s has not answered for %d s: it hangs, or its "
			"machine is overloaded\n",
			path, ANSWER_SECONDS);
	else
		fprintf(stderr, "um-ctl: %s: %s\n", path, strerror(err));
}

/* Connected, with both directions bounded in time; or -errno. */
static int
dial(const char *path, bool patient)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = ANSWER_SECONDS}, never = {0};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patient ? &never : &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

/* The rest of the answer, as it comes; 0 or -errno. */
static int
copy_body(FILE *from, FILE *to)
{
	char part[16384];
	size_t n;

	errno = 0;
	while ((n = fread(part, 1, sizeof(part), from)) > 0)
		if (fwrite(part, 1, n, to) != n)
			return -EIO;
	if (ferror(from))
		return errno != 0 ? -errno : -EIO;
	return fflush(to) == 0 ? 0 : -errno;
}

/* Prints the answer; returns the exit status it carries. */
static int
answer_print(FILE *from, bool json, const char *path)
{
	char first[COMMAND_SAY + 16];
	int status, r;

	errno = 0;
	if (fgets(first, sizeof(first), from) == NULL) {
		if (errno != 0)
			explain(path, errno);
		else
			fprintf(stderr, "um-ctl: the supervisor hung up without an answer\n");
		return EXIT_REFUSED;
	}
	first[strcspn(first, "\n")] = '\0';
	status = first[0] - '0';
	if (status < EXIT_DONE || status > EXIT_USAGE || (first[1] != ' ' && first[1] != '\0')) {
		fprintf(stderr, "um-ctl: %s is not the socket of a supervisor\n", path);
		return EXIT_REFUSED;
	}
	if (first[1] == ' ' && status != EXIT_DONE)
		fprintf(stderr, "um-ctl: %s\n", first + 2);
	else if (first[1] == ' ' && !json)
		printf("%s\n", first + 2);
	r = copy_body(from, status == EXIT_DONE || json ? stdout : stderr);
	if (r < 0) {
		fprintf(stderr, "um-ctl: the answer broke off: %s\n", strerror(-r));
		return EXIT_REFUSED;
	}
	return status;
}

/* Connected to the supervisor, or -errno, told on standard error unless only `help` is wanted: that
 * we can give ourselves. */
static int
reach(const struct invocation *in, char *path, size_t cap, bool quiet)
{
	char text[8192];
	struct buf why = BUF(text);
	int fd = socket_path(in, path, cap, &why);

	if (fd < 0) {
		if (!quiet)
			fputs(buf_cstr(&why), stderr);
		return fd;
	}
	fd = dial(path, has_word(in, "--wait") || strcmp(in->words[0], "mwi") == 0);
	if (fd < 0 && !quiet)
		explain(path, -fd);
	return fd;
}

static int
ask(const struct invocation *in, const struct buf *line)
{
	char path[CONF_PATH_MAX];
	bool help = strcmp(in->words[0], "help") == 0;
	FILE *from;
	int fd = reach(in, path, sizeof(path), help), status;

	if (fd < 0 && help)
		usage(stdout);
	if (fd < 0)
		return help ? EXIT_DONE : EXIT_REFUSED;
	/* A failed send may still have an answer: "too many clients". */
	send(fd, line->p, line->n, MSG_NOSIGNAL);
	from = fdopen(fd, "r");
	if (from == NULL) {
		explain(path, errno);
		close(fd);
		return EXIT_REFUSED;
	}
	status = answer_print(from, in->json, path);
	fclose(from);
	return status;
}

int
main(int argc, char **argv)
{
	struct invocation in;
	char text[CMDLINE_MAX + 1];
	struct buf line = BUF(text);

	if (invocation_read(argc, argv, &in) < 0)
		return EXIT_USAGE;
	if (in.version) {
		printf("um-ctl %s\n", EVERTRUNK_VERSION);
		return EXIT_DONE;
	}
	if (in.help || in.words[0] == NULL) {
		usage(in.help ? stdout : stderr);
		return in.help ? EXIT_DONE : EXIT_USAGE;
	}
	if (line_build(&in, &line) < 0)
		return EXIT_USAGE;
	return ask(&in, &line);
}
