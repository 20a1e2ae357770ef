/* check: see check.h. */
#include "conf/check.h"
#include "conf/check_room.h"

#include <string.h>

#include "conf/value.h"
#include "ipc/base/mailaddr.h"

#define CHECK_WARN_FIRST "a warning must come before calls are refused"

/* Pairs of numbers that must keep a distance: large > times * small + plus, or with `equal` not
 * below it.  A pair of which one is 0 for "off" is left alone. */
static const struct order {
	const char *small, *large;
	int64_t times, plus;
	bool equal;
	const char *why;
} orders[] = {
    {"recording.max_duration", "call.max_duration", 1, CHECK_GREETING_MS, true,
     "a caller needs time for the greeting and then the longest recording"},
    {"call.max_duration", "recycle.drain", 1, 0, false,
     "a worker that drains must be able to finish its longest call"},
    {"recording.idle_timeout", "recording.max_duration", 1, 0, false,
     "silence must be able to end a recording"},
    {"recording.min_duration", "recording.max_duration", 1, 0, false,
     "the longest recording must be a message"},
    {"call.min_se", "call.session_expires", 1, 0, true,
     "we cannot ask for a shorter session timer than we accept"},
    {"recycle.backoff", "recycle.backoff_max", 1, 0, true,
     "the pauses grow from the one to the other"},
    {"recycle.jitter", "recycle.every", 1, 0, false,
     "a recycle must not be put off until the next one"},
    {"worker.probe_timeout", "worker.probe_interval", 2, 0, false,
     "a missing answer must be noticed well before the next probe"},
    {"worker.probe_interval", "worker.start_timeout", 1, 0, false,
     "a starting worker must have time for a probe"},
    {"limits.message_bytes", "limits.stream_queue", 1, 0, true,
     "the longest message must fit into the queue"},
    {"pressure.disk_high", "pressure.disk_medium", 1, 0, false, CHECK_WARN_FIRST},
    {"pressure.queue_medium", "pressure.queue_high", 1, 0, false, CHECK_WARN_FIRST},
    {"pressure.oldest_medium", "pressure.oldest_high", 1, 0, false, CHECK_WARN_FIRST},
    {"pressure.memory_medium", "pressure.memory_high", 1, 0, false, CHECK_WARN_FIRST},
    {"pressure.calls_medium", "pressure.calls_high", 1, 0, false, CHECK_WARN_FIRST},
};

unsigned
check_line(const struct faults *f, const char *first, const char *second)
{
	unsigned line = fault_line_of(f, keys_get(first));

	return line ? line : fault_line_of(f, keys_get(second));
}

bool
check_sound(const struct faults *f, const char *a, const char *b)
{
	return !f->bad[keys_get(a) - conf_keys] && !f->bad[keys_get(b) - conf_keys];
}

static void
check_order(const struct conf *c, const struct order *o, struct faults *f)
{
	const struct conf_key *small = keys_get(o->small), *large = keys_get(o->large);
	int64_t s = value_number(small, c), l = value_number(large, c);
	int64_t need = o->times * s + o->plus;
	char s_text[32], l_text[32], need_text[32];
	struct buf sb = BUF(s_text), lb = BUF(l_text), nb = BUF(need_text);

	if (!check_sound(f, o->small, o->large) || (small->zero && s == 0) ||
	    (large->zero && l == 0))
		return;
	if (l > need || (o->equal && l == need))
		return;
	value_print_number(small, s, &sb);
	value_print_number(large, l, &lb);
	value_print_number(large, need, &nb);
	fault_at(f, check_line(f, o->large, o->small),
		 "%s: %s is too little with %s = %s (%s); %s %s", o->large, buf_cstr(&lb), o->small,
		 buf_cstr(&sb), o->why, o->equal ? "at least" : "more than", buf_cstr(&nb));
}

/* The three ports and the TLS ports behind them are six different ones, and none lies among the
 * ports for sound. */
static void
check_ports(const struct conf *c, struct faults *f)
{
	static const char *const names[] = {"listen.port", "listen.slot_a_port",
					    "listen.slot_b_port"};
	const unsigned ports[] = {c->listen.port, c->listen.slot_a_port, c->listen.slot_b_port};

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < i; j++)
			if (check_sound(f, names[i], names[j]) && ports[i] <= ports[j] + 1 &&
			    ports[j] <= ports[i] + 1)
				fault_at(f, check_line(f, names[i], names[j]),
					 "%s: %u collides with %s = %u or with the port after it, "
					 "which is kept for TLS; two or more apart",
					 names[i], ports[i], names[j], ports[j]);
		if (check_sound(f, names[i], "rtp.ports") && ports[i] + 1 >= c->rtp.port_first &&
		    ports[i] <= c->rtp.port_last)
			fault_at(f, check_line(f, "rtp.ports", names[i]),
				 "rtp.ports: %u-%u holds %s = %u or the port after it; a range "
				 "without them",
				 c->rtp.port_first, c->rtp.port_last, names[i], ports[i]);
	}
}

/* Whether a socket can be bound to this address and others can be told to call it. */
static bool
can_be_called(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->ip[0] != 0 && a->ip[0] < 224;
	for (size_t i = 0; i < sizeof(a->ip); i++)
		if (a->ip[i]) /* not ::, ff00::/8 (multicast), fe80::/10 (needs an interface) */
			return a->ip[0] != 0xff && !(a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80);
	return false;
}

static void
check_listen(const struct conf *c, struct faults *f)
{
	unsigned line = fault_line_of(f, keys_get("listen.address"));
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < c->listen.naddress; i++) {
		const struct addr *a = &c->listen.address[i];

		if (!can_be_called(a))
			fault_at(f, line,
				 "listen.address: %s cannot be called; each local address by "
				 "itself, no wildcard, multicast or link-local one",
				 addr_ip_text(a, text));
		if (addr_ip_eq(a, &c->inner.supervisor) || addr_ip_eq(a, &c->inner.worker))
			fault_at(f, line,
				 "listen.address: %s is inner.supervisor or inner.worker; an "
				 "address that neither of them has",
				 addr_ip_text(a, text));
	}
}

static void
check_inner(const struct conf *c, struct faults *f)
{
	char text[ADDR_TEXT_MAX];

	if (!check_sound(f, "inner.worker", "inner.supervisor"))
		return;
	if (!addr_is_loopback(&c->inner.worker))
		fault_at(f, fault_line_of(f, keys_get("inner.worker")),
			 "inner.worker: %s can be reached from outside; a loopback address like "
			 "127.0.0.65",
			 addr_ip_text(&c->inner.worker, text));
	if (!addr_is_loopback(&c->inner.supervisor))
		fault_at(
		    f, fault_line_of(f, keys_get("inner.supervisor")),
		    "inner.supervisor: %s can be reached from outside; a loopback address like "
		    "127.0.0.64:5064",
		    addr_ip_text(&c->inner.supervisor, text));
	if (addr_ip_eq(&c->inner.worker, &c->inner.supervisor))
		fault_at(f, check_line(f, "inner.worker", "inner.supervisor"),
			 "inner.worker: %s is the address of inner.supervisor too; two addresses",
			 addr_ip_text(&c->inner.worker, text));
	if (c->inner.worker.family != c->inner.supervisor.family)
		fault_at(f, check_line(f, "inner.worker", "inner.supervisor"),
			 "inner.worker: %s is of another kind than inner.supervisor; both IPv4 or "
			 "both IPv6",
			 addr_ip_text(&c->inner.worker, text));
}

static void
check_http(const struct conf *c, struct faults *f)
{
	struct door_spec doors[CONF_DOORS];
	size_t n = conf_doors(c, doors);
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		if (doors[i].transport != TRANSPORT_UDP &&
		    addr_eq(&doors[i].local, &c->http.address))
			fault_at(f, check_line(f, "http.address", "listen.address"),
				 "http.address: %s is a door for SIP; another port",
				 addr_text(&c->http.address, text));
}

/* The trunk before `t` that has this very block, or NULL. */
static const struct trunk_conf *
claimed_before(const struct conf *c, size_t t, const struct cidr *block)
{
	for (size_t i = 0; i < t; i++)
		for (size_t j = 0; j < c->trunk[i].nsource; j++)
			if (c->trunk[i].source[j].bits == block->bits &&
			    addr_ip_eq(&c->trunk[i].source[j].base, &block->base))
				return &c->trunk[i];
	return NULL;
}

/* Blocks may lie in one another (the smallest wins), but none may be in two trunks. */
static void
check_sources(const struct conf *c, size_t t, struct faults *f)
{
	const struct trunk_conf *trunk = &c->trunk[t], *other;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < trunk->nsource; i++) {
		other = claimed_before(c, t, &trunk->source[i]);
		if (other)
			fault_at(f, f->named_line[NAMED_TRUNK][t],
				 "trunk %s.source: %s is in trunk %s too; one trunk for each block",
				 trunk->name, cidr_text(&trunk->source[i], text), other->name);
	}
}

/* How a trunk is known, and that this can work. */
static void
check_identity(const struct conf *c, const struct trunk_conf *trunk, unsigned line,
	       struct faults *f)
{
	if (!check_sound(f, "trunk.source", "trunk.tls_name"))
		return;
	if (trunk->nsource == 0 && trunk->ntls_name == 0)
		fault_at(f, line,
			 "trunk %s.source: is missing; addresses or blocks like 192.0.2.7 "
			 "10.1.0.0/16, or tls_name",
			 trunk->name);
	if (trunk->ntls_name > 0 && !c->tls.ca[0])
		fault_at(f, line,
			 "trunk %s.tls_name: a certificate can only be checked with tls.ca; the "
			 "file of those who signed it",
			 trunk->name);
	if (!c->listen.tls && (trunk->tls == DEMAND_REQUIRED || trunk->ntls_name > 0))
		fault_at(
		    f, line,
		    "trunk %s.tls: it cannot come in by TLS, listen.transports has no tls; add "
		    "it there",
		    trunk->name);
	if (trunk->tls == DEMAND_NEVER && trunk->ntls_name > 0)
		fault_at(f, line,
			 "trunk %s.tls_name: is of no use with tls = never; one of the two",
			 trunk->name);
}

/* Our own requests leave by a door. */
static void
check_address(const struct conf *c, const struct trunk_conf *trunk, unsigned line, struct faults *f)
{
	const bool open[TRANSPORT_COUNT] = {c->listen.udp, c->listen.tcp, c->listen.tls};

	if (trunk->address.family && !open[trunk->transport])
		fault_at(f, line,
			 "trunk %s.transport: %s is not among listen.transports; one that is",
			 trunk->name, transport_name(trunk->transport));
}

static void
check_tls(const struct conf *c, struct faults *f)
{
	if (c->listen.tls && !c->tls.certificate[0])
		fault_at(
		    f, check_line(f, "tls.certificate", "listen.transports"),
		    "tls.certificate: is missing, and listen.transports has tls; the file with "
		    "our certificate and its chain");
	if (c->tls.crl[0] && !c->tls.ca[0])
		fault_at(
		    f, check_line(f, "tls.crl", "tls.crl"),
		    "tls.crl: lists can only be checked with tls.ca; the certificates of those "
		    "who have signed them");
}

static void
check_trunks(const struct conf *c, struct faults *f)
{
	if (c->ntrunk == 0)
		fault_at(f, 0,
			 "trunk: there is none, so that every call would be refused; a "
			 "section [trunk NAME] for each telephone system");
	for (size_t t = 0; t < c->ntrunk; t++) {
		const struct trunk_conf *trunk = &c->trunk[t];

		check_identity(c, trunk, f->named_line[NAMED_TRUNK][t], f);
		check_address(c, trunk, f->named_line[NAMED_TRUNK][t], f);
		check_sources(c, t, f);
	}
}

void
check_all(const struct conf *c, struct faults *f)
{
	check_listen(c, f);
	check_ports(c, f);
	check_inner(c, f);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		check_order(c, &orders[i], f);
	check_http(c, f);
	check_tls(c, f);
	check_mail(c, f);
	check_dialplans(c, f);
	check_trunks(c, f);
}
