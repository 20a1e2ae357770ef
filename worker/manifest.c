/* manifest: see manifest.h. */
#include "worker/manifest.h"

#include <errno.h>

#include "worker/words.h"

enum { SHOWN = 60 };

#define SHORT(s) (int)((s).n < SHOWN ? (s).n : SHOWN), ((s).n ? (s).p : "")

static const struct {
	const char *name;
	bool optional;
} prompts[PROMPT_COUNT] = {
#define X(id, name, optional) [PROMPT_##id] = {name, optional},
    PROMPTS(X)
#undef X
};

const char *
manifest_name(enum prompt_id id)
{
	return prompts[id].name;
}

/* Where the value of `name` belongs; NULL: there is no such name. */
static struct slice *
place(struct manifest *m, struct slice name)
{
	if (slice_eq(name, SLICE("folder")))
		return &m->folder;
	for (unsigned i = 0; i < PROMPT_COUNT; i++)
		if (slice_eq(name, slice_str(prompts[i].name)))
			return &m->files[i];
	return NULL;
}

static int
read_line(struct manifest *m, struct slice line, unsigned number, struct buf *why)
{
	struct slice rest = line, name = slice_trim(words_until(&rest, '=')), *to;

	if (name.n == 0 || name.p + name.n == line.p + line.n) {
		buf_printf(why, "line %u: \"%.*s\" is not NAME = FILE ...", number, SHORT(line));
		return -EINVAL;
	}
	to = place(m, name);
	if (!to || to->p) {
		buf_printf(why, "line %u: %.*s: %s", number, SHORT(name),
			   to ? "said twice" : "no prompt of ours");
		return -EINVAL;
	}
	*to = slice_trim(rest);
	return 0;
}

static int
check(const struct manifest *m, struct buf *why)
{
	if (m->folder.n == 0 || m->folder.p[0] != '/') {
		buf_str(why, "folder: an absolute path is missing");
		return -EINVAL;
	}
	for (unsigned i = 0; i < PROMPT_COUNT; i++) {
		const struct slice s = m->files[i];

		if (s.n > 0 || (s.p && prompts[i].optional))
			continue;
		buf_printf(why, "%s: %s", prompts[i].name,
			   s.p ? "it must be said with something" : "missing");
		return -EINVAL;
	}
	return 0;
}

int
manifest_read(struct slice text, struct manifest *ret, struct buf *why)
{
	struct slice line;
	int e = 0;

	memset(ret, 0, sizeof(*ret));
	for (unsigned number = 1; e == 0 && words_line(&text, &line); number++)
		if (line.n > 0 && line.p[0] != '#')
			e = read_line(ret, line, number, why);
	return e == 0 ? check(ret, why) : e;
}
