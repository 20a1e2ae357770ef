# Evertrunk.  `make` builds the three programs into build/; SAN=1 builds them with ASan and UBSan
# into build-san/, FUZZ=1 for libFuzzer into build-fuzz/.  `make check` runs the quick tests,
# `make fuzz` every fuzz target over its corpus, `make bench` the measurements
# (docs/performance.md).

PKGS_SUP = libuv libmicrohttpd libsystemd jansson libssl
PKGS_WRK = libuv sofia-sip-ua sndfile spandsp libsrtp2 gmime-3.0 libcurl
STD      = -std=gnu17 -D_GNU_SOURCE
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Werror
HARD     = -fstack-protector-strong -fPIE
ifdef FUZZ
# clang only for its libFuzzer: the warnings are gcc's to give.
CC       = clang
WARN     = -Wall
B        = build-fuzz
OPT      = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
           -fno-omit-frame-pointer
else ifdef SAN
B        = build-san
OPT      = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
           -fno-omit-frame-pointer
else
B        = build
OPT      = -O2 -g -D_FORTIFY_SOURCE=2
endif
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
# -isystem: others' headers are not ours to warn of.
GMIME_INC := $(patsubst -I%,-isystem %,$(filter -I%,$(shell pkg-config --cflags gmime-3.0)))
CPPFLAGS = -I. -isystem /usr/include/sofia-sip-1.12 $(GMIME_INC)
CFLAGS   = $(STD) $(WARN) $(OPT) $(HARD) -MMD -MP
LDFLAGS  = $(OPT) -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LIBS_BASE = -luv -linih -lcsv
LIBS_SUP = $(LIBS_BASE) -lmicrohttpd -lsystemd -ljansson -lssl -lcrypto
LIBS_WRK = $(LIBS_BASE) -lsofia-sip-ua -lsndfile -lspandsp -ltiff -lsrtp2 -lcurl -lcrypto -lcrypt -lm \
           -lgmime-3.0 -lgobject-2.0 -lglib-2.0

BASE_SRC = $(wildcard ipc/base/*.c ipc/*.c conf/*.c)
SUP_SRC  = $(filter-out supervisor/main.c supervisor/ctl.c,$(wildcard supervisor/*.c))
WRK_SRC  = $(filter-out worker/main.c,$(wildcard worker/*.c))
UNIT_SRC = $(wildcard tests/unit/*.c)
FUZZ_SRC = $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC = $(wildcard tests/bench/*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
PROGRAMS = $(B)/um-supervisor $(B)/um-worker $(B)/um-ctl
UNITS    = $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(UNIT_SRC))
FUZZERS  = $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz_%,$(FUZZ_SRC))
BENCHES  = $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(BENCH_SRC))

.PHONY: all check unit units fakes golden golden-update rooms style fuzz fuzzers bench benches clean format
# Objects are kept; a new source makes its archive anew whatever its date (.SECONDARY would not).
.PRECIOUS: $(B)/obj/%.o
all: $(PROGRAMS) $(B)/prompts/.copied

# Rooms go into archives, so that a test or program takes only what it names.
$(B)/libbase.a: $(call obj,$(BASE_SRC))
$(B)/libsup.a: $(call obj,$(SUP_SRC))
$(B)/libwrk.a: $(call obj,$(WRK_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

# Where um-worker looks for them first.
$(B)/prompts/.copied: $(wildcard conf/prompts/*.conf)
	@mkdir -p $(@D)
	cp $^ $(@D)
	@touch $@

$(B)/um-supervisor: $(call obj,supervisor/main.c) $(B)/libsup.a $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_SUP)
$(B)/um-ctl: $(call obj,supervisor/ctl.c) $(B)/libsup.a $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_BASE)
# -rdynamic: sofia-sip must find our nta_agent_newtag: its tags carry the generation.
$(B)/um-worker: $(call obj,worker/main.c) $(B)/libwrk.a $(B)/libbase.a
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(LIBS_WRK)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DEVERTRUNK_VERSION='"$(VERSION)"' $(CFLAGS) -c -o $@ $<

# sofia-sip as a second reader of what the scanner reads, for unit tests and fuzzing.
$(B)/liboracle.a: $(call obj,$(wildcard tests/oracle/*.c))
# A pool with fake workers, for the tests of the pool.
FAKE_WORKER = $(B)/tests/fakes/fake_worker
$(FAKE_WORKER): $(B)/obj/tests/fakes/fake_worker.o $(B)/libsup.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_BASE)
# Writes the message of a queue item, for tests that read it with other programs.
$(B)/tests/fakes/mail_maker: $(B)/obj/tests/fakes/mail_maker.o $(B)/libwrk.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_WRK)
# A message by SMTP, for the tests of the way to a mail server.
$(B)/tests/fakes/mail_sender: $(B)/obj/tests/fakes/mail_sender.o $(B)/libwrk.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_WRK)
# Looks into mailboxes by IMAP, for the tests of that.
$(B)/tests/fakes/mailbox_looker: $(B)/obj/tests/fakes/mailbox_looker.o $(B)/libwrk.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_WRK)
# A slow kernel, or one that has little, preloaded.
$(B)/tests/fakes/kernel.so: tests/fakes/preload/kernel.c Makefile
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) -O2 -g -I. -fPIC -shared -o $@ $<
$(B)/libbed.a: $(call obj,$(wildcard tests/fakes/bed*.c))
$(filter $(B)/tests/unit/test_pool%,$(UNITS)): | $(FAKE_WORKER)
$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(B)/libbed.a $(B)/liboracle.a $(B)/libsup.a $(B)/libwrk.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS_SUP) $(LIBS_WRK)
# The measuring programs: load generator, floors, callees; the counter of allocations is preloaded.
$(B)/libbench.a: $(call obj,$(wildcard tests/bench/lib/*.c))
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(B)/libbench.a $(B)/libwrk.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_WRK)
$(B)/tests/bench/mallocs.so: tests/bench/preload/mallocs.c Makefile
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) -O2 -g -I. -fPIC -shared -o $@ $<

$(B)/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/liboracle.a $(B)/libsup.a $(B)/libwrk.a $(B)/libbase.a
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS_SUP) $(LIBS_WRK)

check: unit golden rooms style
units: $(UNITS)
# What end-to-end tests run beside the three programs.
fakes: $(B)/tests/fakes/mail_maker $(B)/tests/fakes/mail_sender $(B)/tests/fakes/mailbox_looker \
       $(B)/tests/fakes/kernel.so
unit: $(UNITS)
	scripts/unit $(UNITS)
golden: $(B)/um-supervisor $(B)/tests/fakes/mail_maker
	scripts/golden $(B)
golden-update: $(B)/um-supervisor $(B)/tests/fakes/mail_maker
	scripts/golden --update $(B)
rooms:
	scripts/check-rooms
	scripts/check-tables
style:
	scripts/check-style
fuzzers: $(FUZZERS)
fuzz:
	$(MAKE) FUZZ=1 fuzzers
	scripts/fuzz build-fuzz
benches: $(BENCHES) $(B)/tests/bench/mallocs.so
# Measures for some eleven minutes; DOC=docs/performance.md puts the tables there.
bench: all benches
	python3 tests/bench/run.py --build $(B) $(if $(DOC),--write $(DOC))

clean:
	rm -rf build build-san build-fuzz
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
