/* pressure: see pressure.h. */
#include "supervisor/pressure.h"

static const struct row {
	const char *name;
	enum pressure_side side;
	int64_t leave; /* percent of the bound */
	enum pressure_unit unit;
} rows[PRESSURE_COUNT] = {
#define X(id, field, side, leave, unit) [PRESSURE_##id] = {#field, side, leave, unit},
    PRESSURES(X)
#undef X
};

static const char *const level_names[PRESSURE_LEVEL_COUNT] = {
#define X(id, word) [PRESSURE_##id] = word,
    PRESSURE_LEVELS(X)
#undef X
};

const char *
pressure_name(enum pressure_of what)
{
	return what < PRESSURE_COUNT ? rows[what].name : "?";
}

const char *
pressure_level_name(enum pressure_level level)
{
	return level < PRESSURE_LEVEL_COUNT ? level_names[level] : "?";
}

enum pressure_unit
pressure_unit(enum pressure_of what)
{
	return rows[what].unit;
}

void
pressure_init(struct pressure *p)
{
	for (int i = 0; i < PRESSURE_COUNT; i++)
		p->of[i] = (struct pressure_gauge){.value = PRESSURE_UNKNOWN};
}

struct pressure_bounds
pressure_bounds(const struct conf *c, enum pressure_of what)
{
	switch (what) {
#define X(id, field, side, leave, unit)                            \
	case PRESSURE_##id:                                        \
		return (struct pressure_bounds){                   \
		    .medium = (int64_t)c->pressure.field##_medium, \
		    .high = (int64_t)c->pressure.field##_high,     \
		};
		PRESSURES(X)
#undef X
	default: return (struct pressure_bounds){0};
	}
}

/* Whether `value` has reached `percent` of a bound; one of 0 is off. */
static bool
reaches(const struct row *r, int64_t value, int64_t bound, int64_t percent)
{
	const int64_t at = bound / 100 * percent + bound % 100 * percent / 100;

	if (bound == 0)
		return false;
	return r->side == PRESSURE_FALLS ? value <= at : value >= at;
}

enum pressure_level
pressure_judge(enum pressure_of what, const struct pressure_bounds *b, enum pressure_level level,
	       int64_t value)
{
	const struct row *r = &rows[what];
	const int64_t high = level == PRESSURE_HIGH ? r->leave : 100;
	const int64_t medium = level >= PRESSURE_MEDIUM ? r->leave : 100;

	if (reaches(r, value, b->high, high))
		return PRESSURE_HIGH;
	return reaches(r, value, b->medium, medium) ? PRESSURE_MEDIUM : PRESSURE_NORMAL;
}

bool
pressure_take(struct pressure *p, const struct conf *c, enum pressure_of what, int64_t value,
	      struct mono now)
{
	const struct pressure_bounds b = pressure_bounds(c, what);
	struct pressure_gauge *g = &p->of[what];

	if (value == PRESSURE_UNKNOWN)
		return false;
	g->value = value;
	const enum pressure_level level = pressure_judge(what, &b, g->level, value);
	if (level == g->level)
		return false;
	if (level < g->level && mono_ms(g->since, now) < PRESSURE_DWELL_MS)
		return false;
	g->level = level;
	g->since = now;
	return true;
}

enum pressure_level
pressure_worst(const struct pressure *p)
{
	enum pressure_level worst = PRESSURE_NORMAL;

	for (int i = 0; i < PRESSURE_COUNT; i++)
		if (p->of[i].level > worst)
			worst = p->of[i].level;
	return worst;
}

void
pressure_value_words(enum pressure_of what, int64_t value, struct buf *out)
{
	const long long v = value;

	if (value == PRESSURE_UNKNOWN) {
		buf_str(out, "unknown");
		return;
	}
	switch (rows[what].unit) {
	case PRESSURE_BYTES:
		if (v >= 10ll << 30)
			buf_printf(out, "%lldG free", v >> 30);
		else
			buf_printf(out, "%lld.%lldM free", v >> 20, (v & 0xfffff) * 10 >> 20);
		break;
	case PRESSURE_SHARES: buf_printf(out, "%lld %%", v); break;
	case PRESSURE_ITEMS: buf_printf(out, "%lld messages", v); break;
	case PRESSURE_MS:
		if (v >= 2 * 60000)
			buf_printf(out, "%lldm", v / 60000);
		else
			buf_printf(out, "%llds", v / 1000);
		break;
	}
}

void
pressure_bound_words(enum pressure_of what, int64_t bound, struct buf *out)
{
	if (bound == 0)
		buf_str(out, "no value");
	else
		pressure_value_words(what, bound, out);
}

void
pressure_words(const struct pressure *p, struct buf *out)
{
	const char *comma = "";

	for (int i = 0; i < PRESSURE_COUNT; i++) {
		if (p->of[i].level == PRESSURE_NORMAL)
			continue;
		buf_printf(out, "%s%s %s", comma, rows[i].name, level_names[p->of[i].level]);
		comma = ", ";
	}
}
