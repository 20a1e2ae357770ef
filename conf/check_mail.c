/* check_mail: what keys of mail must have to do with each other: [mail], [smtp], [imap].
 * Part of the room check. */
#include <string.h>

#include "conf/check_room.h"
#include "ipc/base/mailaddr.h"

/* The original's system sender was blank, and every message of an unknown caller was refused. */
static void
check_sender(const struct conf *c, struct faults *f)
{
	if (check_sound(f, "mail.operator", "mail.operator") &&
	    c->mail.operator_address[0] != '\0' &&
	    !mailaddr_ok(slice_str(c->mail.operator_address), NULL))
		fault_at(f, fault_line_of(f, keys_get("mail.operator")),
			 "mail.operator: \"%s\" is no e-mail address; one like "
			 "operator@example.com, or nothing",
			 c->mail.operator_address);
	if (check_sound(f, "mail.sender", "mail.sender") &&
	    !mailaddr_ok(slice_str(c->mail.sender), NULL))
		fault_at(f, fault_line_of(f, keys_get("mail.sender")),
			 "mail.sender: \"%s\" is no e-mail address; one like voicemail@example.com",
			 c->mail.sender);
	if (c->mail.delivery == DELIVERY_SMTP && !fault_line_of(f, keys_get("mail.sender")))
		fault_at(f, fault_line_of(f, keys_get("mail.delivery")),
			 "mail.sender: is missing, and mail.delivery is smtp; the address that "
			 "messages come from, which other mail servers accept and reports go to");
}

/* A path that is the same for two mailboxes mixes their messages. */
static void
check_maildir(const struct conf *c, struct faults *f)
{
	const char *path = c->mail.maildir;
	const unsigned line = fault_line_of(f, keys_get("mail.maildir"));

	for (const char *p = strchr(path, '%'); p != NULL; p = strchr(p + 1, '%'))
		if (p[1] != 'n' && p[1] != 'd')
			fault_at(f, line,
				 "mail.maildir: \"%%%.1s\" is no variable; %%n for the local part "
				 "of the mailbox's address, or %%d for its domain",
				 p + 1);
	if (strstr(path, "%d") != NULL && strstr(path, "%n") == NULL)
		fault_at(f, line,
			 "mail.maildir: all mailboxes of a domain would be one folder; %%n in it "
			 "too, for the local part of the address");
}

/* Whether what we say to this host stays on this machine. */
static bool
is_this_machine(const char *host)
{
	const char *colon = strrchr(host, ':');
	struct slice name = slice_str(host);
	struct addr a;

	if (host[0] == '[')
		name = (struct slice){host + 1, strcspn(host + 1, "]")};
	else if (colon)
		name.n = (size_t)(colon - host);
	return slice_ieq(name, SLICE("localhost")) ||
	       (addr_parse_ip(name, 0, &a) == 0 && addr_is_loopback(&a));
}

/* A report is about a copy: without copies there is nothing that it could be about. */
static void
check_reports(const struct conf *c, struct faults *f)
{
	const unsigned line = fault_line_of(f, keys_get("mail.reports"));

	if (!c->mail.reports[0] || !check_sound(f, "mail.reports", "mail.shadow"))
		return;
	if (c->mail.delivery != DELIVERY_SMTP)
		fault_at(f, line,
			 "mail.reports: goes with mail.delivery = smtp; messages in Maildirs need "
			 "no reports");
	else if (c->mail.shadow == 0)
		fault_at(f, line,
			 "mail.reports: goes with mail.shadow, which is 0; how long a report is "
			 "waited for");
}

static void
check_smtp(const struct conf *c, struct faults *f)
{
	const bool open = c->smtp.tls == MAIL_TLS_NEVER || c->smtp.tls == MAIL_TLS_OPTIONAL;
	const unsigned line = check_line(f, "smtp.user", "smtp.password_file");

	if (c->mail.delivery == DELIVERY_SMTP && c->smtp.nhost == 0 &&
	    check_sound(f, "smtp.hosts", "smtp.hosts"))
		fault_at(f, check_line(f, "smtp.hosts", "mail.delivery"),
			 "smtp.hosts: is missing, and mail.delivery is smtp; the mail server's "
			 "name");
	if (!c->smtp.user[0] != !c->smtp.password_file[0])
		fault_at(f, line, "smtp.user: goes with smtp.password_file; both or neither");
	for (size_t i = 0; c->smtp.user[0] && open && i < c->smtp.nhost; i++)
		if (!is_this_machine(c->smtp.host[i]))
			fault_at(f, line,
				 "smtp.user: the password could be read on its way to %s; tls = "
				 "required or implicit",
				 c->smtp.host[i]);
}

/* The first character after a '%' that stands for nothing; NUL: they are all right. */
static char
odd_variable(const char *pattern, bool *ret_any)
{
	for (const char *p = pattern; (p = strchr(p, '%')) != NULL; p += 2) {
		if (p[1] == '\0')
			return '%';
		if (strchr("nude%", p[1]) == NULL)
			return p[1];
		*ret_any |= p[1] != '%';
	}
	return '\0';
}

static void
check_imap_names(const struct conf *c, struct faults *f)
{
	static const char *const names[] = {"imap.user", "imap.folder"};
	const char *const patterns[] = {c->imap.user, c->imap.folder};
	bool any = false, odd = false;

	for (size_t i = 0; i < 2; i++) {
		const char what = odd_variable(patterns[i], &any);

		odd |= what != '\0';
		if (what != '\0')
			fault_at(
			    f, check_line(f, names[i], "imap.host"),
			    "%s: there is no %%%.1s; %%u, %%n, %%d, %%e, or %%%% for a percent "
			    "sign",
			    names[i], what == '%' ? "" : &what);
	}
	if (!any && !odd && c->imap.user[0])
		fault_at(
		    f, check_line(f, "imap.user", "imap.host"),
		    "imap.user: names the same mailbox for everybody; %%u, %%n or %%e in it, or "
		    "in imap.folder");
}

/* Where messages are put into Maildirs, they are looked at there. */
static void
check_imap(const struct conf *c, struct faults *f)
{
	const bool open = c->imap.tls == MAIL_TLS_NEVER || c->imap.tls == MAIL_TLS_OPTIONAL;

	if (c->imap.nhost == 0 || !check_sound(f, "imap.host", "mail.delivery"))
		return;
	if (c->mail.delivery != DELIVERY_SMTP)
		fault_at(f, check_line(f, "imap.host", "mail.delivery"),
			 "imap.host: goes with mail.delivery = smtp; messages in Maildirs are seen "
			 "there");
	if (!c->imap.user[0] || !c->imap.password_file[0])
		fault_at(f, check_line(f, "imap.host", "imap.host"),
			 "imap.host: goes with imap.user and imap.password_file; nobody may look "
			 "into mailboxes without a login");
	if (open && !is_this_machine(c->imap.host[0]))
		fault_at(f, check_line(f, "imap.tls", "imap.host"),
			 "imap.tls: the password could be read on its way to %s; required or "
			 "implicit",
			 c->imap.host[0]);
	check_imap_names(c, f);
}

void
check_mail(const struct conf *c, struct faults *f)
{
	check_sender(c, f);
	check_maildir(c, f);
	check_smtp(c, f);
	check_reports(c, f);
	check_imap(c, f);
}
