/* wire: SIP messages over one UDP socket or one TCP connection, many per system call.
 * Owns: the descriptor, the batches of datagrams, the framing of the stream.
 * Must not know: what a message says beyond its length.  Allocates when it is made, never after;
 * a measuring tool: what cannot go on ends the program with one line. */
#ifndef EVERTRUNK_BENCH_WIRE_H
#define EVERTRUNK_BENCH_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>

#include "ipc/base/text.h"

enum { WIRE_MSG = 2048, WIRE_BATCH = 64 };

struct wire;
typedef void wire_fn(void *arg, struct slice message, const struct sockaddr_in *from);

/* "127.0.0.1:5060"; ends the program when it is something else. */
struct sockaddr_in wire_address(const char *text);
/* Prints one line with errno's text and exits 1. */
void wire_die(const char *what) __attribute__((noreturn));
/* A bound socket with 4 MiB buffers (UDP), or one that may be bound again at once (TCP). */
int wire_socket(int type, const struct sockaddr_in *local);

/* A UDP socket, connected when `peer` is given; a TCP connection opened; one accepted. */
struct wire *wire_udp(const struct sockaddr_in *local, const struct sockaddr_in *peer);
struct wire *wire_tcp(const struct sockaddr_in *local, const struct sockaddr_in *peer);
struct wire *wire_accepted(int fd);
void wire_free(struct wire *w);
int wire_fd(const struct wire *w);

/* Where the next message may be written: WIRE_MSG bytes. */
char *wire_room(struct wire *w);
/* Queues the n bytes written there; `to` is NULL for the connected peer. */
void wire_put(struct wire *w, size_t n, const struct sockaddr_in *to);
/* Sends what is queued: one sendmmsg, or one write. */
void wire_flush(struct wire *w);
/* Delivers one batch of datagrams or the messages of one read; never waits.
 * false: the other side has closed. */
bool wire_receive(struct wire *w, wire_fn *fn, void *arg);

#endif
