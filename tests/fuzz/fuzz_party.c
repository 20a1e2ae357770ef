/* fuzz_party: one line for each field of an INVITE that says who calls whom.  Whatever stands
 * there, two printable numbers come out, and the same ones when they are read again. */
#include <stdlib.h>
#include <string.h>

#include "worker/party.h"
#include "worker/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_number(const char number[MESSAGE_PARTY_MAX])
{
	if (memchr(number, '\0', MESSAGE_PARTY_MAX) == NULL)
		abort();
	for (; *number; number++) {
		if (*number <= 0x20 || *number >= 0x7f)
			abort();
	}
}

static bool
is_silent(const struct party_fields *in)
{
	return in->diversion.n + in->history.n + in->original.n + in->request_params.n == 0;
}

/* As a trunk that asks `source` alone (DIVERSION_SOURCES: all of them). */
static void
read_as(const struct party_fields *in, int source, enum diverting end)
{
	struct trunk_conf trunk = {.ndiversion = 1, .diverting = end};
	struct party p;

	trunk.diversion[0] = (uint8_t)source;
	if (source == DIVERSION_SOURCES) {
		trunk.ndiversion = DIVERSION_SOURCES;
		for (uint8_t i = 0; i < DIVERSION_SOURCES; i++)
			trunk.diversion[i] = i;
	}
	party_read(in, &trunk, NULL, &p);
	check_number(p.caller);
	check_number(p.called);
	if (is_silent(in) && p.diverted)
		abort();
	if (p.diverted && p.called[0] == '\0')
		abort();
}

/* The first lines are one field each; the others are in turn one of each list. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n); /* its end is watched */
	struct slice rest = {copy, n}, line;
	struct party_fields in = {0};
	struct slice *fields[] = {&in.privacy,   &in.original,     &in.from_user,
				  &in.from_host, &in.request_user, &in.request_params};
	struct party_lines *lists[] = {&in.diversion, &in.history, &in.asserted, &in.remote};

	if (n > 0)
		memcpy(copy, data, n);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		words_line(&rest, fields[i]);
	for (int i = 0; words_line(&rest, &line); i++)
		party_add(lists[i % 4], line);
	for (int source = 0; source <= DIVERSION_SOURCES; source++) {
		read_as(&in, source, DIVERTING_FIRST);
		read_as(&in, source, DIVERTING_LAST);
	}
	free(copy);
	return 0;
}
