/* meter: see meter.h. */
#include "tests/bench/lib/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned
cell_of(uint64_t ns)
{
	unsigned octave;

	if (ns < METER_STEPS)
		return (unsigned)ns;
	octave = 63u - (unsigned)__builtin_clzll(ns);
	return (octave - 4) * METER_STEPS + (unsigned)(ns >> (octave - 5)) % METER_STEPS;
}

/* The lowest latency that falls into a cell. */
static int64_t
cell_start(unsigned cell)
{
	unsigned octave = cell / METER_STEPS + 4;

	if (cell < METER_STEPS)
		return cell;
	return (int64_t)(METER_STEPS + cell % METER_STEPS) << (octave - 5);
}

void
meter_latency_add(struct meter_latency *m, int64_t ns)
{
	m->cell[cell_of(ns > 0 ? (uint64_t)ns : 0)]++;
	m->n++;
	if (ns > m->worst)
		m->worst = ns;
}

int64_t
meter_latency_at(const struct meter_latency *m, double share)
{
	uint64_t want = (uint64_t)((double)m->n * share), seen = 0;

	for (unsigned i = 0; m->n && i < METER_CELLS; i++) {
		seen += m->cell[i];
		if (seen > want)
			return cell_start(i);
	}
	return m->worst;
}

static clockid_t
clock_of(int pid)
{
	clockid_t id;

	if (clock_getcpuclockid(pid, &id)) {
		fprintf(stderr, "bench: %d: no such process\n", pid);
		exit(1);
	}
	return id;
}

void
meter_cpu_parse(struct meter_cpu *m, const char *pids)
{
	char *end;

	for (m->n = 0; *pids && m->n < METER_PIDS; pids = *end ? end + 1 : end) {
		m->pid[m->n] = (int)strtol(pids, &end, 10);
		(void)clock_of(m->pid[m->n++]);
	}
}

int64_t
meter_cpu_ns(const struct meter_cpu *m)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < m->n; i++) {
		struct timespec ts;

		if (clock_gettime(clock_of(m->pid[i]), &ts)) {
			perror("bench: CPU clock");
			exit(1);
		}
		sum += (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	}
	return sum;
}

int64_t
meter_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}
