/* clean: see clean.h. */
#include "ipc/base/clean.h"

#include <stdint.h>

size_t
clean_character(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	if (s.n == 0)
		return 0;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n == 0 || p[0] > 0xf4 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
		return 0;
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
		return 0;
	return n;
}

/* The code point of a character that clean_character() has measured. */
static uint32_t
code_point(const char *at, size_t n)
{
	static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (uint8_t)at[0] & lead[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((uint8_t)at[i] & 0x3f);
	return c;
}

/* From, to: what could start a line, turn the direction, or be there unseen. */
static const struct {
	uint32_t first, last;
} unseen[] = {
    {0x0000, 0x001f},   /* C0 */
    {0x007f, 0x009f},   /* DEL, C1 */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x200b, 0x200b},   /* zero width space; the two joiners behind it belong to scripts */
    {0x200e, 0x200f},   /* marks of direction */
    {0x2028, 0x202e},   /* separators of lines; embeddings, overrides */
    {0x2060, 0x206f},   /* invisible operators, isolates */
    {0xfdd0, 0xfdef},   /* no characters */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xfff0, 0xfffb},   /* annotations */
    {0xfffe, 0xffff},   /* no characters */
    {0xe0000, 0xe0fff}, /* tags */
};

static bool
is_unseen(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

/* The clean character that stands for what is at s.p[*i]; moves *i behind it. */
static struct slice
next_clean(struct slice s, size_t *i, char space[2])
{
	struct slice rest = {s.p + *i, s.n - *i};
	size_t n = clean_character(rest);
	if (n > 0) {
		*i += n;
		return is_unseen(code_point(rest.p, n)) ? SLICE(" ") : (struct slice){rest.p, n};
	}
	unsigned char c = (unsigned char)rest.p[0];
	space[0] = (char)(0xc0 | c >> 6);
	space[1] = (char)(0x80 | (c & 0x3f));
	*i += 1;
	return is_unseen(c) ? SLICE(" ") : (struct slice){space, 2};
}

void
clean_text(struct slice s, char *out, size_t size)
{
	char space[2];
	size_t n = 0;
	for (size_t i = 0; i < s.n;) {
		struct slice c = next_clean(s, &i, space);
		if (n + c.n >= size)
			break;
		memcpy(out + n, c.p, c.n);
		n += c.n;
	}
	out[n] = '\0';
}
