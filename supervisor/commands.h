/* commands: THE table of what an operator can say: words, argument grammar, help, handler.
 * Nothing else.  The parser (command.c), `help` and every usage line, the handlers (order.c) and
 * um-ctl's own usage follow from it.
 *
 * Grammar, as printed in usage lines and as command_parse() reads it:
 *   NAME            an argument that must be given     [NAME]        one that may be given
 *   [--flag]        an option                          [--a | --b]   at most one of them
 *   [--option TEXT] an option with a value
 * Options may stand in any order, also between arguments.  A row whose words begin another row's
 * words stands after it. */
#ifndef EVERTRUNK_COMMANDS_H
#define EVERTRUNK_COMMANDS_H

/* Whether a command only SHOWS something or CHANGES it (then the log says who gave it). */
enum command_kind { SHOWS, CHANGES };

/*	  id, handler (order_... in order.c), kind, words, grammar, help in one line */
#define COMMANDS(X)                                                                               \
	X(STATUS, show_status, SHOWS, "status", "",                                               \
	  "the workers, what waits, and whether a call would be answered")                        \
	X(CALLS, show_calls, SHOWS, "calls", "",                                                  \
	  "the calls that are up, and which worker has them")                                     \
	X(TRUNKS_RESET, trunk_reset, CHANGES, "trunks reset", "NAME",                             \
	  "forget what a trunk was recognised as, and what it has taught in mode auto")           \
	X(TRUNKS, show_trunks, SHOWS, "trunks", "[NAME]",                                         \
	  "the trunks, how each is served and why; or one, with all its settings")                \
	X(RECYCLE_CANCEL, recycle_cancel, CHANGES, "recycle --cancel", "",                        \
	  "take back a recycle that has not switched yet")                                        \
	X(RECYCLE, recycle, CHANGES, "recycle", "[--wait] [--now | --when-idle] [--reason TEXT]", \
	  "replace the active worker; its calls go on and end by themselves")                     \
	X(HISTORY, show_history, SHOWS, "history", "",                                            \
	  "the last recycles, newest first: why, and what became of calls")                       \
	X(MWI_RESYNC, errand, CHANGES, "mwi resync", "",                                          \
	  "tell the telephone systems anew of every mailbox's messages")                          \
	X(MWI, mwi, CHANGES, "mwi", "NUMBER NEW [OLD] [--urgent N] [--trunk NAME]",               \
	  "tell a telephone system of a number's waiting messages (0: none)")                     \
	X(QUEUE_SHOW, errand, SHOWS, "queue show", "GUID",                                        \
	  "one message of the queue, of bad/ or of shadow/")                                      \
	X(QUEUE_RETRY, errand, CHANGES, "queue retry", "[GUID]", "try one message, or all, now")  \
	X(QUEUE_DROP, errand, CHANGES, "queue drop", "GUID",                                      \
	  "delete a message for good, with its sound")                                            \
	X(QUEUE_RELEASE_ALL, errand, CHANGES, "queue release all", "",                            \
	  "put whatever lies in bad/ back into the queue")                                        \
	X(QUEUE_RELEASE, errand, CHANGES, "queue release", "GUID",                                \
	  "put a message from bad/ or shadow/ back into the queue")                               \
	X(QUEUE_LIST, errand, SHOWS, "queue list", "", "the messages that wait to be delivered")  \
	X(QUEUE, errand, SHOWS, "queue", "", "the same")                                          \
	X(TEST_MAIL, errand, CHANGES, "test-mail", "ADDRESS",                                     \
	  "send a message the way that callers' take, and show what the server says")             \
	X(DRAIN, drain, CHANGES, "drain", "", "take no new calls; those that are up go on")       \
	X(ENABLE, enable, CHANGES, "enable", "", "take new calls again")                          \
	X(RELOAD, reload, CHANGES, "reload", "", "read the configuration file again")             \
	X(RELOAD_TLS, reload_tls, CHANGES, "reload-tls", "",                                      \
	  "read certificate, key and tls.ca again; connections that are up keep theirs")          \
	X(LOG, log_level, CHANGES, "log", "LEVEL [ROOM]",                                         \
	  "change what is logged, everywhere or in one room")                                     \
	X(STOP, stop, CHANGES, "stop", "[--now]",                                                 \
	  "end the supervisor when the last call has ended, or now")                              \
	X(HELP, help, SHOWS, "help", "[COMMAND]", "this list, or one command's usage")

enum command {
#define X(id, handler, kind, words, grammar, help) COMMAND_##id,
	COMMANDS(X)
#undef X
	    COMMAND_COUNT
};

#endif
