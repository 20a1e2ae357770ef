/* letter_time: a time as header files write it.
 * Part of the room letter; see letter.h. */
#include <time.h>

#include "worker/letter_room.h"

/* Decimal digits of `s` at `at`; -1 when one is none. */
static int
digits(struct slice s, size_t at, size_t n)
{
	uint64_t v;
	return slice_u64((struct slice){s.p + at, n}, 9999, &v) == 0 ? (int)v : -1;
}

void
letter_time_read(struct slice value, int64_t *ret)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	if (value.n != sizeof(form) - 1)
		return;
	for (size_t i = 0; i < value.n; i++)
		if (form[i] != '0' && value.p[i] != form[i])
			return;
	struct tm tm = {
	    .tm_year = digits(value, 0, 4) - 1900,
	    .tm_mon = digits(value, 5, 2) - 1,
	    .tm_mday = digits(value, 8, 2),
	    .tm_hour = digits(value, 11, 2),
	    .tm_min = digits(value, 14, 2),
	    .tm_sec = digits(value, 17, 2),
	};
	bool sound = tm.tm_year >= 70 && tm.tm_mon >= 0 && tm.tm_mon < 12 && tm.tm_mday >= 1 &&
		     tm.tm_mday <= 31 && tm.tm_hour >= 0 && tm.tm_hour < 24 && tm.tm_min >= 0 &&
		     tm.tm_min < 60 && tm.tm_sec >= 0 && tm.tm_sec <= 60;
	if (sound)
		*ret = timegm(&tm);
}

void
letter_time_write(int64_t when, char ret[LETTER_TIME_MAX])
{
	struct tm tm;
	const time_t t = (time_t)when;
	ret[0] = '\0';
	if (when > 0 && gmtime_r(&t, &tm) != NULL)
		(void)strftime(ret, LETTER_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
