/* dtmf_info: see dtmf_info.h. */
#include "worker/dtmf_info.h"

#include "worker/words.h"

enum { KEYS = 16 };

static const char keys[KEYS + 1] = "0123456789*#ABCD";

/* A key by itself, or its number as RFC 4733 counts them: 10 is *, 11 is #, 16 the hook. */
static char
key_of(struct slice s)
{
	uint64_t number;

	s = slice_trim(s);
	for (size_t i = 0; i < KEYS && s.n == 1; i++)
		if (slice_ieq(s, (struct slice){keys + i, 1}))
			return keys[i];
	return slice_u64(s, KEYS - 1, &number) == 0 ? keys[number] : '\0';
}

/* The value of the first line `name=value`. */
static bool
find(struct slice body, struct slice name, struct slice *ret)
{
	struct slice line;

	while (words_line(&body, &line)) {
		if (slice_ieq(slice_trim(words_until(&line, '=')), name)) {
			*ret = line;
			return true;
		}
	}
	return false;
}

char
dtmf_info_key(struct slice type, struct slice body)
{
	const bool relay = slice_ieq(type, SLICE("application/dtmf-relay"));
	const bool nortel = slice_ieq(type, SLICE("application/vnd.nortelnetworks.digits"));
	struct slice value;

	if (!relay && !nortel && !slice_ieq(type, SLICE("application/dtmf")))
		return '\0';
	if (find(body, SLICE("Signal"), &value) || (nortel && find(body, SLICE("d"), &value)))
		return key_of(value);
	return relay || nortel ? '\0' : key_of(body);
}
