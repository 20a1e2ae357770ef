/* calls_answer: the dialogue with a caller: the doing side of dialogue.h, and who missed a call.
 * See calls_room.h. */
#include <stdlib.h>
#include <string.h>

#include "ipc/base/log.h"
#include "worker/calls_room.h"

/* ---- words ---- */

void
calls_add_greeting(struct call *c, struct phrase *p)
{
	if (c->personal.n > 0) {
		phrase_add(p, &c->personal);
		return;
	}
	if (strcmp(c->whose.greeting, MAILBOX_NAMED) == 0) {
		prompts_add(c->prompts, PROMPT_PERSON, p);
		prompts_add_digits(c->prompts, c->whose.called, p);
		prompts_add(c->prompts, PROMPT_UNAVAILABLE, p);
	}
	prompts_add(c->prompts, PROMPT_GREETING, p);
}

static void
add_menu(struct call *c, struct phrase *p)
{
	prompts_add(c->prompts, PROMPT_MENU, p);
	prompts_add(c->prompts, c->important ? PROMPT_MENU_NORMAL : PROMPT_MENU_IMPORTANT, p);
	prompts_add(c->prompts, c->private_ ? PROMPT_MENU_PUBLIC : PROMPT_MENU_PRIVATE, p);
	prompts_add(c->prompts, PROMPT_MENU_CANCEL, p);
	prompts_add_wait(c->all->with.prompts, p);
}

/* What goes before the menu or the tone, or stands alone. */
static const enum prompt_id first[DIALOGUE_WORDS_COUNT] = {
    [DIALOGUE_SAY_TOO_SHORT] = PROMPT_TOO_SHORT,   [DIALOGUE_SAY_SORRY] = PROMPT_NOT_UNDERSTOOD,
    [DIALOGUE_SAY_SAVED] = PROMPT_SAVED,           [DIALOGUE_SAY_CANCELLED] = PROMPT_CANCELLED,
    [DIALOGUE_SAY_NO_SERVICE] = PROMPT_NO_SERVICE,
};

static void
compose(struct call *c, enum dialogue_words words, struct phrase *p)
{
	const struct prompts *all = c->all->with.prompts;

	if (first[words] != PROMPT_GREETING)
		prompts_add(c->prompts, first[words], p);
	switch (words) {
	case DIALOGUE_SAY_GREETING:
		calls_add_greeting(c, p);
		prompts_add_tone(all, p);
		break;
	case DIALOGUE_SAY_IMPORTANT:
		prompts_add(c->prompts, c->important ? PROMPT_IMPORTANT : PROMPT_NORMAL, p);
		add_menu(c, p);
		break;
	case DIALOGUE_SAY_PRIVATE:
		prompts_add(c->prompts, c->private_ ? PROMPT_PRIVATE : PROMPT_PUBLIC, p);
		add_menu(c, p);
		break;
	case DIALOGUE_SAY_MENU:
	case DIALOGUE_SAY_SORRY: add_menu(c, p); break;
	case DIALOGUE_SAY_TONE:
	case DIALOGUE_SAY_TOO_SHORT: prompts_add_tone(all, p); break;
	default: break;
	}
}

static void
say(struct call *c, enum dialogue_words words)
{
	struct phrase p = {.n = 0};

	if (words == DIALOGUE_SAY_NOTHING)
		return;
	compose(c, words, &p);
	media_say(c->media, &p);
}

/* ---- the table's actions ---- */

/* Each recording has a name of its own. */
static void
record(struct call *c)
{
	struct spool_header header = calls_header(c);

	header.important = c->important;
	header.private_ = c->private_;
	media_record(c->media, &header);
}

static void
perform(struct call *c, const struct dialogue_step *step)
{
	if (step->actions & DIALOGUE_DO_DROP)
		media_drop(c->media);
	if (step->actions & DIALOGUE_DO_IMPORTANT)
		c->important = !c->important;
	if (step->actions & DIALOGUE_DO_PRIVATE)
		c->private_ = !c->private_;
	if (step->actions & DIALOGUE_DO_RECORD)
		record(c);
	media_mark(c->media, c->important, c->private_);
	if (step->actions & DIALOGUE_DO_LISTEN)
		media_listen(c->media);
	say(c, step->words);
	if (step->actions & DIALOGUE_DO_ESCAPE)
		calls_operator(c, '*');
	if (step->actions & DIALOGUE_DO_END)
		calls_step(c, step->end);
}

/* The call may be closing when this returns. */
static void
happen(struct call *c, enum dialogue_event event)
{
	const enum dialogue_state before = c->dialogue.state;
	const struct dialogue_step step =
	    dialogue_step(&c->dialogue, event, c->all->with.conf->call.input_failures);

	if (!step.ok) {
		log_err(LOG_CALL, "call %.*s: %s cannot happen in the dialogue while %s",
			c->call_id_len, c->call_id, dialogue_event_word(event),
			dialogue_state_word(before));
		return;
	}
	if (step.next != before)
		log_debug(LOG_CALL, "call %.*s: dialogue: %s -> %s by %s", c->call_id_len,
			  c->call_id, dialogue_state_word(before), dialogue_state_word(step.next),
			  dialogue_event_word(event));
	perform(c, &step);
}

/* ---- what happens ---- */

void
calls_talk(struct call *c)
{
	happen(c, c->whose.verdict == WHOSE_SPEAK ? DIALOGUE_ON_REFUSE : DIALOGUE_ON_BEGIN);
}

void
calls_greet(struct call *c)
{
	if (c->test)
		return;
	media_name(c->media, (struct slice){c->call_id, c->call_id_len});
	if (c->whose.max_recording > 0)
		media_limit(c->media, c->whose.max_recording);
	if (c->whose.verdict == WHOSE_OWNER)
		calls_access(c);
	else if (c->whose.verdict == WHOSE_TAKE && calls_has_greeting(c))
		calls_fetch_greeting(c); /* calls_talk() follows */
	else
		calls_talk(c);
}

void
calls_heard(struct call *c, enum media_event event)
{
	const bool review = c->all->with.conf->call.review;

	if (c->whose.verdict == WHOSE_OWNER)
		calls_access_heard(c, event);
	else if (event == MEDIA_SAID)
		happen(c, DIALOGUE_ON_SAID);
	else if (event == MEDIA_SILENCE)
		happen(c, DIALOGUE_ON_SILENCE);
	else
		happen(c, dialogue_limit(review, media_spoken(c->media)));
}

/* Before the ACK, and while the PBX takes the call over, keys mean nothing. */
void
calls_key(struct call *c, char key)
{
	if (c->state != CALL_UP && c->state != CALL_HELD)
		return;
	if (key == '0' && c->whose.operator[0] != '\0' && !access_collects(&c->access))
		calls_operator(c, key);
	else if (c->whose.verdict == WHOSE_OWNER)
		calls_access_key(c, key);
	else if (!c->test)
		happen(c, dialogue_key(c->dialogue.state, key, c->all->with.conf->call.review,
				       media_spoken(c->media)));
}

/* ---- nobody left a message ---- */

/* Whom the call was meant for is to know of it: he was called, and neither a message nor the
 * operator came of it. */
static bool
was_missed(const struct call *c)
{
	return !c->test && c->recorded_ms == 0 && mono_set(c->answered) &&
	       c->whose.verdict == WHOSE_TAKE && c->whose.party.diverted &&
	       c->whose.party.called[0] != '\0' && c->cause != CALL_CAUSE_TRANSFERRED &&
	       c->cause != CALL_CAUSE_FAILED;
}

/* On its way to the spool. */
struct missed {
	struct call *c;
	struct spool_header header;
	int error;
};

static void
write_missed(void *arg)
{
	struct missed *m = arg;

	m->error = spool_missed(m->c->all->with.conf->recording.spool, &m->header);
}

static void
on_missed(void *arg)
{
	struct missed *m = arg;
	struct call *c = m->c;

	if (m->error < 0)
		log_err(LOG_CALL, "call %.*s: missed, and that is not safe in the spool: %s",
			c->call_id_len, c->call_id, strerror(-m->error));
	else
		log_info(LOG_CALL, "call %.*s: missed by %s", c->call_id_len, c->call_id,
			 c->whose.called);
	c->all->missed += m->error == 0;
	free(m);
	calls_step(c, CALL_ON_COMMITTED);
}

/* False: no memory. */
static bool
tell_missed(struct call *c)
{
	struct missed *m = malloc(sizeof(*m));

	if (!m)
		return false;
	*m = (struct missed){.c = c, .header = calls_header(c)};
	loop_work_slow(c->all->with.loop, write_missed, on_missed, m);
	return true;
}

void
calls_recorded(struct call *c, int error)
{
	if (error < 0)
		log_err(LOG_CALL, "call %.*s: recording not safe in the spool: %s", c->call_id_len,
			c->call_id, strerror(-error));
	c->all->important += c->recorded_ms > 0 && c->important;
	c->all->private_ += c->recorded_ms > 0 && c->private_;
	if (error < 0 || !was_missed(c) || !tell_missed(c))
		calls_step(c, CALL_ON_COMMITTED);
}
