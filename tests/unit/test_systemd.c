/* test_systemd: what reaches NOTIFY_SOCKET, and that without one nothing happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/systemd.h"

static char folder[] = "/tmp/test-systemd-XXXXXX", path[64];
static int manager;

/* The next notification; "" when there is none. */
static const char *
heard(void)
{
	static char text[600];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
silent_outside_systemd(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	systemd_ready();
	systemd_status("before");
	systemd_feed();
	assert_string_equal(heard(), "");
	assert_int_equal(systemd_watchdog(), 0);
}

static void
said_inside(void **state)
{
	char pid[16], line[700];

	(void)state;
	setenv("NOTIFY_SOCKET", path, 1);
	systemd_ready();
	assert_string_equal(heard(), "READY=1");
	systemd_reloading();
	assert_string_equal(heard(), "RELOADING=1");
	systemd_stopping();
	assert_string_equal(heard(), "STOPPING=1");
	systemd_feed();
	assert_string_equal(heard(), "WATCHDOG=1");

	systemd_status("ready; slot A");
	assert_string_equal(heard(), "STATUS=ready; slot A");
	systemd_status("ready; slot A");
	assert_string_equal(heard(), ""); /* nothing new */
	systemd_status("ready; slot B");
	assert_string_equal(heard(), "STATUS=ready; slot B");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	systemd_status(line); /* cut, not lost */
	assert_memory_equal(heard(), "STATUS=xxxx", 11);

	setenv("WATCHDOG_USEC", "3000000", 1);
	unsetenv("WATCHDOG_PID");
	assert_int_equal(systemd_watchdog(), 1500);
	snprintf(pid, sizeof(pid), "%d", getpid() + 1);
	setenv("WATCHDOG_PID", pid, 1); /* meant for another process */
	assert_int_equal(systemd_watchdog(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silent_outside_systemd),
	    cmocka_unit_test(said_inside),
	};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/notify", folder);
	strcpy(sun.sun_path, path);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(manager, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return 1;
	int r = cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return r;
}
