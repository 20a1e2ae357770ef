/* nat: see nat.h. */
#include "supervisor/nat.h"

bool
nat_hides(enum nat nat, const struct addr *named, const struct addr *source)
{
	if (nat != NAT_AUTO)
		return nat == NAT_YES;
	return addr_is_private(named) && !addr_is_private(source) && !addr_ip_eq(named, source);
}
