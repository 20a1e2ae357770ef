/* pin: see pin.h. */
#include "worker/pin.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

/* Of no PIN: it is there to be computed.  (crypt_rn() and not crypt_r(): that one ASan takes for
 * its own, and the linker then leaves libcrypt out.) */
#define NOBODYS "$y$j9T$nobodysnobodys$"

/* All of both, wherever they differ. */
static bool
equal(const char *a, const char *b)
{
	const size_t n = strlen(a);
	unsigned differ = n != strlen(b);

	for (size_t i = 0; !differ && i < n; i++)
		differ |= (unsigned)(a[i] ^ b[i]) << 1;
	return !differ;
}

bool
pin_is(const char *pin, const char *hash)
{
	struct crypt_data *space = calloc(1, sizeof(*space));
	const char *made =
	    space ? crypt_rn(pin, hash ? hash : NOBODYS, space, sizeof(*space)) : NULL;
	const bool right = made && hash && equal(made, hash);

	if (space)
		explicit_bzero(space, sizeof(*space));
	free(space);
	return right;
}
