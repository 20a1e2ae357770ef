"""Evertrunk as a whole: at rest, its allocations, calls through both processes, recordings."""

import threading
import time
from pathlib import Path
from statistics import median

from servers import LOAD_CORE, Server, cpu_seconds, proportional_kib, resident_kib, wakeups
from wire import BACK, ME, RELAY, UAS

MIB = 1024


def idle(bench):
    """Shipped settings, um-worker and a standby, nothing to do."""
    book, ours = bench.book, bench.evertrunk("idle", 2, core=None)
    starts = []
    for _ in range(bench.options.rounds):
        starts.append(ours.start() * 1000)
        ours.stop()
    ours.start()
    ours.wait_standby()
    before, began = wakeups(ours.pid), time.monotonic()
    time.sleep(10)
    rate = (wakeups(ours.pid) - before) / (time.monotonic() - began)
    book.say("At rest, with um-worker and a standby, shipped settings:\n")
    book.bars("the supervisor", [
        book.bar("start to ready, ms (median)", median(starts), 150, "{:.0f}"),
        book.bar("memory, MiB (PSS)", proportional_kib(ours.pid) / MIB, 10, "{:.1f}"),
        book.bar("memory, MiB (RSS: shared libraries in full)", resident_kib(ours.pid) / MIB,
                 None, "{:.1f}"),
        book.bar("wake-ups a second", rate, 2, "{:.2f}"),
        book.bar("memory of its worker, MiB (PSS)", proportional_kib(ours.worker_pid()) / MIB,
                 None, "{:.1f}"),
    ])


def mallocs(bench):
    """malloc, calloc and realloc counted inside the supervisor while messages pass."""
    book, counts = bench.book, bench.folder / "mallocs"
    ours = bench.evertrunk("allocations", 3, stub=True, environment={
        "MALLOCS_FILE": counts, "LD_PRELOAD": bench.programs / "mallocs.so"})
    ours.start()
    ours.wait_standby()
    counter, rows = Path(f"{counts}.{ours.pid}"), []
    for transport in ("udp", "tcp"):
        for mode, source, each in (("302", ours.redirected, 1), ("call", ours.proxied, 5)):
            args = mode, transport, source, f"{ours.door}:5060", [ours.pid], 1
            bench.load.sip(*args)  # tables and buffers grow
            before = int.from_bytes(counter.read_bytes(), "little")
            messages = bench.load.sip(*args)["done"] * each
            grown = int.from_bytes(counter.read_bytes(), "little") - before
            rows.append(book.bar(f"{mode}, {transport.upper()}: {grown} in {messages} messages",
                                 grown / max(1, messages), 0.001, "{:.4f}"))
    book.say("Allocations of the supervisor per message received (a connection and the timers of "
             "a second allocate too):\n")
    book.bars("messages of", rows)


def paced(bench, ours, rate, seconds=5):
    """Calls at a rate; what the supervisor alone and a raw relay of the same calls cost."""
    place, pids = ("call", "udp"), [ours.pid, ours.worker_pid()]
    before = cpu_seconds(ours.pid)
    run = bench.load.sip(*place, ours.proxied, f"{ours.door}:5060", pids, seconds, "-r", rate)
    run["alone_us"] = (cpu_seconds(ours.pid) - before) / max(1, run["done"]) * 1e6
    echo = bench.book.keep(Server([bench.programs / "echo", "udp", RELAY, BACK, UAS]))
    relay = bench.load.sip(*place, ME, RELAY, echo.pids, seconds / 2, "-r", rate)
    bench.book.stop(echo)
    return run | {"relay_us": relay["cpu_us"]}


def calls(bench):
    """Calls that um-worker answers; hung up at once, no media."""
    book, ours = bench.book, bench.evertrunk("calls", 4)
    ours.start()
    ours.wait_standby()
    book.keep(Server([bench.programs / "uas", UAS], core=LOAD_CORE))
    quiet, rates = [], {50: [], 200: []}
    for _ in range(max(3, bench.options.rounds - 2)):
        quiet.append(bench.load.sip("call", "udp", ours.proxied, f"{ours.door}:5060", ours.pids,
                                    3, "-o", 1, "-r", 20))
        for rate, runs in rates.items():
            runs.append(paced(bench, ours, rate))
    rows = [book.bar(f"INVITE to 200 when idle (20 calls/s), ms, {name}",
                     median(r[field] for r in quiet) / 1000, limit, "{:.2f}")
            for name, field, limit in (("median", "p50_us", 1), ("p99", "p99_us", None))]
    for rate, runs in rates.items():
        rows += [book.bar(text.format(rate), median(r[field] for r in runs) / 1000, limit,
                          "{:.3f}") for text, field, limit in (
            ("CPU per call of both processes at {} calls/s, ms", "cpu_us", 0.45),
            ("CPU per call of the supervisor alone at {} calls/s, ms", "alone_us", None),
            ("CPU per call of a raw relay at {} calls/s, ms", "relay_us", None),
            ("INVITE to 200 at {} calls/s, ms, median", "p50_us", None))]
    failed = sum(r["failed"] for r in sum(rates.values(), quiet))
    if failed:
        book.miss(f"calls answered by um-worker: {failed} failed")
    book.say("Calls answered by um-worker through the door (UDP), hung up at once, no media (at "
             "such rates a process sleeps and wakes up for every message, the relay too):\n")
    book.bars("both processes on one core", rows)


def speech(bench, number, *more, beside=None):
    """One run of `number` calls that speak and are recorded, on an Evertrunk of its own; `beside` is
    told of it before the first."""
    ours = bench.evertrunk(f"speech-{number}-{time.monotonic_ns()}", 5,
                           changes={"worker": {"heartbeat": "1s"}})
    ours.start()
    ours.wait_standby()
    pids, worker, memory = [ours.pid, ours.worker_pid()], ours.worker_pid(), []
    quiet, settle, seconds = resident_kib(worker), bench.options.settle, 8
    watch = threading.Timer(settle + number / 200 + seconds / 2,
                            lambda: memory.append(resident_kib(worker)))
    watch.start()
    if beside:
        beside(ours)
    result = bench.load.speech(number, seconds, settle, ours, pids, *more)
    watch.join()
    time.sleep(2)  # the last report of the worker
    said = ours.metrics()
    bench.book.stop(ours)
    return result | {"memory": memory[0] / MIB, "grown": (memory[0] - quiet) / MIB,
                     "late": said["um_rtp_late_ticks_total"],
                     "worst": said["um_rtp_worst_tick_seconds"] * 1000,
                     "recorded": said["um_recordings_total"],
                     "delivered": said["um_mail_delivered_total"]}


def srtp(bench):
    """100 calls in the clear and 100 encrypted, by turns."""
    book, runs = bench.book, {"RTP": [], "SRTP": []}
    for _ in range(bench.options.rounds):
        for name, more in (("RTP", []), ("SRTP", ["-x"])):
            runs[name].append(speech(bench, 100, *more))
    ratios = [s["cpu_share"] / p["cpu_share"] for p, s in zip(*runs.values())]
    rows = [book.bar("CPU of SRTP / CPU of RTP, median of the rounds'", median(ratios), None,
                     "{:.2f}")]
    for name, each in runs.items():
        rows += [book.bar(f"{name}: {text}", median(r[field] for r in each), None, form)
                 for text, field, form in (("CPU, share of one core", "cpu_share", "{:.3f}"),
                                           ("memory of the worker, MiB (RSS)", "memory", "{:.1f}"),
                                           ("latest tick, ms", "worst", "{:.2f}"))]
        if min(r["recorded"] for r in each) < 100:
            book.miss(f"{name}: not every call was recorded")
    book.say("100 calls that speak and are recorded, in the clear and with SRTP "
             "(AES_CM_128_HMAC_SHA1_80):\n")
    book.bars("both processes on one core", rows)


def recording(bench):
    """100 and 300 calls at once."""
    book, plan = bench.book, {100: (0.08, 30), 300: (0.24, None)}
    runs = {number: [] for number in plan}
    for _ in range(max(1, bench.options.rounds // 2)):
        for number in plan:
            runs[number].append(speech(bench, number))
    rows = []
    for number, (share, memory) in plan.items():
        of = lambda field: [r[field] for r in runs[number]]  # noqa: E731
        rows += [
            book.bar(f"{number} calls: CPU, share of one core", median(of("cpu_share")), share,
                     "{:.3f}"),
            book.bar(f"{number} calls: memory of the worker, MiB (RSS)", median(of("memory")),
                     memory, "{:.1f}"),
            book.bar(f"{number} calls: of that since it was idle, MiB", median(of("grown")), None,
                     "{:.1f}"),
            book.bar(f"{number} calls: latest tick, ms", max(of("worst")), 10, "{:.2f}"),
            book.bar(f"{number} calls: ticks later than 10 ms", max(of("late")), 0, "{:.0f}"),
            book.bar(f"{number} calls: latest packet of the load itself, ms",
                     max(of("worst_late_us")) / 1000, None, "{:.2f}"),
        ]
        for field in ("up", "ended", "recorded"):
            if min(of(field)) < number:
                book.miss(f"{number} calls recorded: only {min(of(field)):.0f} {field}")
    book.say("Calls that speak (G.711, a packet every 20 ms) and are recorded, all at once:\n")
    book.bars("both processes on one core", rows)
