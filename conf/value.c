/* value: see value.h.  The kinds themselves are in value_scalar.c and value_list.c. */
#include "conf/value_kind.h"

static const struct value_kind *const kinds[VALUE_TYPES] = {
    [VALUE_BOOL] = &value_bool,       [VALUE_INT] = &value_int,
    [VALUE_SIZE] = &value_size,       [VALUE_DURATION] = &value_duration,
    [VALUE_IP] = &value_ip,           [VALUE_ENDPOINT] = &value_endpoint,
    [VALUE_IPS] = &value_ips,         [VALUE_CIDRS] = &value_cidrs,
    [VALUE_ENUM] = &value_enum,       [VALUE_TRANSPORTS] = &value_transports,
    [VALUE_PORTS] = &value_ports,     [VALUE_WEEKLY] = &value_weekly,
    [VALUE_PATH] = &value_path,       [VALUE_NAME] = &value_name,
    [VALUE_NAMES] = &value_names,     [VALUE_WORDS] = &value_words,
    [VALUE_DIGITS] = &value_digits,   [VALUE_NUMBERS] = &value_numbers,
    [VALUE_DIALLED] = &value_dialled, [VALUE_TEXT] = &value_text,
    [VALUE_HOSTS] = &value_hosts,     [VALUE_IDENTITIES] = &value_identities,
};

int
value_parse(const struct conf_key *k, struct slice text, void *base, struct slice *ret_bad)
{
	struct value_in in = {.k = k, .base = base, .text = text, .bad = text};
	int rc = kinds[k->type]->parse(&in, (char *)base + k->offset);

	if (rc < 0)
		*ret_bad = in.bad;
	return rc;
}

void
value_print(const struct conf_key *k, const void *base, struct buf *out)
{
	struct value_out o = {.k = k, .base = base, .to = out};

	if (kinds[k->type]->number)
		value_print_number(k, value_number(k, base), out);
	else
		kinds[k->type]->print(&o, (const char *)base + k->offset);
}

void
value_hint(const struct conf_key *k, struct buf *out)
{
	const struct value_kind *kind = kinds[k->type];

	buf_str(out, kind->right);
	if (kind->number) {
		buf_str(out, " from ");
		kind->number(k->min, out);
		buf_str(out, " to ");
		kind->number(k->max, out);
	} else if (kind->bounds) {
		kind->bounds(k, out);
	}
	if (k->zero)
		buf_printf(out, ", or %s", kind->zero);
}

int64_t
value_number(const struct conf_key *k, const void *base)
{
	return value_load(k, (const char *)base + k->offset);
}

void
value_print_number(const struct conf_key *k, int64_t v, struct buf *out)
{
	kinds[k->type]->number(v, out);
}
