/* rooms: see rooms.h. */
#include "worker/rooms.h"

#include <errno.h>
#include <string.h>

#include "ipc/base/log.h"
#include "worker/calls.h"
#include "worker/delivery.h"
#include "worker/greeting.h"
#include "worker/link.h"
#include "worker/media.h"
#include "worker/notices.h"
#include "worker/prompts.h"
#include "worker/settings.h"
#include "worker/spool.h"
#include "worker/ua.h"

static void
open_ua(struct rooms *r, uint32_t generation, const struct addr *local)
{
	char reason[512];
	struct buf why = BUF(reason);
	struct ua_conf c = {
	    .loop = r->loop,
	    .local = *local,
	    .door = r->conf->listen.address[0],
	    .supervisor = r->conf->inner.supervisor,
	    .generation = generation,
	    .session_expires = r->conf->call.session_expires,
	    .min_se = r->conf->call.min_se,
	    .event = calls_on_ua,
	    .arg = r->calls,
	    .noticed = notices_on_ua,
	};

	if (ua_new(&c, &r->ua, &why) < 0)
		log_fatal(LOG_UA, "%s", buf_cstr(&why));
	notices_ua(r->notices, r->ua);
}

void
rooms_open(struct rooms *r, const struct msg_start *start)
{
	const struct conf *conf = r->conf;
	char reason[512];
	struct buf why = BUF(reason);
	struct calls_parts parts = {.loop = r->loop,
				    .conf = conf,
				    .directory = r->directory,
				    .link = r->link,
				    .local = conf->inner.worker,
				    .generation = start->generation};

	parts.local.port = start->slot == 0 ? conf->listen.slot_a_port : conf->listen.slot_b_port;
	if (media_new(r->loop, conf, start->slot, &r->media, &why) < 0)
		log_fatal(LOG_MEDIA, "%s", buf_cstr(&why));
	parts.media = r->media;
	if (prompts_load(conf, &r->prompts, &why) < 0)
		log_fatal(LOG_MEDIA, "%s", buf_cstr(&why));
	parts.prompts = r->prompts;
	r->settings = parts.settings = settings_new(conf);
	r->calls = calls_new(&parts);
	r->notices = notices_new(&(struct notices_parts){r->loop, conf, r->settings, r->link});
	if (!r->settings || !r->calls || !r->notices)
		log_fatal(LOG_CALL, "out of memory");
	const struct delivery_parts mail = {r->loop, conf, r->link, r->notices, r->table};
	int e = delivery_new(&mail, &r->delivery);
	if (e < 0)
		log_fatal(LOG_MAIL, "cannot start delivery: %s", strerror(-e));
	open_ua(r, start->generation, &parts.local);
}

/* A greeting that nobody has accepted is none; it has no header file, and so is removed. */
static void
drop_greetings(const struct conf *conf)
{
	char folder[GREETING_FOLDER_MAX];
	int n;

	greeting_folder(conf, folder);
	n = spool_salvage(folder, (uint32_t)conf->recording.min_duration);
	if (n < 0)
		log_err(LOG_SPOOL, "cannot look for interrupted greetings in %s: %s", folder,
			strerror(-n));
}

uint32_t
rooms_salvage(const struct conf *conf)
{
	int n = spool_salvage(conf->recording.spool, (uint32_t)conf->recording.min_duration);

	if (n < 0)
		log_err(LOG_SPOOL, "cannot look for interrupted recordings in %s: %s",
			conf->recording.spool, strerror(-n));
	else if (n > 0)
		log_notice(LOG_SPOOL, "%d interrupted recordings finished", n);
	drop_greetings(conf);
	return n > 0 ? (uint32_t)n : 0;
}

bool
rooms_close(struct rooms *r)
{
	bool delivered = delivery_stop(r->delivery, ROOMS_LAST_MS);

	link_beat(r->link);
	if (!delivered || !ua_is_down(r->ua) || calls_count(r->calls) > 0)
		return false;
	delivery_free(r->delivery);
	ua_free(r->ua);
	calls_free(r->calls);
	settings_free(r->settings);
	media_free(r->media);
	prompts_free(r->prompts);
	return true;
}
