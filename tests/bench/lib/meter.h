/* meter: what a run of the load generator counts: latencies, and the CPU time of the servers.
 * Must not know: SIP.  Never allocates. */
#ifndef EVERTRUNK_BENCH_METER_H
#define EVERTRUNK_BENCH_METER_H

#include <stdint.h>

/* Latencies in nanoseconds, in steps of 1/32 of an octave: a percentile is right to 3 %. */
enum { METER_STEPS = 32, METER_CELLS = 64 * METER_STEPS };
struct meter_latency {
	uint64_t cell[METER_CELLS];
	uint64_t n;
	int64_t worst;
};
void meter_latency_add(struct meter_latency *m, int64_t ns);
/* The latency that `share` (0..1) of all stayed under, in nanoseconds; 0 when there are none. */
int64_t meter_latency_at(const struct meter_latency *m, double share);

/* The processes whose CPU clocks are read together. */
enum { METER_PIDS = 32 };
struct meter_cpu {
	int pid[METER_PIDS];
	unsigned n;
};
/* "12,13,14"; ends the program when one is no living process. */
void meter_cpu_parse(struct meter_cpu *m, const char *pids);
/* User and system time of all their threads until now, nanoseconds. */
int64_t meter_cpu_ns(const struct meter_cpu *m);

/* CLOCK_MONOTONIC, nanoseconds. */
int64_t meter_now(void);

#endif
