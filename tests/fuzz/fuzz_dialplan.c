/* fuzz_dialplan: any text as a number in plans of every kind: its form is as long as there is room
 * for, is its own form, and what one dials from anywhere is a + and digits or nothing. */
#include <stdlib.h>
#include <string.h>

#include "conf/dialplan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct dialplan_conf plans[] = {
    {.extension_length = 4,
     .number_prefix = {"+49301234", "+49891"},
     .nnumber_prefix = 2,
     .country_code = "49",
     .area_code = "30",
     .international_prefix = "00",
     .national_prefix = "0",
     .plain_number = PLAIN_LOCAL},
    {.extension_length = 5,
     .number_prefix = {"+142570"},
     .nnumber_prefix = 1,
     .country_code = "1",
     .international_prefix = "011",
     .national_prefix = "1",
     .outside_line = "9",
     .plain_number = PLAIN_NATIONAL},
    {.extension_length = 1, .plain_number = PLAIN_INTERNATIONAL},
    {.extension_length = 20},
};

static void
check(const struct dialplan_conf *plan, struct slice raw)
{
	char form[DIALPLAN_NUMBER_MAX], again[DIALPLAN_NUMBER_MAX], full[DIALPLAN_NUMBER_MAX];

	memset(form, 'x', sizeof(form));
	dialplan_number(plan, raw, form);
	if (!memchr(form, '\0', sizeof(form)) || strlen(form) > raw.n + 16)
		abort();
	dialplan_number(plan, slice_str(form), again);
	if (raw.n < DIALPLAN_NUMBER_MAX && !memchr(raw.n ? raw.p : "", '\0', raw.n) &&
	    strcmp(form, again) != 0)
		abort();
	dialplan_full(plan, form, full);
	if (full[0] && (full[0] != '+' || full[1 + strspn(full + 1, "0123456789")]))
		abort();
	if (dialplan_is_extension(plan, form) && strlen(form) != plan->extension_length)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *copy = malloc(n); /* its end is watched */

	if (n > 0)
		memcpy(copy, data, n);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		check(&plans[i], (struct slice){copy, n});
	free(copy);
	return 0;
}
