/* given: what a test is given, from text: a configuration, an address. */
#ifndef EVERTRUNK_TESTS_GIVEN_H
#define EVERTRUNK_TESTS_GIVEN_H

#include "conf/conf.h"

/* A file that must be right; free() it. */
static inline struct conf *
given_conf(const char *text)
{
	static char said[8192];
	struct buf errors = BUF(said);
	struct conf *c = NULL;

	if (conf_read_text("test", slice_str(text), &errors, &c) != 0)
		fail_msg("%s", buf_cstr(&errors));
	assert_int_equal(errors.n, 0);
	return c;
}

/* "192.0.2.1:5060" */
static inline struct addr
given_addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(slice_str(text), &a), 0);
	return a;
}

#endif
