/* doors: the list of doors that follows from [listen], and the words of conf.h's enums.
 * Must not know: sockets. */
#include "conf/conf.h"

static bool
door_wanted(const struct conf *c, enum transport t)
{
	const bool wanted[TRANSPORT_COUNT] = {c->listen.udp, c->listen.tcp, c->listen.tls};

	return wanted[t];
}

/* The port of TLS is the one after the others', as in the original. */
static uint16_t
door_port(const struct conf *c, enum door_kind kind, enum transport t)
{
	const uint16_t ports[] = {
	    [DOOR_SERVICE] = c->listen.port,
	    [DOOR_SLOT_A] = c->listen.slot_a_port,
	    [DOOR_SLOT_B] = c->listen.slot_b_port,
	};

	return (uint16_t)(ports[kind] + (t == TRANSPORT_TLS ? 1 : 0));
}

/* The doors of one address. */
static size_t
doors_at(const struct conf *c, const struct addr *ip, struct door_spec *ret)
{
	size_t n = 0;

	for (enum door_kind kind = DOOR_SERVICE; kind <= DOOR_SLOT_B; kind++) {
		for (enum transport t = TRANSPORT_UDP; t < TRANSPORT_COUNT; t++) {
			if (!door_wanted(c, t))
				continue;
			ret[n] = (struct door_spec){.local = *ip, .transport = t, .kind = kind};
			ret[n++].local.port = door_port(c, kind, t);
		}
	}
	return n;
}

size_t
conf_doors(const struct conf *c, struct door_spec ret[CONF_DOORS])
{
	size_t n = 0;

	for (size_t i = 0; i < c->listen.naddress; i++)
		n += doors_at(c, &c->listen.address[i], ret + n);
	return n;
}

const char *
transport_name(enum transport t)
{
	static const char *const words[TRANSPORT_COUNT] = {"udp", "tcp", "tls"};

	return words[t];
}

const char *
trunk_mode_name(enum trunk_mode m)
{
	static const char *const words[] = {
	    [TRUNK_REDIRECT] = "redirect", [TRUNK_PROXY] = "proxy", [TRUNK_AUTO] = "auto"};

	return words[m];
}
