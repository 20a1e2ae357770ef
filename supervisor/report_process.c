/* report_process: what the kernel knows about this process, for process_* of the metrics. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisor/report.h"

/* Reads a file of /proc as a string; "" when it cannot be read. */
static void
proc_read(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "re");
	size_t n = f != NULL ? fread(out, 1, cap - 1, f) : 0;

	out[n] = '\0';
	if (f != NULL)
		fclose(f);
}

/* When the machine was started, in seconds since 1970 (proc(5), /proc/stat). */
static double
boot_time(void)
{
	unsigned long long t = 0;
	char line[256];
	FILE *f = fopen("/proc/stat", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "btime %llu", &t) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return (double)t;
}

static uint64_t
fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint64_t n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n > 3 ? n - 3 : 0; /* ".", ".." and the directory itself */
}

void
report_process_read(struct report_process *ret)
{
	unsigned long long utime = 0, stime = 0, start = 0, size = 0, pages = 0;
	double hz = (double)sysconf(_SC_CLK_TCK);
	struct rlimit lim = {0};
	char stat[1024];

	proc_read("/proc/self/stat", stat, sizeof(stat));
	/* Fields 14, 15, 22, 23, 24 of proc(5); the name in field 2 may hold blanks. */
	const char *after = strrchr(stat, ')');
	if (after != NULL)
		sscanf(after + 1,
		       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d"
		       " %*d %*d %llu %llu %llu",
		       &utime, &stime, &start, &size, &pages);
	getrlimit(RLIMIT_NOFILE, &lim);
	*ret = (struct report_process){
	    .cpu_seconds = (double)(utime + stime) / hz,
	    .resident = pages * (uint64_t)sysconf(_SC_PAGESIZE),
	    .virtual_ = size,
	    .fds = fds_open(),
	    .fds_max = lim.rlim_cur,
	    .start_time = boot_time() + (double)start / hz,
	};
}
