"""A message left is a message delivered: callers with a sound of their own each, while workers are
recycled and killed, the disk is full for a while and so is that of the mailboxes.  All of it at its
full size: EVERTRUNK_LOST=1000 (calls; 10 a second)."""

import json
import os
import random
import signal
import threading
import time

import pytest

from harness.callers import Callers
from harness.disk import MIB, Disk
from harness.evertrunk import SLOW
from harness.lost import Verdict, read
from harness.postfix import Postfix
from harness.wait import until

CALLS = int(os.environ.get("EVERTRUNK_LOST", "120"))
SEED = int(os.environ.get("EVERTRUNK_LOST_SEED", "4"))
FULL = CALLS >= 1000
RATE, SPEAKS = 10 if FULL else 8, 2.4
BOXES = [str(n) for n in range(2101, 2121)]


class Chaos:
    """What goes wrong, and when: a list of (seconds, what), walked beside the callers."""

    def __init__(self, events):
        self.events = sorted(events, key=lambda e: e[0])
        self.errors = []
        self.thread = threading.Thread(target=self.walk)

    def walk(self):
        start = time.monotonic()
        for at, what in self.events:
            time.sleep(max(0, start + at - time.monotonic()))
            try:
                what()
            except Exception as error:  # told by the test, in its own thread
                self.errors.append(f"{at:.1f} s: {error!r}")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(300)


def recycle(um):
    """A worker that is ready takes over; there may be none so soon after a kill."""
    until("a standby", 10 * SLOW, lambda: um.slot("standby"))
    um.ctl("recycle", "--wait", "--reason", "nothing lost")


def kill(um, dice):
    """The worker that answers the calls, or the one that ends its last ones."""
    pids = sorted(pid for (pid, _), name in um.workers().items() if name == "um-worker")
    active = um.slot("serving")
    victim = active["pid"] if active and dice.random() < 0.7 else dice.choice(pids)
    os.kill(victim, signal.SIGKILL)


def plan(um, calls, spool, outage, dice):
    """Full: every 10 s a recycle, five kills, the disk full for 5 s, no mail can be handed over for a
    minute."""
    length = calls / RATE
    every, kills = (10, 5) if FULL else (length / 3, calls // 60)
    events = [(t * every, lambda: recycle(um)) for t in range(1, int(length / every) + 1)]
    events += [(dice.uniform(3, length), lambda: kill(um, dice)) for _ in range(kills)]
    gone, full = length * 0.2, length * 0.6
    events += [(gone, outage[0]), (gone + (60 if FULL else 3), outage[1])]
    return events + [(full, spool.fill), (full + (5 if FULL else 1.5), spool.empty)]


def people():
    return "".join(f"{b},,Owner of {b},{b}@example.com,en-US,\n" for b in BOXES)


@pytest.fixture
def um(make):
    """An Evertrunk that is not started yet, with its spool on a small disk."""
    um = make()
    um.disk = Disk(um.spool, 192 * MIB)
    (um.folder / "mailboxes.csv").write_text("extension,numbers,name,address,language,max_recording\n"
                                             + people())
    um.configure({
        "mailboxes": {"file": um.folder / "mailboxes.csv"},
        "dialplan main": {"extension_length": 4, "pilot": 3500, "language": "en-US"},
        "mail": {"sender": "voicemail@example.com"},
        "pressure": {"disk_medium": "8M", "disk_high": "1M"},
    })
    yield um
    um.disk.close()


def waiting(um):
    return sorted(p.name for p in um.spool.iterdir() if p.name.endswith((".txt", ".part", ".wav")))


def all_delivered(um):
    """The queue runs empty; what a worker that was killed last had left is found by the next."""
    um.wait_standby()
    um.ctl("queue", "retry")
    until("an empty spool", 90 * SLOW, lambda: not waiting(um), step=0.5)


def storm(um, calls, outage):
    """What the callers say of their calls."""
    um.start().wait_standby()
    how = {"ip": um.block.proxied, "door": [um.block.door, 5060], "calls": calls, "rate": RATE,
           "boxes": BOXES, "seed": SEED, "seconds": SPEAKS}
    events = plan(um, calls, um.disk, outage, random.Random(SEED))
    with Callers(um.folder, **how) as callers, Chaos(events) as chaos:
        told = callers.wait(calls / RATE + 60 * SLOW)
    assert not chaos.errors, chaos.errors
    all_delivered(um)
    return told


def judge(um, name, told, root):
    """All that was due is in its mailbox below `root`, as it was spoken."""
    verdict = Verdict(told, read(root), SEED, SPEAKS)
    text = json.dumps({"delivery": name, "metrics": delivered(um), **verdict.figures})
    print(text)
    if os.environ.get("EVERTRUNK_LOST_FIGURES"):
        with open(os.environ["EVERTRUNK_LOST_FIGURES"], "a", encoding="ascii") as f:
            f.write(text + "\n")
    assert not verdict.faults, text + "\n" + "\n".join(verdict.faults[:10])
    # it was a load: most calls came through
    assert verdict.figures["due"] > len(told) * (0.75 if FULL else 0.2), text
    assert not list(um.spool.glob("bad/*.txt"))


def delivered(um):
    return {k: v for k, v in um.metrics().items() if k.startswith("um_mail_") and v}


def test_into_maildirs(um):
    """The folder of the Maildirs cannot be written to for a while."""
    mail = Disk(um.folder / "mail", 192 * MIB)
    um.configure({"mail": {"delivery": "maildir", "maildir": mail.path}})
    try:
        told = storm(um, CALLS, (lambda: mail.read_only(True), lambda: mail.read_only(False)))
        judge(um, "maildir", told, mail.path)
    finally:
        mail.close()


def queued(postfix):
    return [f for name in ("maildrop", "incoming", "active", "deferred")
            for f in (postfix.folder / "queue" / name).rglob("*") if f.is_file()]


def test_to_postfix(um):
    """Postfix is stopped for a while."""
    postfix = Postfix(um.block.supervisor, boxes=BOXES)
    um.configure({"mail": {"delivery": "smtp", "sender": "voicemail@example.com"},
                  "smtp": {"hosts": postfix.host, "tls": "never"}})
    try:
        postfix.start()
        told = storm(um, CALLS if FULL else CALLS // 2, (postfix.stop, postfix.start))
        until("an empty queue of Postfix", 60 * SLOW, lambda: not queued(postfix), step=0.2)
        judge(um, "smtp", told, postfix.folder / "mail")
    finally:
        postfix.close()
