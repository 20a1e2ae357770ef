/* calls_access: the call of a mailbox's owner: the doing side of access.h.  The PIN is checked by
 * calls_logon.c.  See calls_room.h. */
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "worker/calls_room.h"

static void happen(struct call *c, enum access_event event);

/* The administrator's greeting goes before one recorded by telephone. */
static bool
is_fixed(const struct call *c)
{
	return c->whose.greeting[0] == '/';
}

/* ---- words ---- */

/* What comes behind the words: nothing, the time for a key, the menu and that time, the tone. */
enum ending { NOTHING, WAIT, MENU, TONE };

#define NONE PROMPT_GREETING /* no words of ours begin with it */

static const struct {
	enum prompt_id first, second;
	enum ending ending;
} phrases[ACCESS_WORDS_COUNT] = {
    [ACCESS_SAY_WAIT] = {NONE, NONE, WAIT},
    [ACCESS_SAY_EXTENSION] = {PROMPT_ASK_EXTENSION, NONE, WAIT},
    [ACCESS_SAY_PIN] = {PROMPT_ASK_PIN, NONE, WAIT},
    [ACCESS_SAY_WRONG] = {PROMPT_LOGON_FAILED, PROMPT_ASK_EXTENSION, WAIT},
    [ACCESS_SAY_WRONG_PIN] = {PROMPT_LOGON_FAILED, PROMPT_ASK_PIN, WAIT},
    [ACCESS_SAY_BARRED] = {PROMPT_LOGON_FAILED, PROMPT_GOODBYE, NOTHING},
    [ACCESS_SAY_MENU] = {NONE, NONE, MENU},
    [ACCESS_SAY_SORRY] = {PROMPT_NOT_UNDERSTOOD, NONE, MENU},
    [ACCESS_SAY_FIXED] = {PROMPT_GREETING_FIXED, NONE, MENU},
    [ACCESS_SAY_RECORD] = {PROMPT_GREETING_RECORD, NONE, TONE},
    [ACCESS_SAY_TONE] = {NONE, NONE, TONE},
    [ACCESS_SAY_TOO_SHORT] = {PROMPT_TOO_SHORT, NONE, TONE},
    [ACCESS_SAY_REVIEW] = {PROMPT_MENU, NONE, WAIT},
    [ACCESS_SAY_SORRY_REVIEW] = {PROMPT_NOT_UNDERSTOOD, PROMPT_MENU, WAIT},
    [ACCESS_SAY_SAVED] = {PROMPT_GREETING_SAVED, NONE, MENU},
    [ACCESS_SAY_REMOVED] = {PROMPT_GREETING_REMOVED, NONE, MENU},
    [ACCESS_SAY_FAILED] = {PROMPT_GREETING_FAILED, NONE, MENU},
    [ACCESS_SAY_GOODBYE] = {PROMPT_GOODBYE, NONE, NOTHING},
};

static void
add_ending(struct call *c, enum ending ending, struct phrase *p)
{
	const struct prompts *all = c->all->with.prompts;

	if (ending == MENU && !is_fixed(c))
		prompts_add(c->prompts, PROMPT_GREETING_MENU, p);
	if (ending == MENU)
		prompts_add(c->prompts, PROMPT_GREETING_MENU_HEAR, p);
	if (ending == MENU || ending == WAIT)
		prompts_add_wait(all, p);
	if (ending == TONE)
		prompts_add_tone(all, p);
}

static void
say(struct call *c, enum access_words words)
{
	struct phrase p = {.n = 0};

	if (words == ACCESS_SAY_NOTHING)
		return;
	if (phrases[words].first != NONE)
		prompts_add(c->prompts, phrases[words].first, &p);
	if (phrases[words].second != NONE)
		prompts_add(c->prompts, phrases[words].second, &p);
	add_ending(c, phrases[words].ending, &p);
	media_say(c->media, &p);
}

static void
say_greeting(struct call *c)
{
	struct phrase p = {.n = 0};

	calls_add_greeting(c, &p);
	media_say(c->media, &p);
}

/* ---- back to the standard greeting ---- */

struct removal {
	struct call *c; /* NULL: it has ended meanwhile */
	const char *folder;
	char dialplan[CONF_NAME_MAX], extension[DIALPLAN_NUMBER_MAX];
	int error;
};

static void
remove_greeting(void *arg)
{
	struct removal *r = arg;

	r->error = greeting_remove(r->folder, r->dialplan, r->extension);
}

static void
on_removed(void *arg)
{
	struct removal *r = arg;
	struct call *c = r->c;
	const int error = r->error;

	if (error < 0)
		log_err(LOG_CALL, "the greeting %s/%s-%s.wav cannot be removed: %s", r->folder,
			r->dialplan, r->extension, strerror(-error));
	else
		log_info(LOG_CALL, "mailbox %s of dial plan %s has the standard greeting again",
			 r->extension, r->dialplan);
	free(r);
	if (!c)
		return;
	c->removal = NULL;
	if (c->media)
		happen(c, error < 0 ? ACCESS_ON_FAILED : ACCESS_ON_DONE);
}

static void
begin_removal(struct call *c)
{
	struct removal *r = calloc(1, sizeof(*r));

	if (r) {
		r->c = c;
		r->folder = c->all->greetings;
		memcpy(r->dialplan, c->whose.dialplan, sizeof(r->dialplan));
		memcpy(r->extension, c->whose.called, sizeof(r->extension));
		c->removal = r;
	}
	if (!r || loop_work(c->all->with.loop, remove_greeting, on_removed, r) < 0) {
		c->removal = NULL;
		free(r);
		happen(c, ACCESS_ON_FAILED);
	}
}

/* ---- the table's actions ---- */

static void
record(struct call *c)
{
	media_limit(c->media, c->all->with.conf->call.greeting_max);
	media_record_sound(c->media, c->all->greetings);
}

static void
keep(struct call *c)
{
	char name[GREETING_NAME_MAX];

	greeting_name(c->whose.dialplan, c->whose.called, ".wav", name);
	media_keep_sound(c->media, name);
}

/* What is being said may be the one that was fetched before: silence in its place first. */
static void
hear(struct call *c)
{
	say(c, ACCESS_SAY_WAIT);
	if (calls_has_greeting(c))
		calls_fetch_greeting(c); /* calls_access_fetched() follows */
	else
		say_greeting(c);
}

/* The last of these may make something happen at once. */
static void
perform(struct call *c, const struct access_step *step)
{
	if (step->actions & ACCESS_DO_DROP)
		media_drop(c->media);
	if (step->actions & ACCESS_DO_RECORD)
		record(c);
	if (step->actions & ACCESS_DO_LISTEN)
		media_listen(c->media);
	if (step->actions & ACCESS_DO_HEAR)
		hear(c);
	say(c, step->words);
	if (step->actions & ACCESS_DO_CHECK)
		calls_check(c);
	if (step->actions & ACCESS_DO_KEEP)
		keep(c);
	if (step->actions & ACCESS_DO_REMOVE)
		begin_removal(c);
	if (step->actions & ACCESS_DO_END)
		calls_step(c, step->end);
}

/* The call may be closing when this returns.  Keys are in no log: they may be a PIN. */
static void
happen(struct call *c, enum access_event event)
{
	const enum access_state before = c->access.state;
	const struct access_step step =
	    access_step(&c->access, event, c->all->with.conf->call.input_failures);

	if (!step.ok) {
		log_err(LOG_CALL, "call %.*s: %s cannot happen to its owner while %s",
			c->call_id_len, c->call_id, access_event_word(event),
			access_state_word(before));
		return;
	}
	if (step.next != before)
		log_debug(LOG_CALL, "call %.*s: owner: %s -> %s", c->call_id_len, c->call_id,
			  access_state_word(before), access_state_word(step.next));
	perform(c, &step);
}

/* ---- what happens ---- */

void
calls_access(struct call *c)
{
	happen(c, access_begin(&c->access, c->whose.called));
}

void
calls_access_key(struct call *c, char key)
{
	happen(c, access_key(&c->access, key, media_spoken(c->media), is_fixed(c)));
}

static void
kept(struct call *c, bool done)
{
	if (done)
		log_info(LOG_CALL, "mailbox %s of dial plan %s has a new greeting", c->whose.called,
			 c->whose.dialplan);
	else
		log_err(LOG_CALL,
			"call %.*s: the greeting of mailbox %s of dial plan %s is not kept in %s; "
			"the old one stays",
			c->call_id_len, c->call_id, c->whose.called, c->whose.dialplan,
			c->all->greetings);
	happen(c, done ? ACCESS_ON_DONE : ACCESS_ON_FAILED);
}

void
calls_access_heard(struct call *c, enum media_event event)
{
	if (event == MEDIA_SAID)
		happen(c, access_said(&c->access));
	else if (event == MEDIA_KEPT || event == MEDIA_NOT_KEPT)
		kept(c, event == MEDIA_KEPT);
	else
		happen(c, media_spoken(c->media) ? ACCESS_ON_STOPPED : ACCESS_ON_UNSPOKEN);
}

/* A key may have been quicker than the disk. */
void
calls_access_fetched(struct call *c)
{
	if (c->access.state == ACCESS_HEARING)
		say_greeting(c);
}

void
calls_access_checked(struct call *c, bool right)
{
	const unsigned max = c->all->with.conf->call.logon_failures;

	if (right) {
		c->prompts = prompts_in(c->all->with.prompts, c->whose.language);
		happen(c, ACCESS_ON_RIGHT);
		return;
	}
	const enum access_event event = access_wrong(&c->access, max);

	if (event == ACCESS_ON_BARRED)
		log_notice(LOG_CALL, "call %.*s: hung up after %u failed logons", c->call_id_len,
			   c->call_id, c->access.wrong);
	happen(c, event);
}

void
calls_access_forget(struct call *c)
{
	calls_forget_check(c);
	if (c->removal)
		c->removal->c = NULL;
	explicit_bzero(&c->access, sizeof(c->access));
}
