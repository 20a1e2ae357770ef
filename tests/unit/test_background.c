/* test_background: a background thread has its name and gives way; the one that started it does
 * neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ipc/base/background.h"

static void *
run(void *arg)
{
	background_thread("digger");
	*(int *)arg = getpriority(PRIO_PROCESS, (id_t)gettid());
	static char name[16];
	pthread_getname_np(pthread_self(), name, sizeof(name));
	return name;
}

static void
test_one_thread_alone(void **state)
{
	(void)state;
	const int before = getpriority(PRIO_PROCESS, 0);
	pthread_t t;
	void *name;
	int nice = -1;
	assert_int_equal(pthread_create(&t, NULL, run, &nice), 0);
	assert_int_equal(pthread_join(t, &name), 0);
	assert_string_equal(name, "digger");
	assert_true(nice > before || before >= 10);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_thread_alone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
