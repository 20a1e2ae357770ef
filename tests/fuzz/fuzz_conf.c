/* fuzz_conf: any text is either refused with an error line, or printed and read back to the same
 * configuration. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char lines[2048];
	struct buf errors = BUF(lines);
	struct conf *c = NULL, *again = NULL;
	const char *key;
	char *text;

	if (conf_read_text("fuzz", (struct slice){(const char *)data, size}, &errors, &c) != 0) {
		if (errors.n == 0 || errors.full || lines[errors.n - 1] != '\n')
			abort();
		return 0;
	}
	text = conf_print(c);
	if (conf_read_text("again", slice_str(text), &errors, &again) != 0 ||
	    conf_compare(c, again, &key) != CONF_SAME || c->ntrunk != again->ntrunk)
		abort();
	free(text);
	free(again);
	free(c);
	return 0;
}
