/* background: a thread that gives way to the one that has the calls.
 * Sound leaves each 20 ms; what is encoded, written or sent elsewhere has time.
 * Must not know: what the thread does. */
#ifndef EVERTRUNK_BACKGROUND_H
#define EVERTRUNK_BACKGROUND_H

/* Called first by the thread itself: its name (at most 15 bytes, as top shows it), and less of the
 * processor than others when there is not enough for all.  Linux has a nice value per thread;
 * raising it needs no privilege. */
void background_thread(const char *name);

#endif
