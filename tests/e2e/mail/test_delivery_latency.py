"""From hang-up to the message in the Maildir: nothing is polled for on that way.  Measured with spool and
Maildirs on a tmpfs, where an fsync costs nothing: what is left is ours."""

import os
import statistics
import threading
import time

from harness import maildir
from harness.disk import MIB, Disk
from harness.evertrunk import SLOW
from harness.rtp import speech
from harness.voice import Caller
from harness.wait import until

CALLS, BAR = 15, 0.010


class Watch(threading.Thread):
    """When each file was first seen in a folder, to half a millisecond or so."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.seen, self.running = folder, {}, True
        self.start()

    def run(self):
        while self.running:
            now = time.monotonic()
            for name in os.listdir(self.folder):
                self.seen.setdefault(name, now)
            time.sleep(0.0003)


def call(um, number, hung_up):
    caller = Caller(um, um.udp(), caller=number, called="3500")
    caller.dial().listen_to_the_greeting()
    caller.rtp.play(speech(caller.codec, 1.5))
    hung_up[number] = time.monotonic()
    caller.hang_up()


def measure(post):
    """Seconds from our BYE to the file, call by call."""
    um = post.um.start()
    post.drop("first", "MessageType : MissedCall\nRecipientAddress : 3500@example.com\n")
    post.wait()
    watch, hung_up = Watch(post.root / "3500" / "new"), {}
    for i in range(CALLS):
        call(um, f"2{i:03}", hung_up)
    until("all are there", 20, lambda: len(watch.seen) == CALLS + 1)
    watch.running = False
    watch.join()
    took = []
    for message in maildir.messages(post.root, "3500"):
        number = message.mail["X-CallingTelephoneNumber"]
        if number:
            took.append(watch.seen[message.path.name] - hung_up[number.strip()])
    assert len(took) == CALLS
    return took


def tell(where, took):
    print(f"\nhang-up to Maildir on {where}: median {statistics.median(took) * 1e3:.2f} ms, "
          f"least {min(took) * 1e3:.2f}, most {max(took) * 1e3:.2f}, {len(took)} calls")


def test_beyond_the_disk(post):
    um, disks = post.um, []
    um.configure({"pressure": {"disk_medium": "0", "disk_high": "0"}})
    try:
        for path in (um.spool, um.folder / "state"):
            disks.append(Disk(path, 64 * MIB))
        took = measure(post)
        tell("tmpfs", took)
        assert statistics.median(took) < BAR * SLOW
    finally:
        um.stop()
        um.process = None
        for disk in disks:
            disk.close()


def test_with_the_disk(post):
    tell("the disk of /tmp", measure(post))
