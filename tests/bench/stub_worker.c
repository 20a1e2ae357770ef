/* stub_worker: a worker of the supervisor that costs next to nothing, so that what is measured is
 * the supervisor: speaks the channel like um-worker, answers every request with 200, plays and
 * records nothing.  Runs on the core that $BENCH_CORE names, away from the supervisor. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ipc/channel.h"
#include "tests/bench/lib/callee.h"
#include "tests/bench/lib/wire.h"

enum { CONF_TEXT_MAX = 1 << 20 };

static struct conf *conf;
static struct channel *channel;
static struct loop *loop;
static int listener;
static uint32_t generation;
static char contact[CONF_DOORS][128];
static size_t ncontact;
static struct msg_beat beat;
static uint64_t tags;

static void
stay_on_core(void)
{
	const char *core = getenv("BENCH_CORE");
	cpu_set_t set;

	if (!core)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)atoi(core), &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		wire_die("BENCH_CORE");
}

static void
read_conf(void)
{
	static char text[CONF_TEXT_MAX], why[4096];
	struct buf errors = BUF(why);
	ssize_t n = pread(WORKER_FD_CONF, text, sizeof text, 0);

	if (n < 0)
		wire_die("configuration");
	if (conf_read_text("configuration", (struct slice){text, (size_t)n}, &errors, &conf)) {
		fprintf(stderr, "%s", buf_cstr(&errors));
		exit(1);
	}
}

/* The Contact of a call is the door that it came in by. */
static void
write_contacts(void)
{
	static struct door_spec door[CONF_DOORS];
	char text[ADDR_TEXT_MAX];

	ncontact = conf_doors(conf, door);
	for (size_t i = 0; i < ncontact; i++)
		snprintf(contact[i], sizeof contact[i], "sip:7000@%s;transport=%s",
			 addr_text(&door[i].local, text), transport_name(door[i].transport));
}

/* The door's index from the Via that the supervisor has pushed; its own requests have none. */
static bool
door_of(struct slice via, size_t *ret)
{
	ptrdiff_t at = slice_find(via, SLICE(";d="), false);

	*ret = at < 0 ? 0 : strtoul(via.p + at + 3, NULL, 10);
	return at >= 0 && *ret < ncontact;
}

static void
report_begin(struct slice call_id, bool test)
{
	struct msg_call_begin m = {.test = (uint8_t)test, .caller = "1004", .called = "7000"};

	m.call_id_len =
	    (uint16_t)(call_id.n < MESSAGE_CALL_ID_MAX ? call_id.n : MESSAGE_CALL_ID_MAX);
	memcpy(m.call_id, call_id.p, m.call_id_len);
	beat.calls++;
	channel_send(channel, MSG_CALL_BEGIN, &m);
}

static void
report_end(struct slice call_id, bool test)
{
	struct msg_call_end m = {.test = (uint8_t)test, .cause = CALL_CAUSE_HANGUP};

	m.call_id_len =
	    (uint16_t)(call_id.n < MESSAGE_CALL_ID_MAX ? call_id.n : MESSAGE_CALL_ID_MAX);
	memcpy(m.call_id, call_id.p, m.call_id_len);
	if (beat.calls)
		beat.calls--;
	channel_send(channel, MSG_CALL_END, &m);
}

static void
take(void *arg, struct slice message, const struct sockaddr_in *from)
{
	struct wire *wire = arg;
	struct buf out = {wire_room(wire), 0, WIRE_MSG, false};
	struct callee_request r;
	char text[48];
	struct buf tag = BUF(text);
	size_t door;
	bool test;

	if (!callee_read(message, &r) || r.method == CALLEE_ACK)
		return;
	test = !door_of(r.via[0], &door);
	if (r.method == CALLEE_INVITE && !r.in_dialog)
		report_begin(callee_value(r.call_id), test);
	else if (r.method == CALLEE_BYE)
		report_end(callee_value(r.call_id), test);
	buf_str(&tag, "g");
	buf_u64(&tag, generation);
	buf_str(&tag, "-");
	buf_u64(&tag, ++tags);
	callee_answer(&r, (struct slice){tag.p, tag.n}, slice_str(contact[door]), &out);
	wire_put(wire, out.n, from);
}

static void
on_readable(void *arg, unsigned events)
{
	struct wire *wire = arg;

	(void)events;
	if (!wire_receive(wire, take, wire))
		loop_stop(loop); /* the supervisor has closed its connection */
	else
		wire_flush(wire);
}

static void
serve(struct wire *wire)
{
	loop_io_want(loop_io_new(loop, "sip", wire_fd(wire), on_readable, wire), LOOP_READ);
}

/* What trunks send over TCP comes over a connection of its own. */
static void
on_accept(void *arg, unsigned events)
{
	const int fd = accept(listener, NULL, NULL);

	(void)arg, (void)events;
	if (fd >= 0)
		serve(wire_accepted(fd));
}

static void
on_beat(void *arg)
{
	(void)arg;
	channel_send(channel, MSG_BEAT, &beat);
}

static void
begin(const struct msg_start *m)
{
	struct msg_hello hello = {.version = MESSAGE_VERSION, .pid = (uint32_t)getpid()};
	struct msg_ready ready = {0};
	struct addr local = conf->inner.worker;
	struct sockaddr_storage ss;

	if (m->version != MESSAGE_VERSION) {
		fprintf(stderr, "stub_worker: message version %u\n", m->version);
		exit(1);
	}
	generation = m->generation;
	local.port = m->slot ? conf->listen.slot_b_port : conf->listen.slot_a_port;
	addr_to_sockaddr(&local, &ss);
	serve(wire_udp((const struct sockaddr_in *)&ss, NULL));
	listener = wire_socket(SOCK_STREAM, (const struct sockaddr_in *)&ss);
	if (listen(listener, 8) < 0)
		wire_die("listen");
	loop_io_want(loop_io_new(loop, "listener", listener, on_accept, NULL), LOOP_READ);
	channel_send(channel, MSG_HELLO, &hello);
	channel_send(channel, MSG_READY, &ready);
	loop_timer_every(loop_timer_new(loop, "beat", on_beat, NULL), conf->worker.heartbeat);
}

static void
on_message(void *arg, enum message_type type, const void *payload)
{
	(void)arg;
	if (type == MSG_START)
		begin(payload);
	else if (type == MSG_STOP)
		loop_stop(loop);
}

static void
on_gone(void *arg, int why)
{
	(void)arg, (void)why;
	loop_stop(loop);
}

int
main(void)
{
	stay_on_core();
	read_conf();
	write_contacts();
	loop = loop_new();
	channel = loop ? channel_new(loop, WORKER_FD_CHANNEL, TO_WORKER,
				     &(struct channel_hooks){on_message, on_gone, NULL})
		       : NULL;
	if (!channel)
		wire_die("channel");
	loop_run(loop);
	return 0;
}
