/* rounds: see rounds.h. */
#include "worker/rounds.h"

#include <stdlib.h>

/* After that something was put there: mail servers take their time. */
static const int64_t hurry_ms[] = {1500, 6000, 20000};
enum { HURRY_STEPS = sizeof(hurry_ms) / sizeof(hurry_ms[0]) };

struct hurry {
	struct mono since, due;
	uint32_t i;
	unsigned step; /* looks there were */
};

struct rounds {
	int64_t interval_ns, least_ns; /* a round; between two looks */
	uint32_t n;
	uint32_t turn;    /* whose it is */
	bool fast;        /* the first round */
	bool hurried;     /* the last look was out of turn */
	struct mono due;  /* the next turn */
	struct mono gate; /* nobody before: the rate, or an outage */
	enum rounds_state state;
	unsigned failures; /* in a row, while down */
	unsigned refused;  /* in a row */
	uint32_t nhurry;
	struct hurry hurry[ROUNDS_HURRIES];
};

struct rounds *
rounds_new(int64_t interval, uint32_t rate)
{
	struct rounds *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->interval_ns = interval * 1000000;
	r->least_ns = 1000000000 / (rate > 0 ? rate : 1);
	return r;
}

void
rounds_free(struct rounds *r)
{
	free(r);
}

static void
start_over(struct rounds *r, struct mono now)
{
	r->turn = 0;
	r->fast = true;
	r->due = now;
}

void
rounds_begin(struct rounds *r, uint32_t n, struct mono now)
{
	r->n = n;
	r->nhurry = 0;
	r->refused = 0;
	start_over(r, now);
}

enum rounds_state
rounds_state(const struct rounds *r)
{
	return r->state;
}

/* ---- whose turn ---- */

static struct mono
plus(struct mono t, int64_t ns)
{
	return (struct mono){t.ns + ns};
}

static struct mono
later(struct mono a, struct mono b)
{
	return a.ns > b.ns ? a : b;
}

static int64_t
gap(const struct rounds *r)
{
	const int64_t even = r->interval_ns / r->n;

	return r->fast || even < r->least_ns ? r->least_ns : even;
}

static uint32_t
take_turn(struct rounds *r, struct mono now)
{
	const uint32_t i = r->turn;

	if (++r->turn == r->n) {
		r->turn = 0;
		r->fast = false;
	}
	/* Who is late does not catch up in a burst. */
	r->due = plus(r->due, gap(r));
	if (r->due.ns <= now.ns)
		r->due = plus(now, gap(r));
	r->hurried = false;
	return i;
}

/* The hurry that is due first; NULL: there is none. */
static struct hurry *
first_hurry(struct rounds *r)
{
	struct hurry *first = NULL;

	for (uint32_t k = 0; k < r->nhurry; k++)
		if (!first || r->hurry[k].due.ns < first->due.ns)
			first = &r->hurry[k];
	return first;
}

static uint32_t
take_hurry(struct rounds *r, struct hurry *h, struct mono now)
{
	const uint32_t i = h->i;

	/* several looks that are overdue are one */
	while (h->step < HURRY_STEPS && mono_add(h->since, hurry_ms[h->step]).ns <= now.ns)
		h->step++;
	if (h->step == HURRY_STEPS)
		*h = r->hurry[--r->nhurry];
	else
		h->due = mono_add(h->since, hurry_ms[h->step]);
	r->hurried = true;
	return i;
}

static int64_t
wait_until(struct mono now, struct mono then)
{
	return (then.ns - now.ns + 999999) / 1000000;
}

uint32_t
rounds_next(struct rounds *r, struct mono now, int64_t *ret_wait)
{
	struct hurry *h = r->state == ROUNDS_DOWN ? NULL : first_hurry(r);
	/* down: the gate alone says when, and each try is another's turn */
	struct mono due = r->state == ROUNDS_DOWN ? r->gate : r->due;

	*ret_wait = -1;
	if (r->n == 0)
		return ROUNDS_NONE;
	if (h && h->due.ns < due.ns)
		due = h->due;
	due = later(due, r->gate);
	if (due.ns > now.ns) {
		*ret_wait = wait_until(now, due);
		return ROUNDS_NONE;
	}
	r->gate = plus(now, r->least_ns);
	/* Where both are due they take turns, so that neither starves. */
	const bool out_of_turn = h && h->due.ns <= now.ns && (!r->hurried || r->due.ns > now.ns);
	return out_of_turn ? take_hurry(r, h, now) : take_turn(r, now);
}

/* ---- out of turn ---- */

void
rounds_hurry(struct rounds *r, uint32_t i, struct mono now)
{
	const struct mono due = mono_add(now, hurry_ms[0]);
	uint32_t k = 0;

	while (k < r->nhurry && r->hurry[k].i != i)
		k++;
	if (k == ROUNDS_HURRIES || i >= r->n)
		return;
	struct hurry *h = &r->hurry[k];
	if (k == r->nhurry) {
		r->nhurry++;
		h->due = due;
	} else if (due.ns < h->due.ns) {
		h->due = due;
	}
	h->i = i;
	h->step = 0;
	h->since = now;
}

/* ---- what became of it ---- */

/* 5, 10, 20, 40 s, and then every minute. */
static int64_t
pause_after(unsigned failures)
{
	return failures > 4 ? 60000 : 5000 << (failures - 1);
}

static void
nobody(struct rounds *r, struct mono now)
{
	r->state = ROUNDS_DOWN;
	r->failures++;
	r->gate = mono_add(now, pause_after(r->failures));
}

static void
somebody(struct rounds *r, struct mono now)
{
	if (r->state == ROUNDS_DOWN)
		start_over(r, now);
	r->state = ROUNDS_UP;
	r->failures = 0;
	r->refused = 0;
}

/* One that is refused says nothing of the others, unless all are, or very many in a row: then it is
 * our login, and a server that is asked on and on may lock it. */
static bool
is_alone(struct rounds *r)
{
	r->refused++;
	return r->refused < ROUNDS_REFUSED_MAX && r->refused < r->n;
}

void
rounds_done(struct rounds *r, enum rounds_result result, struct mono now)
{
	if (result == ROUNDS_SEEN)
		somebody(r, now);
	else if (result == ROUNDS_OUTAGE || !is_alone(r) || r->state == ROUNDS_DOWN)
		nobody(r, now);
}
