/* load: a calling PBX without end, over one UDP socket or one TCP connection, and what its calls
 * cost the servers.  sipp takes five times the CPU of what is measured here; this does not.
 *   load [-t udp|tcp] [-m echo|302|call] [-a] [-o OUTSTANDING] [-s SECONDS] [-r CALLS-A-SECOND]
 *        [-p PID,PID...] LOCAL PEER
 * Without -r as many calls as OUTSTANDING (64) are always under way.  Prints one line of JSON; CPU
 * and latency are of the time after a warm-up of a fifth. */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/lib/caller.h"
#include "tests/bench/lib/meter.h"
#include "tests/bench/lib/wire.h"

enum mode { MODE_ECHO, MODE_302, MODE_CALL };
enum state { FREE, INVITED, PROCEEDING, LEAVING };

enum { SLOTS = 4096, TRIES = 4 };
static const int64_t second = 1000000000, resend_after = 500000000, give_up_after = 4000000000;

struct slot {
	enum state state;
	uint32_t number;
	unsigned tries;
	int64_t begun, sent;
	struct caller_dialog dialog;
};

struct counts {
	uint64_t done, failed, retransmitted, stray;
	int64_t at, cpu;
};

static struct {
	enum mode mode;
	bool tcp, ack;
	unsigned outstanding;
	double seconds, rate;
	struct meter_cpu cpu;
} opt = {.outstanding = 64, .seconds = 2};

static struct wire *wire;
static struct caller caller;
static struct slot slots[SLOTS];
static unsigned free_slots[SLOTS], nfree;
static uint32_t last_number;
static int64_t now, begin, end;
static struct counts total, warm;
static struct meter_latency latency;
static unsigned bad_status; /* the first answer that was not as wanted */

static struct caller_id
id_of(const struct slot *s)
{
	return (struct caller_id){'i', (uint32_t)(s - slots), s->number};
}

static void
send_invite(struct slot *s)
{
	struct caller_id id = id_of(s);

	wire_put(wire, caller_invite(&caller, &id, wire_room(wire)), NULL);
	s->sent = now;
}

static void
send_ack(const struct slot *s, bool success)
{
	struct caller_id id = id_of(s);

	wire_put(wire, caller_ack(&caller, &id, &s->dialog, success, wire_room(wire)), NULL);
}

static void
send_bye(struct slot *s)
{
	struct caller_id id = id_of(s);

	wire_put(wire, caller_bye(&caller, &id, &s->dialog, wire_room(wire)), NULL);
	s->sent = now;
}

static void
start(struct slot *s)
{
	*s = (struct slot){.state = INVITED, .number = ++last_number, .begun = now};
	send_invite(s);
}

static void
finish(struct slot *s, bool well, unsigned status)
{
	if (well)
		total.done++;
	else
		total.failed++;
	if (!well && !bad_status)
		bad_status = status;
	s->state = FREE;
	if (opt.rate == 0 && now < end)
		start(s);
	else
		free_slots[nfree++] = (unsigned)(s - slots);
}

/* A final answer to the INVITE; 0 is an echo. */
static void
invite_answered(struct slot *s, unsigned status, struct slice message)
{
	bool dialog = status >= 200 && caller_dialog(message, &s->dialog);

	if (warm.at)
		meter_latency_add(&latency, now - s->begun);
	if (opt.mode == MODE_CALL && status / 100 == 2 && dialog) {
		send_ack(s, true);
		send_bye(s);
		s->state = LEAVING;
		s->tries = 0;
		return;
	}
	if (status >= 300 && (opt.ack || opt.mode == MODE_CALL))
		send_ack(s, false);
	finish(s, opt.mode == MODE_ECHO ? status == 0 : opt.mode == MODE_302 && status == 302,
	       status);
}

static void
take(void *arg, struct slice message, const struct sockaddr_in *from)
{
	struct caller_id id;
	unsigned status;
	struct slot *s;

	(void)arg, (void)from;
	if (!caller_answer(message, &status, &id) || id.slot >= SLOTS ||
	    slots[id.slot].number != id.number || slots[id.slot].state == FREE) {
		total.stray++;
		return;
	}
	s = &slots[id.slot];
	if (status >= 100 && status < 200)
		s->state = s->state == INVITED ? PROCEEDING : s->state;
	else if (id.kind == 'i' && s->state != LEAVING)
		invite_answered(s, status, message);
	else if (id.kind == 'i' && status / 100 == 2)
		send_ack(s, true); /* the 200 again: it has not seen our ACK */
	else if (id.kind == 'b' && s->state == LEAVING)
		finish(s, status == 200, status);
}

static void
look_after(struct slot *s)
{
	int64_t wait = s->state == PROCEEDING || opt.tcp ? give_up_after : resend_after;

	if (s->state == FREE || now - s->sent < wait)
		return;
	if (wait == give_up_after || ++s->tries == TRIES) {
		finish(s, false, 408);
		return;
	}
	total.retransmitted++;
	if (s->state == INVITED)
		send_invite(s);
	else
		send_bye(s);
}

/* Starts what is due; returns when the next one will be. */
static int64_t
start_due(void)
{
	int64_t due = end;

	while (nfree && now < end) {
		if (opt.rate > 0) {
			due = begin + (int64_t)((double)last_number * 1e9 / opt.rate);
			if (due > now)
				break;
		} else if (SLOTS - nfree >= opt.outstanding) {
			break;
		}
		start(&slots[free_slots[--nfree]]);
	}
	return due;
}

static struct counts
reading(void)
{
	struct counts c = total;

	c.at = now;
	c.cpu = meter_cpu_ns(&opt.cpu);
	return c;
}

static void
wait_for(int64_t until)
{
	struct pollfd p = {wire_fd(wire), POLLIN, 0};
	int64_t ns = until > now ? until - now : 0;
	struct timespec ts;

	if (ns > second / 10)
		ns = second / 10;
	ts = (struct timespec){0, ns};
	if (ppoll(&p, 1, &ts, NULL) <= 0)
		return;
	now = meter_now();
	if (!wire_receive(wire, take, NULL)) {
		fprintf(stderr, "bench: the server closed the connection\n");
		exit(1);
	}
}

static struct counts
run(void)
{
	int64_t checked = 0;
	struct counts last = {0};

	begin = now = meter_now();
	end = begin + (int64_t)(opt.seconds * 1e9);
	while (now < end || (nfree < SLOTS && now < end + give_up_after + second)) {
		int64_t due = start_due();

		wire_flush(wire);
		wait_for(due);
		wire_flush(wire);
		now = meter_now();
		if (!warm.at && now > begin + (end - begin) / 5)
			warm = reading();
		if (!last.at && now >= end)
			last = reading();
		if (now - checked > second / 10) {
			checked = now;
			for (unsigned i = 0; i < SLOTS; i++)
				look_after(&slots[i]);
		}
	}
	return last;
}

static void
print(const struct counts *last)
{
	double calls = (double)(last->done - warm.done), us = (double)(last->at - warm.at) / 1e3;
	double cpu = (double)(last->cpu - warm.cpu) / 1e3;

	printf("{\"done\": %lu, \"failed\": %lu, \"retransmitted\": %lu, \"stray\": %lu, "
	       "\"bad_status\": %u, \"calls\": %.0f, \"elapsed_s\": %.3f, \"rate\": %.0f, "
	       "\"cpu_us\": %.3f, \"cpu_share\": %.4f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"worst_us\": %.1f, \"invite_bytes\": %zu}\n",
	       total.done, total.failed, total.retransmitted, total.stray, bad_status, calls,
	       us / 1e6, calls / us * 1e6, calls > 0 ? cpu / calls : 0, cpu / us,
	       (double)meter_latency_at(&latency, 0.5) / 1e3,
	       (double)meter_latency_at(&latency, 0.99) / 1e3, (double)latency.worst / 1e3,
	       caller.ninvite);
}

static enum mode
mode_of(const char *word)
{
	if (!strcmp(word, "302"))
		return MODE_302;
	return strcmp(word, "call") ? MODE_ECHO : MODE_CALL;
}

static void
options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:m:ao:s:r:p:")) != -1) {
		switch (c) {
		case 't': opt.tcp = !strcmp(optarg, "tcp"); break;
		case 'm': opt.mode = mode_of(optarg); break;
		case 'a': opt.ack = true; break;
		case 'o': opt.outstanding = (unsigned)atoi(optarg); break;
		case 's': opt.seconds = atof(optarg); break;
		case 'r': opt.rate = atof(optarg); break;
		case 'p': meter_cpu_parse(&opt.cpu, optarg); break;
		default: exit(2);
		}
	}
	if (argc - optind != 2 || opt.outstanding < 1 || opt.outstanding > SLOTS) {
		fprintf(stderr, "usage: load [-t udp|tcp] [-m echo|302|call] [-a] [-o N] "
				"[-s SECONDS] [-r RATE] [-p PIDS] LOCAL PEER\n");
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct caller_setup setup = {.pad = true};
	struct counts last;

	options(argc, argv);
	setup.tcp = opt.tcp;
	setup.local = wire_address(argv[optind]);
	setup.peer = wire_address(argv[optind + 1]);
	caller_init(&caller, &setup);
	wire = opt.tcp ? wire_tcp(&setup.local, &setup.peer) : wire_udp(&setup.local, &setup.peer);
	while (nfree < SLOTS) {
		free_slots[nfree] = SLOTS - 1 - nfree;
		nfree++;
	}
	last = run();
	print(&last);
	wire_free(wire);
	return total.failed > 0;
}
