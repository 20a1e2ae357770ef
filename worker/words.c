/* words: see words.h. */
#include "worker/words.h"

#include <string.h>

struct slice
words_until(struct slice *rest, char sep)
{
	const char *end = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
	size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	size_t step = end != NULL ? n + 1 : n;
	struct slice head = {rest->p, n};
	if (step > 0)
		*rest = (struct slice){rest->p + step, rest->n - step};
	return head;
}

bool
words_line(struct slice *rest, struct slice *line)
{
	if (rest->n == 0)
		return false;
	*line = slice_trim(words_until(rest, '\n'));
	return true;
}

struct slice
words_next(struct slice *rest)
{
	size_t n = 0;
	*rest = slice_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	struct slice word = {rest->p, n};
	if (n > 0)
		*rest = (struct slice){rest->p + n, rest->n - n};
	return word;
}
