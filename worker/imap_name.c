/* imap_name: see imap_name.h.
 * Pure. */
#include "worker/imap_name.h"

#include <errno.h>
#include <iconv.h>

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

/* What a variable stands for; `p` NULL: there is no such variable. */
static struct slice
value_of(char variable, const struct imap_who *who)
{
	const char *at = strrchr(who->address, '@');
	const struct slice whole = slice_str(who->address);

	switch (variable) {
	case 'u': return whole;
	case 'n': return (struct slice){who->address, at ? (size_t)(at - who->address) : whole.n};
	case 'd': return slice_str(at ? at + 1 : "");
	case 'e': return slice_str(who->extension);
	case '%': return SLICE("%");
	default: return (struct slice){NULL, 0};
	}
}

static int
put_value(struct slice value, struct buf *out)
{
	if (value.p == NULL || has_control(value) || slice_find(value, SLICE("*"), false) >= 0 ||
	    slice_find(value, SLICE("\\"), false) >= 0)
		return -EINVAL;
	if (value.n == 0)
		return -ENOENT;
	buf_slice(out, value);
	return 0;
}

int
imap_name_fill(const char *pattern, const struct imap_who *who, struct buf *out)
{
	for (const char *p = pattern; *p; p++) {
		int e = 0;

		if (*p != '%')
			buf_add(out, p, 1);
		else
			e = put_value(value_of(*++p, who), out);
		if (e < 0)
			return e;
	}
	return out->full ? -ENAMETOOLONG : 0;
}

bool
imap_name_varies(const char *pattern)
{
	for (const char *p = pattern; (p = strchr(p, '%')) != NULL && p[1]; p += 2)
		if (p[1] != '%')
			return true;
	return false;
}

/* A local part may have an '&', with which UTF-7 begins; iconv knows that. */
static int
to_utf7(const char *folder, char out[IMAP_NAME_MAX])
{
	char *from = (char *)(uintptr_t)folder, *to = out;
	size_t n = strlen(folder), left = IMAP_NAME_MAX - 1;
	const iconv_t cd = iconv_open("UTF-7-IMAP", "UTF-8");
	int e = 0;

	if (cd == (iconv_t)-1)
		return -ENOSYS;
	if (iconv(cd, &from, &n, &to, &left) == (size_t)-1 ||
	    iconv(cd, NULL, NULL, &to, &left) == (size_t)-1) /* the end of what is shifted */
		e = errno == E2BIG ? -ENAMETOOLONG : -EINVAL;
	iconv_close(cd);
	*to = '\0';
	return e;
}

int
imap_name_folder(const char *folder, struct buf *out)
{
	char name[IMAP_NAME_MAX];
	int e = has_control(slice_str(folder)) ? -EINVAL : to_utf7(folder, name);

	if (e < 0)
		return e;
	buf_str(out, "\"");
	for (const char *p = name; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_str(out, "\\");
		buf_add(out, p, 1);
	}
	buf_str(out, "\"");
	return out->full ? -ENAMETOOLONG : 0;
}
