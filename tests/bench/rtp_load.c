/* rtp_load: calls that speak: sets N calls up, sends each a packet of G.711 every 20 ms and hangs
 * up at the end.
 *   rtp_load [-x] [-n CALLS] [-s SECONDS] [-w SETTLE] [-p PID,PID...] LOCAL MEDIA PEER
 * -x: the calls are encrypted (SRTP, AES_CM_128_HMAC_SHA1_80), each as a source of its own.
 * The calls are spread evenly over the 20 ms, as those of a PBX are.  Prints one line of JSON; CPU
 * is of the time after SETTLE seconds (greeting and tone).  All calls share one socket. */
#include <arpa/inet.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/lib/caller.h"
#include "tests/bench/lib/meter.h"
#include "tests/bench/lib/wire.h"
#include "worker/secure.h"

enum { CALLS = 2000, HEADER = 12, SAMPLES = 160, PHASES = 20, SETUP_RATE = 200 };
static const int64_t millisecond = 1000000, second = 1000000000;

struct call {
	struct caller_dialog dialog;
	struct sockaddr_in to;
	uint16_t seq;
	uint32_t stamp;
	bool up, ended;
	struct secure *secure;
};

static struct {
	unsigned calls;
	double seconds, settle;
	struct meter_cpu cpu;
	bool secure;
} opt = {.calls = 100, .seconds = 10, .settle = 3};

static struct call calls[CALLS];
static struct caller caller;
static struct wire *sip, *rtp;
static uint8_t voice[SAMPLES];
static unsigned up, ended, refused;
static uint64_t sent, received;
static int64_t worst_late;

/* G.711 mu-law (ITU-T G.711 table 2a) of a linear sample. */
static uint8_t
mu_law(int sample)
{
	int sign = sample < 0 ? 0x80 : 0, magnitude = abs(sample) + 132, exponent = 7;

	if (magnitude > 32635)
		magnitude = 32635;
	while (exponent > 0 && !(magnitude & (128 << exponent)))
		exponent--;
	return (uint8_t) ~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 15));
}

/* A whole number of periods, so that packet follows packet without a step. */
static void
make_voice(void)
{
	for (int i = 0; i < SAMPLES; i++)
		voice[i] = mu_law((int)(8000 * sin(2 * M_PI * 400 * i / 8000)));
}

/* Where a session description wants audio.  false: it does not say. */
static bool
media_of(struct slice m, struct sockaddr_in *ret)
{
	ptrdiff_t c = slice_find(m, SLICE("\nc=IN IP4 "), false);
	ptrdiff_t a = slice_find(m, SLICE("\nm=audio "), false);
	char ip[INET_ADDRSTRLEN] = "";

	if (c < 0 || a < 0)
		return false;
	for (size_t i = 0; i < sizeof ip - 1 && m.p[c + 10 + (ptrdiff_t)i] > ' '; i++)
		ip[i] = m.p[c + 10 + (ptrdiff_t)i];
	*ret = (struct sockaddr_in){.sin_family = AF_INET};
	ret->sin_port = htons((uint16_t)atoi(m.p + a + 9));
	return inet_pton(AF_INET, ip, &ret->sin_addr) == 1;
}

/* ---- SRTP ---- */

static struct sdp_crypto key; /* of all calls: each is another source */

static uint32_t
source_of(const struct call *c)
{
	return 0x6265u << 16 | (uint32_t)(c - calls);
}

static const char *
make_key(void)
{
	static char line[128];
	struct buf out = BUF(line);

	key = (struct sdp_crypto){.suite = SDP_AES_128_80, .tag = 1};
	secure_random(key.key, sdp_suite_key_len(key.suite));
	sdp_crypto_write(&out, &key);
	return buf_cstr(&out);
}

/* false: the answer has no key. */
static bool
take_key(struct call *c, struct slice m)
{
	ptrdiff_t at = slice_find(m, SLICE("\na=crypto:"), false);
	struct sdp_crypto theirs;
	struct slice line;

	if (at < 0)
		return false;
	line = (struct slice){m.p + at + 10, m.n - (size_t)at - 10};
	if ((at = slice_find(line, SLICE("\r"), false)) >= 0)
		line.n = (size_t)at;
	return sdp_crypto_read(line, &theirs) == 0 &&
	       secure_set(&c->secure, source_of(c), &key, &theirs) == 0;
}

static void
answered(struct call *c, const struct caller_id *id, unsigned status, struct slice message)
{
	if (status / 100 != 2 || !caller_dialog(message, &c->dialog)) {
		refused++;
		return;
	}
	wire_put(sip, caller_ack(&caller, id, &c->dialog, true, wire_room(sip)), NULL);
	if (!c->up && media_of(message, &c->to) && (!opt.secure || take_key(c, message))) {
		c->up = true;
		up++;
	}
}

static void
take_sip(void *arg, struct slice message, const struct sockaddr_in *from)
{
	struct caller_id id;
	unsigned status;

	(void)arg, (void)from;
	if (!caller_answer(message, &status, &id) || id.slot >= opt.calls || status < 200)
		return;
	if (id.kind == 'i') {
		answered(&calls[id.slot], &id, status, message);
	} else if (id.kind == 'b' && !calls[id.slot].ended) {
		calls[id.slot].ended = true;
		ended++;
	}
}

static void
take_rtp(void *arg, struct slice packet, const struct sockaddr_in *from)
{
	(void)arg, (void)packet, (void)from;
	received++;
}

static void
send_packet(struct call *c)
{
	uint8_t *p = (uint8_t *)wire_room(rtp);
	size_t n = HEADER + SAMPLES;
	uint32_t stamp = htonl(c->stamp), ssrc = htonl(source_of(c));
	uint16_t seq = htons(c->seq);

	p[0] = 0x80;
	p[1] = c->seq == 0 ? 0x80 : 0; /* marker on the first; payload type 0 */
	memcpy(p + 2, &seq, 2);
	memcpy(p + 4, &stamp, 4);
	memcpy(p + 8, &ssrc, 4);
	memcpy(p + HEADER, voice, SAMPLES);
	if (opt.secure && secure_rtp_out(c->secure, p, &n) != 0)
		wire_die("SRTP");
	wire_put(rtp, n, &c->to);
	c->seq++;
	c->stamp += SAMPLES;
	sent++;
}

/* One millisecond's share of the calls. */
static void
speak(unsigned phase)
{
	for (unsigned i = phase; i < opt.calls; i += PHASES)
		if (calls[i].up)
			send_packet(&calls[i]);
	wire_flush(rtp);
	wire_receive(rtp, take_rtp, NULL);
	wire_receive(sip, take_sip, NULL);
	wire_flush(sip);
}

static void
sleep_until(int64_t ns)
{
	struct timespec ts = {ns / second, ns % second};
	int64_t late;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) != 0)
		;
	late = meter_now() - ns;
	if (late > worst_late)
		worst_late = late;
}

static void
invite(unsigned i)
{
	struct caller_id id = {'i', i, i};

	wire_put(sip, caller_invite(&caller, &id, wire_room(sip)), NULL);
	wire_flush(sip);
}

static void
hang_up(void)
{
	for (unsigned i = 0; i < opt.calls; i++) {
		struct caller_id id = {'i', i, i};

		if (!calls[i].up)
			continue;
		wire_put(sip, caller_bye(&caller, &id, &calls[i].dialog, wire_room(sip)), NULL);
		if (i % 16 == 15)
			wire_flush(sip);
	}
	wire_flush(sip);
}

/* One millisecond after the other: calls come up, speak, and the CPU clocks are read. */
static void
run(void)
{
	int64_t begin = meter_now(), cpu = 0, from = 0, to;
	unsigned asked = 0;
	int ms, settled = (int)(opt.settle * 1000) + (int)opt.calls * 1000 / SETUP_RATE;
	int last = settled + (int)(opt.seconds * 1000), gone = last + 3000;

	for (ms = 0; ms < last; ms++) {
		sleep_until(begin + ms * millisecond);
		if (asked < opt.calls && asked * 1000 / SETUP_RATE <= (unsigned)ms)
			invite(asked++);
		speak((unsigned)ms % PHASES);
		if (ms == settled) {
			cpu = meter_cpu_ns(&opt.cpu);
			from = meter_now();
			sent = received = 0;
			worst_late = 0;
		}
	}
	cpu = meter_cpu_ns(&opt.cpu) - cpu;
	to = meter_now();
	hang_up();
	for (; ms < gone && ended < up; ms++) {
		sleep_until(begin + ms * millisecond);
		wire_receive(sip, take_sip, NULL);
		wire_receive(rtp, take_rtp, NULL);
	}
	printf("{\"calls\": %u, \"up\": %u, \"refused\": %u, \"ended\": %u, \"cpu_share\": %.4f, "
	       "\"sent\": %lu, \"received\": %lu, \"worst_late_us\": %ld}\n",
	       opt.calls, up, refused, ended, (double)cpu / (double)(to - from), sent, received,
	       worst_late / 1000);
}

int
main(int argc, char **argv)
{
	struct caller_setup setup = {0};
	int c;

	while ((c = getopt(argc, argv, "xn:s:w:p:")) != -1) {
		switch (c) {
		case 'x': opt.secure = true; break;
		case 'n': opt.calls = (unsigned)atoi(optarg); break;
		case 's': opt.seconds = atof(optarg); break;
		case 'w': opt.settle = atof(optarg); break;
		case 'p': meter_cpu_parse(&opt.cpu, optarg); break;
		default: return 2;
		}
	}
	if (argc - optind != 3 || opt.calls < 1 || opt.calls > CALLS) {
		fprintf(stderr,
			"usage: rtp_load [-x] [-n CALLS] [-s SECONDS] [-w SETTLE] [-p PIDS] "
			"LOCAL MEDIA PEER\n");
		return 2;
	}
	setup.local = wire_address(argv[optind]);
	setup.media = wire_address(argv[optind + 1]);
	setup.peer = wire_address(argv[optind + 2]);
	if (opt.secure)
		setup.crypto = make_key();
	make_voice();
	caller_init(&caller, &setup);
	sip = wire_udp(&setup.local, &setup.peer);
	rtp = wire_udp(&setup.media, NULL);
	run();
	return up != opt.calls || ended != up;
}
