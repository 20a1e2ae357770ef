/* ua_tag: see ua_tag.h. */
#include "worker/ua_tag.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <sofia-sip/nta.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/su_string.h>

#include "ipc/base/hash.h"

static char prefix[16];
static struct hash_key key;
static uint64_t made;

/* The library calls this through its PLT and so takes ours (worker/main is linked -rdynamic);
 * ua_new() proves it.  A keyed hash of a counter: unique, and not to be guessed (RFC 3261 19.3). */
char const *
nta_agent_newtag(su_home_t *home, char const *fmt, nta_agent_t *agent)
{
	char tag[sizeof(prefix) + 16 + 1];

	if (!agent)
		return NULL;
	made++;
	snprintf(tag, sizeof(tag), "%s%016llx", prefix,
		 (unsigned long long)hash64(&key, &made, sizeof(made)));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return fmt && fmt[0] ? su_sprintf(home, fmt, tag) : su_strdup(home, tag);
#pragma GCC diagnostic pop
}

/* An agent without a socket and a dialog of it are enough to have the library make a tag. */
int
ua_tag_start(uint32_t generation, void *root, struct buf *why)
{
	nta_agent_t *agent;
	nta_leg_t *leg;
	const char *tag;
	bool ours;

	snprintf(prefix, sizeof(prefix), "g%u-", generation);
	key = hash_key_random();
	agent = nta_agent_create(root, (url_string_t *)-1, NULL, NULL, TAG_END());
	leg = agent ? nta_leg_tcreate(agent, NULL, NULL, SIPTAG_FROM_STR("<sip:proof.invalid>"),
				      SIPTAG_TO_STR("<sip:proof.invalid>"), TAG_END())
		    : NULL;
	tag = leg ? nta_leg_tag(leg, NULL) : NULL;
	ours = tag && strncmp(tag, prefix, strlen(prefix)) == 0;
	nta_leg_destroy(leg);
	nta_agent_destroy(agent);
	if (ours)
		return 0;
	buf_str(why, "sofia-sip makes tags of its own: was um-worker linked without -rdynamic?");
	return -EPROTO;
}
