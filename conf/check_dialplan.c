/* check_dialplan: what must hold in and between dial plans, trunks and the mailbox file's key.
 * Pure; see check.h. */
#include <string.h>

#include "conf/check.h"
#include "conf/dialplan.h"

static unsigned
line_of(const struct conf *c, const struct dialplan_conf *plan, const struct faults *f)
{
	return f->named_line[NAMED_DIALPLAN][plan - c->dialplan];
}

/* Whether nothing has been said of this key's value yet. */
static bool
sound(const struct faults *f, const char *key)
{
	return !f->bad[keys_get(key) - conf_keys];
}

/* "+49301234". */
static bool
is_prefix(const char *number)
{
	return number[0] == '+' && number[1] &&
	       number[1 + strspn(number + 1, "0123456789")] == '\0';
}

static void
check_prefixes(const struct conf *c, const struct dialplan_conf *plan, struct faults *f)
{
	for (size_t i = 0; i < plan->nnumber_prefix; i++)
		if (!is_prefix(plan->number_prefix[i]))
			fault_at(f, line_of(c, plan, f),
				 "dialplan %s.number_prefix: \"%s\" is not the beginning of a full "
				 "number; a + and digits, like +49301234",
				 plan->name, plan->number_prefix[i]);
}

/* A number can only be completed with a code that is known. */
static void
check_codes(const struct conf *c, const struct dialplan_conf *plan, struct faults *f)
{
	const unsigned line = line_of(c, plan, f);

	if (!sound(f, "dialplan.country_code") || !sound(f, "dialplan.area_code"))
		return;
	if (!plan->country_code[0] && plan->national_prefix[0])
		fault_at(f, line,
			 "dialplan %s.national_prefix: is of no use without country_code; both or "
			 "neither",
			 plan->name);
	if (!plan->country_code[0] && plan->plain_number == PLAIN_NATIONAL)
		fault_at(f, line,
			 "dialplan %s.plain_number: national numbers need country_code; that too",
			 plan->name);
	if ((!plan->country_code[0] || !plan->area_code[0]) && plan->plain_number == PLAIN_LOCAL)
		fault_at(f, line,
			 "dialplan %s.plain_number: local numbers need country_code and area_code; "
			 "these too",
			 plan->name);
}

static bool
every_trunk_has_a_plan(const struct conf *c)
{
	for (size_t t = 0; t < c->ntrunk; t++)
		if (!c->trunk[t].dialplan[0])
			return false;
	return true;
}

/* The plan before `plan` that has the pilot number too, or NULL. */
static const struct dialplan_conf *
claimed_before(const struct conf *c, const struct dialplan_conf *plan, const char *pilot)
{
	for (const struct dialplan_conf *p = c->dialplan; p < plan; p++)
		if (dialplan_is_pilot(p, slice_str(pilot)))
			return p;
	return NULL;
}

/* One number leads to one plan, unless no trunk is known by its pilot numbers. */
static void
check_pilots(const struct conf *c, const struct dialplan_conf *plan, struct faults *f)
{
	if (every_trunk_has_a_plan(c))
		return;
	for (size_t i = 0; i < plan->npilot; i++) {
		const struct dialplan_conf *other = claimed_before(c, plan, plan->pilot[i]);

		if (other)
			fault_at(
			    f, line_of(c, plan, f),
			    "dialplan %s.pilot: %s leads to dialplan %s too; one plan for each "
			    "number, or a dialplan for every trunk",
			    plan->name, plan->pilot[i], other->name);
	}
}

static void
check_trunk_plans(const struct conf *c, struct faults *f)
{
	for (size_t t = 0; t < c->ntrunk; t++)
		if (c->trunk[t].dialplan[0] && !dialplan_find(c, c->trunk[t].dialplan))
			fault_at(f, f->named_line[NAMED_TRUNK][t],
				 "trunk %s.dialplan: there is no [dialplan %s]; one that there is",
				 c->trunk[t].name, c->trunk[t].dialplan);
}

void
check_dialplans(const struct conf *c, struct faults *f)
{
	for (size_t i = 0; i < c->ndialplan; i++) {
		check_prefixes(c, &c->dialplan[i], f);
		check_codes(c, &c->dialplan[i], f);
		check_pilots(c, &c->dialplan[i], f);
	}
	check_trunk_plans(c, f);
	if (c->mailboxes.file[0] && c->ndialplan == 0)
		fault_at(
		    f, fault_line_of(f, keys_get("mailboxes.file")),
		    "mailboxes.file: a mailbox is in a dial plan, and there is none; a section "
		    "[dialplan NAME]");
}
