/* skip: which numbers are passed over where a header names several; a value, no more. */
#ifndef EVERTRUNK_SKIP_H
#define EVERTRUNK_SKIP_H

#include <stdbool.h>

struct skip {
	bool (*is)(const void *arg, const char *number);
	const void *arg;
};

#endif
