"""Messages on their way: from hang-up to the mailbox, and what delivering costs those who speak."""

import ctypes
import os
import re
import shutil
import struct
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path
from statistics import median

from servers import CORES, Trouble
from whole import speech

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness.callers import Callers  # noqa: E402
from harness.postfix import Postfix  # noqa: E402

CALLS, RATE, BOXES = 50, 3, ["2101"]
IN_MOVED_TO = 0x80
FED, FED_SECONDS = 5, 10  # messages a second, each so long


class Moved(threading.Thread):
    """When a file was moved into a folder, by inotify: {name: wall seconds}."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.seen = folder, {}
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_MOVED_TO) < 0:
            raise Trouble(f"{folder}: {os.strerror(ctypes.get_errno())}")
        self.start()

    def run(self):
        while True:
            data, now, at = os.read(self.fd, 65536), time.time(), 0
            while at < len(data):
                _, _, _, n = struct.unpack_from("iIII", data, at)
                name = data[at + 16:at + 16 + n].rstrip(b"\0").decode()
                self.seen[name] = now
                at += 16 + n

    def by_call(self, header):
        """{Call-ID: wall seconds}."""
        found = {}
        for name, at in self.seen.items():
            said = re.search(header, (self.folder / name).read_bytes())
            if said:
                found[said.group(1).decode()] = at
        return found


def wait(what, ready, patience):
    end = time.monotonic() + patience
    while not ready():
        if time.monotonic() > end:
            raise Trouble(f"{what} did not come within {patience} s")
        time.sleep(0.05)


def changes(folder, mail):
    """The short greeting, and one mailbox."""
    with wave.open(str(folder / "greeting.wav"), "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(struct.pack("<h", 0) * 1600)
    (folder / "boxes.csv").write_text("extension,name,address\n2101,Anna,2101@example.com\n")
    return {"mailboxes": {"file": folder / "boxes.csv"}, "dialplan main": {"extension_length": 4},
            "prompt": {"greeting": folder / "greeting.wav", "tone": "200ms"}, **mail}


def timed(bench, name, folder, mail, target, header, calls=CALLS, beside=None):
    """Milliseconds from each BYE to the file that says so in `target`, calls at their pace."""
    folder.mkdir(parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    ours = bench.evertrunk(name, 6, changes=changes(folder, {
        "recording": {"spool": folder / "spool"}, **mail}))
    ours.start()
    ours.wait_standby()
    moved, more = Moved(target), beside(ours) if beside else None
    with Callers(folder, ip=ours.proxied, door=[ours.door, 5060], calls=calls, rate=RATE,
                 boxes=BOXES, seconds=2) as callers:
        told = callers.wait(calls / RATE + 30)
    wait(f"{calls} messages in {target}", lambda: len(moved.by_call(header)) == calls, 30)
    if more:
        more()
    bench.book.stop(ours)
    at = moved.by_call(header)
    return [1000 * (at[c["call_id"]] - c["at"]) for c in told]


class Traced:
    """fsync and fdatasync of a worker, counted and timed by strace."""

    def __init__(self, folder):
        self.out = folder / "strace"

    def __call__(self, ours):
        self.process = subprocess.Popen(
            ["strace", "-f", "-T", "-e", "trace=fsync,fdatasync", "-o", self.out, "-p",
             str(ours.worker_pid())], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(1)
        return self.stop

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def per_message(self, messages):
        took = [float(t) for t in re.findall(r"= 0 <([\d.]+)>", self.out.read_text())]
        return len(took) / messages, 1000 * sum(took) / messages


def into_maildir(bench, name, folder):
    mail = {"mail": {"maildir": folder / "mail"}}
    trace = Traced(folder) if name == "traced" else None
    took = timed(bench, f"maildir-{name}", folder, mail, folder / "mail/2101/new",
                 rb"X-CallID: (\S+)", beside=trace)
    return took, trace and trace.per_message(CALLS)


def to_postfix(bench, folder):
    """The shadow copy appears when Postfix has said 250."""
    postfix = bench.book.keep(Postfix("127.30.6.70", boxes=BOXES))
    postfix.start()
    mail = {"mail": {"delivery": "smtp", "sender": "voicemail@example.com"},
            "smtp": {"hosts": postfix.host, "tls": "never"}}
    took = timed(bench, "smtp", folder, mail, folder / "spool/shadow", rb"CallId : (\S+)")
    postfix.close()
    return took


class Memory:
    """A folder on a tmpfs."""

    def __init__(self, path):
        path.mkdir()
        self.path = path
        done = subprocess.run(["mount", "-t", "tmpfs", "evt-bench", path], check=False,
                              capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"no tmpfs: {done.stderr}")

    def stop(self):
        subprocess.run(["umount", "-l", self.path], check=False)


def latency(bench):
    book = bench.book
    memory = book.keep(Memory(bench.folder / "memory"))
    ours, _ = into_maildir(bench, "tmpfs", memory.path)
    disk, _ = into_maildir(bench, "disk", bench.folder / "disk")
    rows = [book.bar("Maildir, spool and Maildir on a tmpfs (an fsync costs nothing)", median(ours),
                     10, "{:.2f}"),
            book.bar("Maildir, on the disk, fsyncs and all", median(disk), None, "{:.2f}")]
    if shutil.which("strace"):
        traced, (count, cost) = into_maildir(bench, "traced", bench.folder / "traced")
        rows += [book.bar("the same under strace", median(traced), None, "{:.2f}"),
                 book.bar("under strace: fsyncs of a message, number", count, None, "{:.1f}"),
                 book.bar("under strace: ms in the fsyncs of a message, mean", cost, None,
                          "{:.2f}")]
    if os.geteuid() == 0 and shutil.which("postfix"):
        rows.append(book.bar("Postfix's 250, spool on the disk",
                             median(to_postfix(bench, bench.folder / "smtp-spool")), 150, "{:.2f}"))
    book.say(f"From hang-up (our BYE) to the message, medians of {CALLS} calls at {RATE} a second "
             "with a message of 2 s each:\n")
    book.bars("ms", rows)


class Feed(threading.Thread):
    """Puts messages into a spool, as a person would: the sound first, the header last."""

    def __init__(self, spool, count):
        super().__init__(daemon=True)
        self.spool, self.count = spool, count
        self.sound = spool.parent / "fed.wav"
        with wave.open(str(self.sound), "wb") as w:
            w.setparams((1, 2, 8000, 0, "NONE", ""))
            w.writeframes(os.urandom(FED_SECONDS * 16000))

    def run(self):
        begin = time.monotonic()
        for i in range(self.count):
            time.sleep(max(0, begin + i / FED - time.monotonic()))
            shutil.copyfile(self.sound, self.spool / f"fed-{i}.wav")
            part = self.spool / f"fed-{i}.part"
            part.write_text("MessageType : VoiceMail\nRecipientAddress : 2101@example.com\n"
                            f"AttachmentName : fed-{i}.wav\nDuration : {FED_SECONDS}\n")
            part.rename(self.spool / f"fed-{i}.txt")


def recordings(bench):
    """100 calls that are recorded, by turns with nothing to deliver and with messages all the time."""
    book, runs = bench.book, {"idle": [], "delivering": []}
    seconds = bench.options.settle + 100 / 200 + 8
    for _ in range(max(1, bench.options.rounds // 2)):
        runs["idle"].append(speech(bench, 100))
        runs["delivering"].append(speech(
            bench, 100, beside=lambda ours: Feed(ours.folder / "spool", int(seconds * FED)).start()))
    rows = []
    for name, each in runs.items():
        of = lambda field: [r[field] for r in each]  # noqa: E731
        rows += [
            book.bar(f"{name}: CPU, share of one core", median(of("cpu_share")), 0.08, "{:.3f}"),
            book.bar(f"{name}: latest tick, ms (the worst of {len(each)} runs)", max(of("worst")),
                     10, "{:.2f}"),
            book.bar(f"{name}: ticks later than 10 ms", max(of("late")), 0, "{:.0f}"),
            book.bar(f"{name}: latest packet of the load itself, ms",
                     max(of("worst_late_us")) / 1000, None, "{:.2f}"),
            book.bar(f"{name}: memory of the worker, MiB (RSS)", median(of("memory")), 30,
                     "{:.1f}"),
            book.bar(f"{name}: messages delivered by the end", median(of("delivered")), None,
                     "{:.0f}"),
        ]
    book.say(f"100 calls that are recorded, with nothing to deliver and with {FED} messages of "
             f"{FED_SECONDS} s a second into a Maildir:\n")
    book.bars("both processes on one core", rows)


def measure(bench):
    if len(CORES) < 2:
        raise Trouble("two cores are needed")
    latency(bench)
    recordings(bench)
