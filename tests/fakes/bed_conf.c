/* bed_conf: the configuration of a bed: usual lines, then the test's.  See bed.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fakes/bed.h"

static const char usual[] = "listen.port = 15060\n"
			    "listen.slot_a_port = 15065\n"
			    "listen.slot_b_port = 15067\n"
			    "worker.start_timeout = 2s\n"
			    "worker.heartbeat = 100ms\n"
			    "worker.probe_interval = 400ms\n"
			    "worker.probe_timeout = 150ms\n"
			    "worker.stop_grace = 500ms\n"
			    "recycle.backoff = 200ms\n"
			    "recycle.backoff_max = 800ms\n"
			    "trunk one.source = 127.0.0.1\n";

/* "section.key = value" lines become the sections of a file; a repeated key is written once. */
static void
to_file(const char *lines, struct buf *out)
{
	char text[8192], *save = NULL, *line[128];
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", lines);
	for (char *l = strtok_r(text, "\n", &save); l && n < 128; l = strtok_r(NULL, "\n", &save))
		line[n++] = l;
	for (size_t i = 0; i < n; i++) {
		char *eq = strchr(line[i], '='), *dot = strchr(line[i], '.');
		bool later = false;

		assert_true(eq && dot && dot < eq);
		for (size_t j = i + 1; j < n; j++)
			later = later || strncmp(line[i], line[j], (size_t)(eq - line[i] + 1)) == 0;
		if (!later)
			buf_printf(out, "[%.*s]\n%s\n", (int)(dot - line[i]), line[i], dot + 1);
	}
}

/* Loopback addresses of this bed's own, so that tests may run side by side and a failed one does
 * not take the next along. */
struct conf *
bed_conf(const char *settings)
{
	char lines[8192], text[16384], words[4096];
	struct buf file = BUF(text), errors = BUF(words);
	static unsigned opened;
	unsigned net = ((unsigned)getpid() + 61 * opened++) % 16000;
	struct conf *c = NULL;

	snprintf(lines, sizeof(lines),
		 "listen.address = 127.%u.%u.1\n"
		 "inner.supervisor = 127.%u.%u.64:15064\n"
		 "inner.worker = 127.%u.%u.65\n"
		 "%s%s",
		 64 + net / 256, net % 256, 64 + net / 256, net % 256, 64 + net / 256, net % 256,
		 usual, settings);
	to_file(lines, &file);
	if (conf_read_text("bed", (struct slice){file.p, file.n}, &errors, &c) < 0)
		fail_msg("%s", buf_cstr(&errors));
	return c;
}
