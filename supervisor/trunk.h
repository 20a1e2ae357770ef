/* trunk: the configured peers, what each is allowed, what kind of system it has been recognised as,
 * and what a trunk in mode `auto` has taught us.
 * Owns: source matching, rate limits, the settings in force, what was learned and its text form
 * (docs/design.md 3).
 * Pure: time is an argument; trunk_file.c keeps what was learned on disk.
 * Must not know: SIP messages, sockets. */
#ifndef EVERTRUNK_TRUNK_H
#define EVERTRUNK_TRUNK_H

#include <time.h>

#include "ipc/base/clock.h"
#include "conf/conf.h"

enum {
	TRUNK_NONE = UINT16_MAX,
	TRUNK_WHY = 192,
	TRUNK_EVIDENCE = 128,
	/* how many requests of a trunk of profile auto are looked at before it stays generic */
	TRUNK_LOOKS_INVITE = 100,
	TRUNK_LOOKS_OTHER = 100,
};

struct trunk {
	/* Its settings: the configuration's, or once it has been recognised `own`: no struct trunk
	 * is copied but by trunks_init(). */
	const struct trunk_conf *conf;
	char via[CONF_NAME_MAX + 24]; /* for our inner Via, ready: ";k=NAME;p=PROFILE" */
	bool learned_proxy;
	char why[TRUNK_WHY]; /* why its mode is what it is */
	time_t learned_at;
	enum profile recognised;       /* PROFILE_AUTO: not, or not needed */
	char evidence[TRUNK_EVIDENCE]; /* by what */
	time_t recognised_at;
	uint8_t looks_invite, looks_other; /* left, to recognise it */
	time_t last_seen;
	uint8_t last_transport;
	uint64_t started, failures, refused, redirects;
	struct mono warned;    /* when its circles were last told of */
	struct mono rate_from; /* the second that `rate_used` counts */
	uint32_t rate_used;
	struct trunk_conf own; /* what its section gives, else the profile recognised */
};

struct trunks {
	const struct conf *conf;
	size_t n;
	struct trunk trunk[CONF_TRUNKS];
	bool dirty; /* something learned or reset since it was last given to the disk */
};

/* Sets up (or after a reload: anew, keeping what is known of trunks of the same name from
 * `before`, NULL at start; `map`, if given, then tells every old index its new one, TRUNK_NONE:
 * gone). */
void trunks_init(struct trunks *t, const struct conf *conf, const struct trunks *before,
		 uint16_t map[CONF_TRUNKS]);
/* The trunk a source address belongs to (the longest matching block); NULL: a stranger. */
struct trunk *trunks_find(struct trunks *t, const struct addr *source);
/* The longest block of `k` that holds `source`: its bits + 1; 0: none does. */
int trunk_source_bits(const struct trunk *k, const struct addr *source);
/* The trunk that an address (NULL: a name, `host`) is of when we are to send there: the one whose
 * `address` it is, else whose source, else whose domain the name is and that has an address. */
struct trunk *trunks_towards(struct trunks *t, const struct addr *to, struct slice host);
/* Whether `host` is the trunk's domain, for which its `address` stands. */
bool trunk_is_domain(const struct trunk_conf *k, struct slice host);
struct trunk *trunks_by_name(struct trunks *t, struct slice name);
uint16_t trunk_index(const struct trunks *t, const struct trunk *k);

/* What its section says, whatever it has been recognised as. */
const struct trunk_conf *trunk_said(const struct trunks *t, const struct trunk *k);
/* The profile in force; never PROFILE_AUTO. */
enum profile trunk_profile(const struct trunk *k);

/* Whether another request of `k` (an INVITE or not) is worth looking at to recognise it; each is
 * counted, and after some it stays generic. */
bool trunk_look(struct trunk *k, bool invite);
/* It is a `p`, as `evidence` shows: its settings are that profile's from now on.  False and
 * nothing done when its profile is not auto or it has been recognised before. */
bool trunk_recognise(struct trunks *t, struct trunk *k, enum profile p, struct slice evidence,
		     time_t wall);

/* What becoming this profile has changed: "mode = proxy, mwi = off"; nothing when nothing. */
void trunk_changes(const struct trunks *t, const struct trunk *k, struct buf *out);

/* REDIRECT or PROXY: what a plain new call gets now. */
enum trunk_mode trunk_mode_now(const struct trunk *k);
/* Whether one more call fits its max_rate in this second (and counts it). */
bool trunk_admit(struct trunk *k, struct mono now);

/* Learning: a redirected call came back to the service door; a 302 was not followed in time.  True
 * when that has taught us that `k` must be proxied: its mode is auto, and we did not know yet. */
bool trunk_looped(struct trunks *t, struct trunk *k, time_t wall);
bool trunk_unfollowed(struct trunks *t, struct trunk *k, time_t wall);
/* Forgets what was learned and recognised: 0, or -ENOENT when no trunk has that name. */
int trunks_reset(struct trunks *t, struct slice name);

/* What was learned, a line each: "NAME profile SECONDS PROFILE EVIDENCE", "NAME proxy SECONDS WHY";
 * and back.  Lines that name no trunk or no longer fit it are skipped: how many. */
void trunks_print(const struct trunks *t, struct buf *out);
unsigned trunks_load(struct trunks *t, struct slice text);

#endif
