"""CPU per SIP message: echo, relay, Kamailio and the supervisor, interleaved."""

from statistics import median

from servers import LOAD_CORE, NET, Kamailio, Server

ME, UAS = f"{NET}.9", f"{NET}.30:5060"
ECHO, RELAY, BACK = f"{NET}.10:5060", f"{NET}.11:5060", f"{NET}.11:5070"
MIXED, MIXED_BACK = f"{NET}.13:5060", f"{NET}.13:5070"
K302, KUDP, KTCP = (f"{NET}.12:{port}" for port in (5060, 5070, 5080))

# Key, transport, the load's mode, what the table says, further options of the load; measured in
# this order.  The key's last word names the server; none: Evertrunk.
ROWS = [
    ("echo", "udp", "echo", "raw echo"),
    ("302", "udp", "302", "302: Evertrunk"),
    ("302 kamailio", "udp", "302", "302: Kamailio"),
    ("ack", "udp", "302", "302 and ACK: Evertrunk", "-a"),
    ("ack kamailio", "udp", "302", "302 and ACK: Kamailio", "-a"),
    ("relay", "udp", "call", "call: raw relay"),
    ("call", "udp", "call", "call: Evertrunk, proxied"),
    ("call kamailio-udp", "udp", "call", "call: Kamailio forward()"),
    ("echo", "tcp", "echo", "raw echo"),
    ("302", "tcp", "302", "302: Evertrunk"),
    ("302 kamailio", "tcp", "302", "302: Kamailio"),
    ("relay", "tcp", "call", "call: raw relay, TCP to TCP"),
    ("mixed", "tcp", "call", "call: framing relay, TCP to UDP"),
    ("call", "tcp", "call", "call: Evertrunk, proxied"),
    ("call kamailio-tcp", "tcp", "call", "call: Kamailio forward(), callee on TCP"),
    ("call kamailio-udp", "tcp", "call", "call: Kamailio forward(), callee on UDP"),
]

# Transport, what was measured, against what, and the ratio that it must not pass.
RATIOS = [
    ("udp", "302", "echo", 1.3),
    ("udp", "302", "302 kamailio", 0.5),
    ("udp", "ack", "ack kamailio", None),
    ("udp", "call", "relay", 1.3),
    ("udp", "call", "call kamailio-udp", 0.5),
    ("tcp", "302", "echo", None),
    ("tcp", "302", "302 kamailio", 0.25),
    ("tcp", "call", "relay", None),
    ("tcp", "call", "mixed", None),
    ("tcp", "mixed", "call kamailio-udp", None),
    ("tcp", "call", "call kamailio-tcp", 0.25),
    ("tcp", "call", "call kamailio-udp", 0.25),
]


class Row:
    """One kind of traffic against one server."""

    def __init__(self, target, key, transport, mode, text, *more):
        self.target, self.key, self.transport = target, key, transport
        self.mode, self.text, self.more = mode, text, more
        self.runs = []

    def measure(self, load, seconds):
        source, address, pids = self.target
        self.runs.append(load.sip(self.mode, self.transport, source, address, pids(), seconds,
                                  *self.more))

    def values(self, field):
        return [run[field] for run in self.runs]

    def cells(self):
        cpu = self.values("cpu_us")
        return [self.transport.upper(), self.text, f"{median(cpu):.2f}",
                f"{min(cpu):.2f} - {max(cpu):.2f}", f"{median(self.values('rate')):,.0f}",
                f"{median(self.values('cpu_share')):.0%}", f"{median(self.values('p50_us')):.0f}",
                str(sum(self.values("failed"))), str(sum(self.values("retransmitted")))]


def start_others(bench):
    """Floors, callee and Kamailio; what each row talks to: (key, transport) -> target."""
    echo, keep = bench.programs / "echo", bench.book.keep
    keep(Server([bench.programs / "uas", UAS], core=LOAD_CORE))
    kamailio = {
        "kamailio": (K302, keep(Kamailio.redirect(bench.folder, K302))),
        "kamailio-udp": (KUDP, keep(Kamailio.forward(bench.folder, "udp", KUDP, UAS))),
        "kamailio-tcp": (KTCP, keep(Kamailio.forward(bench.folder, "tcp", KTCP, UAS))),
    }
    mixed = keep(Server([echo, "mixed", MIXED, MIXED_BACK, UAS]))
    targets = {("mixed", "tcp"): (ME, MIXED, lambda: mixed.pids)}
    for transport in ("udp", "tcp"):
        raw = keep(Server([echo, transport, ECHO]))
        relay = keep(Server([echo, transport, RELAY, BACK, UAS]))
        targets["echo", transport] = ME, ECHO, lambda s=raw: s.pids
        targets["relay", transport] = ME, RELAY, lambda s=relay: s.pids
        for key, name, *_ in ROWS:
            server = kamailio.get(key.split()[-1])
            if server:
                targets[key, transport] = ME, server[0], lambda s=server[1]: s.pids
    return targets


def start_evertrunk(bench):
    ours = bench.evertrunk("wire", 1, stub=True)
    ours.start()
    ours.wait_standby()
    targets = {}
    for transport in ("udp", "tcp"):
        for key, source in (("302", ours.redirected), ("ack", ours.redirected),
                            ("call", ours.proxied)):
            targets[key, transport] = source, f"{ours.door}:5060", lambda: [ours.pid]
    return targets


def tell(bench, rows):
    book, options = bench.book, bench.options
    size = rows[0].runs[0]["invite_bytes"]
    book.say(f"CPU per call, microseconds of user and system time of all processes of the server "
             f"({size}-byte INVITE, {options.outstanding} calls outstanding, medians of "
             f"{options.rounds} rounds of {options.seconds:g} s; a call is INVITE, 200, ACK, BYE, "
             f"200):\n")
    book.table(["", "what", "us/call", "lowest - highest", "calls/s", "core busy", "p50 us",
                "failed", "resent"], [row.cells() for row in rows])
    by = {(row.key, row.transport): row for row in rows}
    bars = []
    for transport, key, against, limit in RATIOS:
        a, b = by.get((key, transport)), by.get((against, transport))
        if a and b:
            ratio = median(x / y for x, y in zip(a.values("cpu_us"), b.values("cpu_us")))
            bars.append(book.bar(f"{transport.upper()}: {a.text} / {b.text}", ratio, limit,
                                 "{:.2f}"))
    if bars:
        book.bars("CPU ratio, median of the rounds'", bars)
    for row in rows:
        if sum(row.values("failed")):
            book.miss(f"{row.transport.upper()} {row.text}: {sum(row.values('failed'))} calls "
                      f"failed (status {max(row.values('bad_status'))})")


def measure(bench):
    targets = start_others(bench)
    if not bench.options.floors:
        targets.update(start_evertrunk(bench))
    rows = [Row(targets[key, transport], key, transport, *rest)
            for key, transport, *rest in ROWS if (key, transport) in targets]
    for row in rows:
        row.more += ("-o", bench.options.outstanding)
    for _ in range(bench.options.rounds):
        for row in rows:
            row.measure(bench.load, bench.options.seconds)
    tell(bench, rows)
