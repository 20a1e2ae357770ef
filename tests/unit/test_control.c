/* control, order, socketfile: a real socket on a real loop, with hooks that only write down what
 * they were asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/control.h"
#include "tests/unit/sample.h"

#define SAYS(...) snprintf(say, COMMAND_SAY, __VA_ARGS__)

static struct loop *loop;
static struct control *control;
static char folder[] = "/tmp/test-control-XXXXXX", path[64], say_new[COMMAND_SAY];

/* What the hooks were asked, and what they are to answer. */
static char asked[256];
static int answer, recycle_stands;
static size_t many_calls; /* so many in a snapshot; 0: the usual two */

static int
hook_snapshot(void *arg, bool with_calls, struct snapshot *ret)
{
	(void)arg;
	sample_snapshot(ret, with_calls);
	if (with_calls && many_calls > 0) {
		ret->call = reallocarray(ret->call, many_calls, sizeof(*ret->call));
		for (size_t i = ret->ncall; i < many_calls; i++)
			ret->call[i] = ret->call[0];
		ret->ncall = many_calls;
	}
	return answer;
}

static int
hook_recycle(void *arg, enum recycle_how how, const char *why, char say[COMMAND_SAY],
	     uint32_t *ret_ticket)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "recycle %d \"%s\"", how, why);
	*ret_ticket = 77;
	SAYS(answer < 0 ? "a recycle is waiting already" : "recycle begun");
	return answer;
}

static int
hook_recycle_cancel(void *arg, char say[COMMAND_SAY])
{
	(void)arg;
	SAYS("no recycle waits");
	return -ENOENT;
}

static int
hook_recycle_state(void *arg, uint32_t ticket, char say[COMMAND_SAY])
{
	(void)arg;
	assert_int_equal(ticket, 77);
	SAYS(recycle_stands == 0 ? "generation 13 serves; 2 INVITEs moved" : "no successor");
	return recycle_stands;
}

static int
hook_enable(void *arg, bool enabled, char say[COMMAND_SAY])
{
	(void)arg;
	(void)say;
	snprintf(asked, sizeof(asked), "enable %d", enabled);
	return answer;
}

static int
hook_reload(void *arg, struct buf *say)
{
	(void)arg;
	buf_str(say, answer < 0 ? "the file has 2 errors, nothing has changed\n"
				  "a.conf:3: listen.port: 0\na.conf:9: log.level: loud\n"
				: "reloaded");
	return answer;
}

static int
hook_log_level(void *arg, enum log_level level, int room, char say[COMMAND_SAY])
{
	(void)arg;
	(void)say;
	snprintf(asked, sizeof(asked), "log %d %d", level, room);
	return answer;
}

static int
hook_trunk_reset(void *arg, const char *name, char say[COMMAND_SAY])
{
	(void)arg;
	SAYS("no trunk \"%s\"", name);
	return -ENOENT;
}

static int
hook_stop(void *arg, bool now, char say[COMMAND_SAY])
{
	(void)arg;
	snprintf(asked, sizeof(asked), "stop %d", now);
	SAYS("stopping");
	return answer;
}

static const struct control_hooks hooks = {
    .snapshot = hook_snapshot,
    .recycle = hook_recycle,
    .recycle_cancel = hook_recycle_cancel,
    .recycle_state = hook_recycle_state,
    .enable = hook_enable,
    .reload = hook_reload,
    .log_level = hook_log_level,
    .trunk_reset = hook_trunk_reset,
    .stop = hook_stop,
};

/* Lets the loop work for `ms`. */
static void
turns(int64_t ms)
{
	struct mono end = mono_add(clock_now(), ms);

	do {
		struct pollfd p = {.fd = loop_fd(loop), .events = POLLIN};
		int wait = loop_timeout(loop);

		poll(&p, 1, wait < 0 || wait > 5 ? 5 : wait);
		loop_turn(loop);
	} while (!mono_due(end, clock_now()));
}

static int
dial(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
tell(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Everything up to the end of the connection, which must come within 2 s; closes `fd`. */
static const char *
hear(int fd)
{
	static char text[1000000];
	size_t n = 0;
	struct mono end = mono_add(clock_now(), 2000);
	ssize_t r;

	do {
		turns(1);
		r = recv(fd, text + n, sizeof(text) - 1 - n, 0);
		n += r > 0 ? (size_t)r : 0;
	} while ((r > 0 || (r < 0 && errno == EAGAIN)) && !mono_due(end, clock_now()));
	assert_int_equal(r, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static const char *
say_line(const char *line)
{
	int fd = dial();

	tell(fd, line);
	return hear(fd);
}

static int
setup(void **state)
{
	struct control_limits quick = {4, 200, 200};

	(void)state;
	answer = 0;
	recycle_stands = 1;
	asked[0] = '\0';
	loop = loop_new();
	return control_new(loop, path, "", &quick, &hooks, say_new, &control);
}

static int
teardown(void **state)
{
	(void)state;
	control_free(control);
	loop_free(loop);
	assert_int_equal(access(path, F_OK), -1); /* the file goes with it */
	return 0;
}

static void
reports(void **state)
{
	(void)state;
	assert_non_null(strstr(say_line("status\n"), "0\nready; slot A generation 11"));
	assert_non_null(strstr(say_line("calls\n"), "a84b4c76e66710@pbx"));
	assert_non_null(strstr(say_line("trunks\n"), "302 not followed"));
	assert_non_null(strstr(say_line("history\n"), "Sunday service"));
	assert_memory_equal(say_line("--json status\n"), "0\n{\n  \"version\"", 15);
	assert_memory_equal(say_line("--json calls\n"), "0\n{\n  \"calls\"", 13);
	answer = -ENOMEM;
	assert_string_equal(say_line("status\n"), "1 Cannot allocate memory\n");
}

static void
orders(void **state)
{
	(void)state;
	assert_string_equal(say_line("drain\n"), "0 done\n");
	assert_string_equal(asked, "enable 0");
	assert_string_equal(say_line("enable\r\n"), "0 done\n");
	assert_string_equal(asked, "enable 1");
	assert_string_equal(say_line("log debug flow\n"), "0 done\n");
	assert_string_equal(asked, "log 4 4");
	assert_string_equal(say_line("log err\n"), "0 done\n");
	assert_string_equal(asked, "log 0 -1");
	assert_string_equal(say_line("stop --now\n"), "0 stopping\n");
	assert_string_equal(asked, "stop 1");
	assert_string_equal(say_line("stop\n"), "0 stopping\n");
	assert_string_equal(asked, "stop 0");
	assert_string_equal(say_line("trunks reset nobody\n"), "1 no trunk \"nobody\"\n");
	assert_string_equal(say_line("recycle --cancel\n"), "1 no recycle waits\n");
	answer = -EPERM;
	assert_string_equal(say_line("drain\n"), "1 Operation not permitted\n");
	assert_string_equal(say_line("--json drain\n"),
			    "1 Operation not permitted\n{\n  \"status\": 1,\n  \"message\": "
			    "\"Operation not permitted\",\n  \"lines\": []\n}\n");
}

static void
reload_tells_all(void **state)
{
	(void)state;
	assert_string_equal(say_line("reload\n"), "0 reloaded\n");
	answer = -EINVAL;
	assert_string_equal(say_line("reload\n"), "1 the file has 2 errors, nothing has changed\n"
						  "a.conf:3: listen.port: 0\n"
						  "a.conf:9: log.level: loud\n");
	assert_non_null(strstr(say_line("--json reload\n"), "\"a.conf:9: log.level: loud\""));
}

static void
recycle_without_waiting(void **state)
{
	(void)state;
	assert_string_equal(say_line("recycle\n"), "0 recycle begun\n");
	assert_string_equal(asked, "recycle 0 \"\"");
	assert_string_equal(say_line("recycle --now --reason \"two words\"\n"),
			    "0 recycle begun\n");
	assert_string_equal(asked, "recycle 1 \"two words\"");
	answer = 1;
	assert_string_equal(say_line("recycle --when-idle\n"), "0 recycle begun\n");
	assert_string_equal(asked, "recycle 2 \"\"");
	answer = -EBUSY;
	assert_string_equal(say_line("recycle --wait\n"), "1 a recycle is waiting already\n");
}

static void
recycle_waits(void **state)
{
	char c;
	int fd = dial();

	(void)state;
	tell(fd, "recycle --wait\n");
	turns(400); /* longer than any other connection may last */
	assert_int_equal(recv(fd, &c, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	recycle_stands = 0;
	control_poke(control);
	assert_string_equal(hear(fd), "0 generation 13 serves; 2 INVITEs moved\n");
}

static void
recycle_waits_and_fails(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "recycle --wait\n");
	shutdown(fd, SHUT_WR); /* done talking, but listening: no reason to give up */
	turns(150);
	recycle_stands = -EIO; /* nobody pokes: the tick finds it */
	assert_string_equal(hear(fd), "1 no successor\n");
}

static void
who_waits_may_leave(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		int fd = dial();

		tell(fd, "recycle --wait\n");
		turns(10);
		close(fd);
	}
	turns(250);
	assert_memory_equal(say_line("status\n"), "0\n", 2); /* all four places are free again */
}

static void
wrong_usage(void **state)
{
	(void)state;
	assert_string_equal(say_line("dance\n"), "2 no command \"dance\"; \"help\" lists them\n");
	assert_string_equal(say_line("log\n"),
			    "2 log: LEVEL is missing\nusage: log LEVEL [ROOM]\n");
	assert_string_equal(say_line("log loud\n"),
			    "2 log: no level \"loud\": err warn notice info debug\n");
	assert_memory_equal(say_line("log info kitchen\n"), "2 log: no room \"kitchen\": main", 30);
	assert_string_equal(say_line("help dance\n"),
			    "2 no command \"dance\"; \"help\" lists them\n");
	assert_string_equal(say_line("help stop\n"),
			    "0\n  stop [--now]\n"
			    "      end the supervisor when the last call has ended, or now\n");
	assert_non_null(strstr(say_line("help\n"), "\n  trunks reset NAME\n"));
	assert_memory_equal(say_line("--json log\n"), "2 log: LEVEL is missing\n{", 25);
}

static void
long_line(void **state)
{
	static char line[3000];
	int fd = dial();

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	tell(fd, line); /* without any end */
	assert_string_equal(hear(fd), "2 the command line is longer than 1024 bytes\n");
}

static void
line_in_pieces_and_without_its_end(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "dra");
	turns(20);
	tell(fd, "in\nenable\n"); /* one line is read, the second is not */
	assert_string_equal(hear(fd), "0 done\n");
	assert_string_equal(asked, "enable 0");
	fd = dial();
	tell(fd, "enable");
	shutdown(fd, SHUT_WR);
	assert_string_equal(hear(fd), "0 done\n");
	assert_string_equal(asked, "enable 1");
}

static void
silent_client_is_cut_off(void **state)
{
	struct mono began = clock_now();
	int fd = dial();

	(void)state;
	tell(fd, "sta");
	assert_string_equal(hear(fd), "");
	assert_in_range(mono_ms(began, clock_now()), 150, 1500);
}

/* A client that never reads holds its place until its time is up, and nobody else notices. */
static void
client_that_never_reads(void **state)
{
	static char text[1000000];
	size_t n = 0, whole;
	ssize_t r;
	int fd = dial();

	(void)state;
	many_calls = 8000;
	whole = strlen(say_line("calls\n"));
	assert_true(whole > 600000);
	tell(fd, "calls\n");
	turns(20);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(say_line("status\n"), "0\n", 2);
	turns(1200);
	while ((r = recv(fd, text + n, sizeof(text) - n, 0)) > 0)
		n += (size_t)r;
	assert_int_equal(r, 0); /* cut off, before the end of its answer */
	assert_in_range(n, 1000, whole - 1000);
	close(fd);
	many_calls = 0;
}

static void
too_many_clients(void **state)
{
	int fd[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		fd[i] = dial();
	turns(20);
	assert_string_equal(say_line("status\n"), "1 too many clients (4); try again\n");
	tell(fd[0], "drain\n");
	assert_string_equal(hear(fd[0]), "0 done\n");
	assert_memory_equal(say_line("status\n"), "0\n", 2);
	for (int i = 1; i < 4; i++)
		close(fd[i]);
}

static void
good_bye_at_the_end(void **state)
{
	int fd = dial();

	tell(fd, "recycle --wait\n");
	turns(20);
	teardown(state);
	char text[200] = "";
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "1 the supervisor ends before the recycle has switched\n");
	close(fd);
	setup(state);
}

/* An idle control socket costs nothing: no timer is left behind. */
static void
idle_sleeps(void **state)
{
	(void)state;
	say_line("status\n");
	turns(20);
	assert_int_equal(loop_timeout(loop), -1);
}

static int
listen_again(const char *group, char say[COMMAND_SAY])
{
	struct control_limits limits = CONTROL_LIMITS;
	struct control *second = NULL;
	int r = control_new(loop, path, group, &limits, &hooks, say, &second);

	control_free(second);
	return r;
}

static void
socket_of_the_living_and_the_dead(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char say[COMMAND_SAY] = "";
	struct stat st;

	assert_int_equal(listen_again("", say), -EADDRINUSE);
	assert_non_null(strstr(say, "another supervisor answers there"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	control_free(control);

	/* a dead supervisor's: the file is there, nobody listens */
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(sun.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
	assert_int_equal(listen_again("", say), 0);

	/* somebody's file is not ours to remove */
	fclose(fopen(path, "w"));
	assert_int_equal(listen_again("", say), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(listen_again("no-such-group", say), -ENOENT);
	assert_non_null(strstr(say, "there is no such group"));
	assert_int_equal(access(path, F_OK), -1);
	struct group *own = getgrgid(getgid());
	struct control_limits limits = CONTROL_LIMITS;
	assert_int_equal(control_new(loop, path, own->gr_name, &limits, &hooks, say, &control), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(st.st_gid, getgid());
	(void)state;
}

static void
bad_paths(void **state)
{
	struct control_limits limits = CONTROL_LIMITS;
	struct control *none = NULL;
	char say[COMMAND_SAY] = "", far[200];

	(void)state;
	memset(far, 'x', sizeof(far));
	far[sizeof(far) - 1] = '\0';
	assert_int_equal(control_new(loop, far, "", &limits, &hooks, say, &none), -ENAMETOOLONG);
	assert_non_null(strstr(say, "107 bytes"));
	assert_int_equal(control_new(loop, "/no/such/dir/x", "", &limits, &hooks, say, &none),
			 -ENOENT);
	assert_non_null(strstr(say, "its directory must exist"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(reports),
	    T(orders),
	    T(reload_tells_all),
	    T(recycle_without_waiting),
	    T(recycle_waits),
	    T(recycle_waits_and_fails),
	    T(who_waits_may_leave),
	    T(wrong_usage),
	    T(long_line),
	    T(line_in_pieces_and_without_its_end),
	    T(silent_client_is_cut_off),
	    T(client_that_never_reads),
	    T(too_many_clients),
	    T(good_bye_at_the_end),
	    T(idle_sleeps),
	    T(socket_of_the_living_and_the_dead),
	    T(bad_paths),
	};

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/control", folder);
	log_set_level(LOG_ERR_, -1);
	int r = cmocka_run_group_tests_name("control", tests, NULL, NULL);
	rmdir(folder);
	return r;
}
