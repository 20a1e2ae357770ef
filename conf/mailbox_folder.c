/* mailbox_folder: see mailbox_folder.h. */
#include "conf/mailbox_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ipc/base/hash.h"
#include "ipc/base/mailaddr.h"

enum { PART_MAX = 200 };

void
mailbox_folder_pattern(const struct conf *c, char ret[MAILBOX_PATTERN_MAX])
{
	if (c->mail.maildir[0] != '\0')
		snprintf(ret, MAILBOX_PATTERN_MAX, "%s", c->mail.maildir);
	else
		snprintf(ret, MAILBOX_PATTERN_MAX, "%s/mail", c->state.directory);
}

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("_+=@.-", c) != NULL);
}

/* A part of a path that no part of a path can break out of. */
static void
safe_part(struct slice name, struct buf *out)
{
	static const struct hash_key key = {0x6d61696c64697231, 0x6576657274727531};
	const size_t from = out->n;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (is_plain(c) && !(c == '.' && i == 0))
			buf_add(out, &c, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
	}
	if (name.n == 0)
		buf_str(out, "%00");
	if (out->n - from > PART_MAX && !out->full) {
		uint64_t hash = hash64(&key, out->p + from, out->n - from);
		out->n = from + PART_MAX - 18;
		buf_str(out, "%~");
		buf_hex(out, hash, 16);
	}
}

int
mailbox_folder_of(const char *pattern, struct slice local, struct slice domain, char ret[PATH_MAX])
{
	struct buf out = {ret, 0, PATH_MAX, false};
	const bool bare = strstr(pattern, "%n") == NULL && strstr(pattern, "%d") == NULL;
	for (const char *p = pattern; *p != '\0'; p++) {
		if (p[0] == '%' && (p[1] == 'n' || p[1] == 'd')) {
			safe_part(p[1] == 'n' ? local : domain, &out);
			p++;
		} else {
			buf_add(&out, p, 1);
		}
	}
	if (bare) {
		buf_str(&out, "/");
		safe_part(local, &out);
	}
	buf_cstr(&out);
	return out.full || out.n == PATH_MAX ? -ENAMETOOLONG : 0;
}

int
mailbox_folder(const char *pattern, const char *address, char ret[PATH_MAX])
{
	const struct slice s = slice_str(address);
	struct slice local = s, domain = SLICE("local");

	if (mailaddr_ok(s, &local))
		domain = slice_str(strrchr(address, '@') + 1);
	else
		local = s;
	return mailbox_folder_of(pattern, local, domain, ret);
}
