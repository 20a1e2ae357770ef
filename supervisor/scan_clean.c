/* scan_clean: whether the head holds a byte that two parsers would read differently. */
#include <string.h>

#include "supervisor/scan_field.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));

static unsigned
sum16(bytes16 v)
{
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(v); i++)
		sum += v[i];
	return sum;
}

/* How many of the n bytes are CR, and how many NUL; sixteen at a time, in sixteen sums each that
 * are emptied before they overflow. */
static size_t
count_bad(const char *p, size_t n, size_t *nuls)
{
	const bytes16 cr = (bytes16){0} + '\r', nul = {0};
	size_t total = 0;

	*nuls = 0;
	while (n >= 16) {
		bytes16 crs = {0}, zeros = {0}, x;
		const char *stop = p + (n < 255 * 16 ? n & ~(size_t)15 : 255 * 16);
		n -= (size_t)(stop - p);
		for (; p < stop; p += 16) {
			memcpy(&x, p, 16);
			crs -= (bytes16)(x == cr); /* a match is 255, that is -1 */
			zeros -= (bytes16)(x == nul);
		}
		total += sum16(crs);
		*nuls += sum16(zeros);
	}
	for (; n > 0; n--, p++) {
		total += *p == '\r';
		*nuls += *p == '\0';
	}
	return total;
}

bool
scan_head_clean(struct slice head, size_t crlfs)
{
	size_t nuls;

	return count_bad(head.p, head.n, &nuls) == crlfs && nuls == 0;
}
