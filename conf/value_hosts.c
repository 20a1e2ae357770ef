/* value_hosts: lists of hosts, each a name or an address with or without a port. */
#include <errno.h>

#include "conf/value_kind.h"

/* The length of the name or address at the front; 0: there is none. */
static size_t
host_part(struct slice s)
{
	struct addr address;
	ptrdiff_t end;
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '[') {
		end = slice_find(s, SLICE("]"), false);
		if (end < 0 ||
		    addr_parse_ip((struct slice){s.p + 1, (size_t)end - 1}, 0, &address) < 0 ||
		    address.family != AF_INET6)
			return 0;
		return (size_t)end + 1;
	}
	while (n < s.n && value_name_char(s.p[n]))
		n++;
	return n > 0 && s.p[0] != '-' && s.p[0] != '.' && n <= 253 ? n : 0;
}

static bool
is_host(struct slice s)
{
	const size_t n = host_part(s);
	uint64_t port;

	if (n == 0 || n == s.n)
		return n > 0;
	return s.p[n] == ':' &&
	       slice_u64((struct slice){s.p + n + 1, s.n - n - 1}, 65535, &port) == 0 && port > 0;
}

static int
hosts_add(struct slice word, void *field, size_t n)
{
	return is_host(word) ? value_list_text(word, field, n, CONF_HOST_MAX) : -EINVAL;
}

static int
hosts_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, hosts_add);
}

const struct value_kind value_hosts = {
    .right = "names or addresses, each with or without a port, like mail.example.com [::1]:587",
    .zero = "nothing",
    .parse = hosts_parse,
    .print = value_list_print_texts,
    .bounds = value_list_bounds};

/* What a certificate may say of a host. */
static int
identity_add(struct slice word, void *field, size_t n)
{
	struct addr literal;

	for (size_t i = 0; i < word.n; i++)
		if (!value_name_char(word.p[i]) && addr_parse_ip(word, 0, &literal))
			return -EINVAL;
	return value_list_text(word, field, n, CONF_NAME_MAX);
}

static int
identities_parse(struct value_in *in, void *field)
{
	return value_list_parse(in, field, identity_add);
}

const struct value_kind value_identities = {
    .right = "names of letters, digits, '.', '-' and '_', or IP addresses, like pbx.example.com "
	     "2001:db8::7",
    .zero = "nothing",
    .parse = identities_parse,
    .print = value_list_print_texts,
    .bounds = value_list_bounds};
