/* report_print: what the printers of report share: safe strings, ages, sizes, times, tables.
 * Private to report*.c. */
#ifndef EVERTRUNK_REPORT_PRINT_H
#define EVERTRUNK_REPORT_PRINT_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define PRINT_MAX 48 /* room for every text below */

/* `in` with everything that could hurt a terminal or a JSON reader as '?': control bytes (C1 too)
 * and what is not UTF-8.  Cut to fit; returns out. */
const char *print_clean(const char *in, char *out, size_t cap);
/* "3d 4h", "5m 12s", "12s"; negative: "never". */
const char *print_age(int64_t ms, char out[PRINT_MAX]);
/* The same for a length of time: "1.2s", "250ms". */
const char *print_span(int64_t ms, char out[PRINT_MAX]);
/* "11.2M". */
const char *print_bytes(uint64_t bytes, char out[PRINT_MAX]);
/* "2026-11-28 03:00:00 +0100" in the local zone; 0: "never". */
const char *print_time(time_t t, char out[PRINT_MAX]);
/* "2026-11-28T02:00:00Z", for machines. */
const char *print_utc(time_t t, char out[PRINT_MAX]);

/* A table for people: cells are added row by row, the columns get as wide as they need. */
struct print_table {
	size_t ncol, ncell, cap;
	char **cell; /* the headings first */
	int failed;  /* out of memory */
};
/* `headings`: separated by '|'. */
void print_table_begin(struct print_table *t, const char *headings);
void print_cell(struct print_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints and frees it; the last column is not padded.  0 or -ENOMEM. */
int print_table_end(struct print_table *t, FILE *f);

#endif
