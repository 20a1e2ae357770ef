/* whose: see whose.h. */
#include "worker/whose.h"

#include <stdio.h>
#include <string.h>

#include "worker/nameaddr.h"

/* The language of a mailbox where no dial plan says one. */
#define DEFAULT_LANGUAGE "en-US"

#define COPY(to, from)   snprintf((to), sizeof(to), "%s", (from))

/* What the numbers of an INVITE are compared with. */
struct view {
	const struct whose_question *q;
	const struct dialplan_conf *plan;
};

static bool
find(const struct view *v, const char *raw, char number[DIALPLAN_NUMBER_MAX], struct mailbox *ret)
{
	dialplan_number(v->plan, slice_str(raw), number);
	return v->q->boxes && mailboxes_find(v->q->boxes, v->plan->name, number, ret);
}

/* Numbers that nobody has, whoever is called by them. */
static bool
is_nobodys(const void *arg, const char *raw)
{
	const struct view *v = arg;

	return dialplan_is_attendant(v->plan, slice_str(raw)) ||
	       dialplan_is_pilot(v->plan, slice_str(raw));
}

static bool
has_no_mailbox(const void *arg, const char *raw)
{
	char number[DIALPLAN_NUMBER_MAX];
	struct mailbox box;

	return is_nobodys(arg, raw) || !find(arg, raw, number, &box);
}

/* Of several diverting parties one that has a mailbox goes first: a hunt group that is not among
 * the attendants does not cost a message. */
static void
read_party(const struct view *v, struct party *ret)
{
	const struct whose_question *q = v->q;

	*ret = (struct party){.diverted = false};
	if (q->boxes)
		party_read(q->fields, q->trunk, &(struct skip){has_no_mailbox, v}, ret);
	if (!ret->diverted)
		party_read(q->fields, q->trunk, &(struct skip){is_nobodys, v}, ret);
}

/* `ret` has the plan's language. */
static void
fill_mailbox(const struct mailbox *box, struct whose *ret)
{
	COPY(ret->called, box->extension);
	COPY(ret->name, box->name[0] ? box->name : box->extension);
	COPY(ret->address, box->address[0] ? box->address : box->extension);
	if (box->language[0])
		COPY(ret->language, box->language);
	COPY(ret->greeting, box->greeting);
	ret->records = box->pin[0] != '\0' && box->greeting[0] != '/';
	ret->max_recording = box->max_recording;
}

/* The mailbox of the party called; false: there are mailboxes, and none of them is his. */
static bool
fill_called(const struct view *v, struct whose *ret)
{
	struct mailbox box;
	const bool found = find(v, ret->party.called, ret->called, &box);

	COPY(ret->dialplan, v->plan->name);
	COPY(ret->language, v->plan->language);
	if (found) {
		fill_mailbox(&box, ret);
	} else {
		COPY(ret->name, ret->called);
		COPY(ret->address, ret->called);
	}
	if (v->plan->operator[0])
		COPY(ret->operator, v->plan->operator);
	return found || !v->q->boxes;
}

/* Who is told by mail when the message cannot be delivered. */
static void
fill_operator(const struct view *v, struct whose *ret)
{
	char number[DIALPLAN_NUMBER_MAX];
	struct mailbox box;

	if (ret->operator[0] && find(v, ret->operator, number, &box))
		COPY(ret->operator_address, box.address[0] ? box.address : box.extension);
}

/* The mailbox of a caller: in the dial plan; a full number in every other one too. */
static bool
find_caller(const struct view *v, const char *number, struct mailbox *ret)
{
	const struct conf *c = v->q->conf;
	char form[DIALPLAN_NUMBER_MAX];

	if (find(v, number, form, ret))
		return true;
	for (size_t i = 0; i < c->ndialplan && number[0] == '+'; i++)
		if (find(&(struct view){v->q, &c->dialplan[i]}, number, form, ret))
			return true;
	return false;
}

static void
fill_caller(const struct view *v, struct whose *ret)
{
	struct mailbox box;

	if (ret->party.caller[0] == '\0')
		return;
	dialplan_number(v->plan, slice_str(ret->party.caller), ret->caller);
	dialplan_full(v->plan, ret->caller, ret->caller_full);
	if (!find_caller(v, ret->caller, &box))
		return;
	COPY(ret->caller_name, box.name);
	COPY(ret->caller_address, box.address);
}

static void
refuse(struct whose *ret, enum whose_verdict verdict, const char *why)
{
	ret->verdict = verdict;
	ret->why = why;
}

/* A pilot number itself, where somebody has a PIN: it is the mailbox of the caller's telephone
 * until he says otherwise. */
static bool
is_for_owners(const struct view *v, struct slice dialled, const struct whose *w)
{
	return v->q->boxes && !w->party.diverted && dialplan_is_pilot(v->plan, dialled) &&
	       mailboxes_have_pins(v->q->boxes, v->plan->name);
}

static void
fill_owner(const struct view *v, struct whose *ret)
{
	char caller[DIALPLAN_NUMBER_MAX];
	const char *pin;

	COPY(caller, ret->caller);
	ret->called[0] = '\0';
	ret->verdict = WHOSE_OWNER;
	if (caller[0])
		(void)whose_log_on(v->q->boxes, caller, ret, &pin);
}

bool
whose_log_on(const struct mailboxes *boxes, const char *number, struct whose *ret,
	     const char **ret_pin)
{
	struct mailbox box;

	if (!mailboxes_find(boxes, ret->dialplan, number, &box) || !box.pin[0])
		return false;
	fill_mailbox(&box, ret);
	*ret_pin = box.pin;
	return true;
}

/* No dial plan is known: numbers are taken as they are. */
static void
without_plan(const struct whose_question *q, struct whose *ret)
{
	party_read(q->fields, q->trunk, NULL, &ret->party);
	COPY(ret->called, ret->party.called);
	COPY(ret->name, ret->called);
	COPY(ret->address, ret->called);
	COPY(ret->language, DEFAULT_LANGUAGE);
	COPY(ret->caller, ret->party.caller);
	if (q->boxes)
		refuse(ret, WHOSE_REFUSE, "the number dialled is in no dial plan");
}

void
whose_call(const struct whose_question *q, struct whose *ret)
{
	struct view v = {.q = q};
	char dialled[MESSAGE_PARTY_MAX];

	memset(ret, 0, sizeof(*ret));
	ret->why = "";
	COPY(ret->operator, q->conf->call.operator);
	nameaddr_number(q->fields->request_user, dialled, sizeof(dialled));
	v.plan = dialplan_of(q->conf, q->trunk->dialplan, slice_str(dialled));
	if (!v.plan) {
		without_plan(q, ret);
		return;
	}
	read_party(&v, &ret->party);
	fill_caller(&v, ret);
	const bool found = fill_called(&v, ret);
	fill_operator(&v, ret);
	if (found)
		return;
	if (is_for_owners(&v, slice_str(dialled), ret))
		fill_owner(&v, ret);
	else
		refuse(ret, v.plan->unknown == UNKNOWN_404 ? WHOSE_REFUSE : WHOSE_SPEAK,
		       ret->party.diverted || !dialplan_is_pilot(v.plan, slice_str(dialled))
			   ? "the number has no mailbox"
			   : "a pilot number, and nobody diverted the call to it");
}
