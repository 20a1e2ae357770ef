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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n); /* its end is watched */
	struct slice rest = {copy, n};
	struct party_fields in = {0};
	struct slice *fields[] = {&in.asserted,  &in.remote,       &in.privacy,
				  &in.diversion, &in.history,      &in.original,
				  &in.from_user, &in.request_user, &in.request_params};
	struct party p;

	if (n > 0)
		memcpy(copy, data, n);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		words_line(&rest, fields[i]);
	in.history_more = rest.n > 0;
	party_read(&in, &p);
	check_number(p.caller);
	check_number(p.called);
	if (in.diversion.n + in.history.n + in.original.n + in.request_params.n == 0 && p.diverted)
		abort();
	free(copy);
	return 0;
}
