/* systemd: see systemd.h. */
#include "supervisor/systemd.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

void
systemd_ready(void)
{
	sd_notify(0, "READY=1");
}

void
systemd_reloading(void)
{
	sd_notify(0, "RELOADING=1");
}

void
systemd_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
systemd_status(const char *line)
{
	static char last[512];
	char now[sizeof(last)];

	snprintf(now, sizeof(now), "STATUS=%s", line);
	if (strcmp(now, last) == 0)
		return;
	memcpy(last, now, sizeof(last));
	sd_notify(0, now);
}

int64_t
systemd_watchdog(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 2000) : 0;
}

void
systemd_feed(void)
{
	sd_notify(0, "WATCHDOG=1");
}
