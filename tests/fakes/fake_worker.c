/* fake_worker: a worker for the tests of the pool: speaks the channel, answers SIP with the least
 * that passes, and misbehaves on order.
 *
 * FAKE_MODES in the environment says how, by generation: "2:exit,3:deaf,*:good".
 *	good      does everything right
 *	exit      exits with status 3 at once
 *	mute      never says HELLO
 *	deaf      says READY and never answers SIP
 *	refuse    answers INVITE with 488
 *	nonsense  breaks the channel's rules when it is ready
 *	shut      closes its channel when it is ready, and lives on
 *	garble    breaks the channel's rules when the first real call comes
 *	silent    answers SIP, reports nothing
 *	stubborn  ignores STOP and SIGTERM
 *	fragile   aborts when it is told to drain
 *	mum       never says what became of a NOTIFY
 * A NOTIFY to no trunk in particular is refused by one and taken by the next; to trunk "never" it
 * is refused. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ipc/base/log.h"
#include "ipc/channel.h"
#include "supervisor/scan.h"

#define CALLS 64

static struct loop *loop;
static struct channel *channel;
static struct loop_timer *beat;
static struct conf *conf;
static uint32_t generation;
static char mode[32] = "good";
static int sip = -1;
static struct msg_call_end up[CALLS]; /* the calls that are up, as they will be reported */
static size_t nup;

static bool
is(const char *what)
{
	return strcmp(mode, what) == 0;
}

static void
choose_mode(void)
{
	char list[512], *save = NULL;
	const char *env = getenv("FAKE_MODES");
	char own[16];

	snprintf(own, sizeof(own), "%u:", generation);
	snprintf(list, sizeof(list), "%s", env ? env : "");
	for (char *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (strncmp(w, own, strlen(own)) == 0 || strncmp(w, "*:", 2) == 0) {
			snprintf(mode, sizeof(mode), "%.31s", strchr(w, ':') + 1);
			return;
		}
	}
}

static struct conf *
read_conf(void)
{
	static char text[1 << 20], words[4096];
	struct buf errors = BUF(words);
	ssize_t n = read(WORKER_FD_CONF, text, sizeof(text));
	struct conf *c;

	if (n <= 0 || conf_read_text("fd 4", (struct slice){text, (size_t)n}, &errors, &c) < 0)
		log_fatal(LOG_MAIN, "no configuration on descriptor 4: %s", buf_cstr(&errors));
	return c;
}

static void
tell(enum message_type type, const void *payload)
{
	if (channel)
		channel_send(channel, type, payload);
}

/* --- calls --- */

static void
begin_call(const struct sip_msg *m, bool test)
{
	struct msg_call_begin b = {.test = test ? 1 : 0, .call_id_len = (uint16_t)m->call_id.n};

	memcpy(b.call_id, m->call_id.p, m->call_id.n);
	tell(MSG_CALL_BEGIN, &b);
	if (nup == CALLS)
		log_fatal(LOG_MAIN, "too many calls for a fake");
	up[nup] = (struct msg_call_end){.test = test ? 1 : 0, .call_id_len = b.call_id_len};
	memcpy(up[nup++].call_id, m->call_id.p, m->call_id.n);
}

static void
end_call(size_t i, enum call_cause cause)
{
	up[i].cause = (uint8_t)cause;
	tell(MSG_CALL_END, &up[i]);
	up[i] = up[--nup];
}

static void
end_call_of(const struct sip_msg *m)
{
	for (size_t i = 0; i < nup; i++) {
		if (slice_eq((struct slice){up[i].call_id, up[i].call_id_len}, m->call_id)) {
			end_call(i, CALL_CAUSE_HANGUP);
			return;
		}
	}
}

/* --- SIP --- */

static void
respond(const struct sip_msg *m, unsigned status, const char *body, const struct sockaddr *to,
	socklen_t len)
{
	char text[4096];
	struct buf b = BUF(text);

	buf_printf(&b, "SIP/2.0 %u Fake\r\n", status);
	buf_slice(&b, m->via.line);
	buf_str(&b, "From: ");
	buf_slice(&b, m->from.value);
	buf_str(&b, "\r\nTo: ");
	buf_slice(&b, m->to.value);
	if (m->to.tag.n == 0)
		buf_printf(&b, ";tag=g%u-fake", generation);
	buf_str(&b, "\r\nCall-ID: ");
	buf_slice(&b, m->call_id);
	buf_printf(&b, "\r\nCSeq: %u ", m->cseq);
	buf_slice(&b, m->method_token);
	buf_printf(&b, "\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	sendto(sip, b.p, b.n, 0, to, len);
}

static void
answer(const struct sip_msg *m, const struct sockaddr *to, socklen_t len)
{
	static const char junk[24] = "nonsense";
	struct slice value;
	bool test = scan_param(m->via.params, "test", &value);

	if (m->method == SIP_ACK)
		return;
	if (m->method == SIP_INVITE && is("refuse")) {
		respond(m, 488, "", to, len);
		return;
	}
	if (m->method == SIP_INVITE && !test && is("garble")) {
		send(WORKER_FD_CHANNEL, junk, sizeof(junk), 0);
		return;
	}
	if (m->method == SIP_INVITE)
		begin_call(m, test);
	if (m->method == SIP_BYE)
		end_call_of(m);
	respond(m, 200, m->method == SIP_INVITE ? "m=audio 4000 RTP/AVP 0\r\n" : "", to, len);
}

static void
on_sip(void *arg, unsigned events)
{
	static const struct scan_limits limits = {65536, 64};
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char packet[4096];
	ssize_t n = recvfrom(sip, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
	struct sip_msg m;

	(void)arg;
	(void)events;
	if (n > 0 && !is("deaf") &&
	    scan_message(packet, (size_t)n, false, &limits, &m) == SCAN_OK && m.request)
		answer(&m, (struct sockaddr *)&from, len);
}

static void
bind_sip(uint32_t slot)
{
	struct sockaddr_storage ss;
	struct addr a = conf->inner.worker;
	socklen_t len;

	a.port = slot == 0 ? conf->listen.slot_a_port : conf->listen.slot_b_port;
	len = addr_to_sockaddr(&a, &ss);
	sip = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sip < 0 || bind(sip, (struct sockaddr *)&ss, len) < 0)
		log_fatal(LOG_MAIN, "cannot bind the SIP socket: %m");
	loop_io_want(loop_io_new(loop, "sip", sip, on_sip, NULL), LOOP_READ);
}

/* --- the channel --- */

static void
on_beat(void *arg)
{
	struct msg_beat m = {.calls = (uint32_t)nup, .rtp_sent = 10, .recordings = 1};

	(void)arg;
	tell(MSG_BEAT, &m);
}

static void
start(const struct msg_start *m)
{
	struct msg_hello hello = {.version = MESSAGE_VERSION, .pid = (uint32_t)getpid()};
	struct msg_ready ready = {.salvaged = 1};

	generation = m->generation;
	choose_mode();
	if (is("exit"))
		_exit(3);
	if (is("mute"))
		return;
	if (is("stubborn"))
		signal(SIGTERM, SIG_IGN);
	bind_sip(m->slot);
	tell(MSG_HELLO, &hello);
	tell(MSG_READY, &ready);
	if (is("nonsense"))
		tell(MSG_READY, &ready);
	if (is("shut")) {
		channel_flush(channel);
		channel_free(channel);
		channel = NULL;
	} else if (!is("silent")) {
		loop_timer_every(beat, conf->worker.heartbeat);
	}
}

static void
notify(const struct msg_notify *m)
{
	struct msg_notified said = {.id = m->id, .status = 403};

	if (is("mum"))
		return;
	said.last = m->trunk[0] != '\0';
	snprintf(said.words, sizeof(said.words), "403 by a");
	tell(MSG_NOTIFIED, &said);
	if (said.last)
		return;
	said.last = 1;
	said.status = 200;
	snprintf(said.words, sizeof(said.words), "200 by b, generation %u", generation);
	tell(MSG_NOTIFIED, &said);
}

static void
on_message(void *arg, enum message_type type, const void *payload)
{
	(void)arg;
	switch (type) {
	case MSG_START: start(payload); break;
	case MSG_DRAIN:
		if (is("fragile"))
			abort();
		break;
	case MSG_CUT:
		while (nup > 0)
			end_call(0, CALL_CAUSE_CUT);
		break;
	case MSG_NOTIFY: notify(payload); break;
	case MSG_STOP:
		if (is("stubborn"))
			break;
		on_beat(NULL);
		channel_flush(channel);
		_exit(0);
	default: break;
	}
}

static void
on_gone(void *arg, int why)
{
	(void)arg;
	(void)why;
	_exit(0);
}

int
main(void)
{
	log_open("fake worker");
	conf = read_conf();
	loop = loop_new();
	beat = loop_timer_new(loop, "beat", on_beat, NULL);
	channel = channel_new(loop, WORKER_FD_CHANNEL, TO_WORKER,
			      &(struct channel_hooks){on_message, on_gone, NULL});
	loop_run(loop);
	return 0;
}
