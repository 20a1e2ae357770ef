/* test_control: connections and the socket file: real sockets on a real loop, every limit
 * reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/hooks.h"
#include "tests/unit/turns.h"

static struct loop *loop;
static struct control *control;
static char folder[] = "/tmp/test-control-XXXXXX", path[64], say_new[COMMAND_SAY];

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
		turns(loop, 1);
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
	const struct control_place place = {path, "", {4, 200, 600}};

	(void)state;
	answer = 0;
	recycle_stands = 1;
	asked[0] = '\0';
	loop = loop_new();
	return control_new(loop, &place, &hooks, say_new, &control);
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
recycle_waits(void **state)
{
	char c;
	int fd = dial();

	(void)state;
	tell(fd, "recycle --wait\n");
	turns(loop, 900); /* longer than any other connection may last */
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
	turns(loop, 150);
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
		turns(loop, 10);
		close(fd);
	}
	turns(loop, 250);
	assert_memory_equal(say_line("status\n"), "0\n", 2); /* all four places are free again */
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
	turns(loop, 20);
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
	turns(loop, 20);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(say_line("status\n"), "0\n", 2);
	turns(loop, 1200);
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
	turns(loop, 20);
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
	turns(loop, 20);
	teardown(state);
	char text[200] = "";
	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "1 the supervisor ends before it is done\n");
	close(fd);
	setup(state);
}

/* An idle control socket costs nothing: no timer is left behind. */
static void
idle_sleeps(void **state)
{
	(void)state;
	say_line("status\n");
	turns(loop, 20);
	assert_int_equal(loop_timeout(loop), -1);
}

static int
listen_again(const char *group, char say[COMMAND_SAY])
{
	const struct control_place place = {path, group, control_limits};
	struct control *second = NULL;
	int r = control_new(loop, &place, &hooks, say, &second);

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
	const struct control_place place = {path, own->gr_name, control_limits};
	assert_int_equal(control_new(loop, &place, &hooks, say, &control), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(st.st_gid, getgid());
	(void)state;
}

static void
bad_paths(void **state)
{
	char say[COMMAND_SAY] = "", far[200];
	const struct control_place too_long = {far, "", control_limits},
				   nowhere = {"/no/such/dir/x", "", control_limits};
	struct control *none = NULL;

	(void)state;
	memset(far, 'x', sizeof(far));
	far[sizeof(far) - 1] = '\0';
	assert_int_equal(control_new(loop, &too_long, &hooks, say, &none), -ENAMETOOLONG);
	assert_non_null(strstr(say, "107 bytes"));
	assert_int_equal(control_new(loop, &nowhere, &hooks, say, &none), -ENOENT);
	assert_non_null(strstr(say, "its directory must exist"));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(recycle_waits),
	    T(recycle_waits_and_fails),
	    T(who_waits_may_leave),
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
