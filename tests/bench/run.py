#!/usr/bin/env python3
"""Measures Evertrunk against a raw echo, a raw relay and Kamailio, and against its own bars.  One
run, interleaved rounds, medians; servers on the first core, load and callees on the last.
Exit status 0: every bar held; 1: one missed; 2: nothing could be measured."""

import argparse
import fcntl
import os
import platform
import re
import sys
import tempfile
import time
from pathlib import Path

import delivery
import whole
import wire
from book import Book
from servers import LOAD_CORE, SERVER_CORE, Evertrunk, Load, Trouble

SECTIONS = {"wire": wire.measure, "idle": whole.idle, "mallocs": whole.mallocs,
            "calls": whole.calls, "recording": whole.recording, "srtp": whole.srtp,
            "delivery": delivery.measure}
MARKS = "<!-- measured: begin -->", "<!-- measured: end -->"


class Bench:
    """What every section needs: the book, the load, a folder that goes away, and Evertrunks."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.build = Path(options.build).resolve()
        self.programs = self.build / "tests/bench"
        self.load, self.book = Load(self.programs), Book()

    def evertrunk(self, name, block, stub=False, core=SERVER_CORE, changes=None,
                  environment=None):
        """`stub`: its worker is stub_worker, which stays on the load's core."""
        env = {"BENCH_CORE": LOAD_CORE, **(environment or {})}
        return self.book.keep(Evertrunk(
            self.build, self.folder / name, f"127.30.{block}", core=core, changes=changes,
            worker=self.programs / "stub_worker" if stub else self.build / "um-worker",
            environment={k: str(v) for k, v in env.items()}))

    def machine(self):
        cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text()).group(1)
        gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        self.book.say(f"Measured {time.strftime('%Y-%m-%d %H:%M')} on {os.cpu_count()} cores of "
                      f"{cpu}, {gib:.0f} GiB, Linux {platform.release()}, over loopback; load "
                      f"average at the start {os.getloadavg()[0]:.2f}.\n")

    def run(self):
        self.machine()
        for name in self.options.sections:
            try:
                SECTIONS[name](self)
            finally:
                self.book.stop_all()
        self.book.close()


def write_into(path, lines):
    """Puts the lines between the two marks of a document."""
    text = path.read_text()
    head, tail = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    path.write_text(text[:head] + "\n" + "\n".join(lines).rstrip() + "\n" + text[tail:])


def alone():
    """Two at once would measure each other, and share addresses; the lock goes with us."""
    lock = open(Path(tempfile.gettempdir()) / "evertrunk-bench.lock", "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Trouble("another bench is running on this machine") from None
    return lock


def options():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", default="build", help="folder of the programs")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=2, help="length of one run of `wire`")
    p.add_argument("--outstanding", type=int, default=64, help="calls under way in `wire`")
    p.add_argument("--settle", type=float, default=10,
                   help="seconds before recorded calls are measured: greeting and tone")
    p.add_argument("--floors", action="store_true", help="`wire` without Evertrunk")
    p.add_argument("--write", type=Path, metavar="FILE",
                   help="put the tables between the marks of FILE")
    p.add_argument("sections", nargs="*", metavar="SECTION", default=[],
                   help=f"{', '.join(SECTIONS)}; all when none is named")
    o = p.parse_args()
    unknown = set(o.sections) - set(SECTIONS)
    if unknown:
        p.error(f"no such section: {', '.join(unknown)}")
    o.sections = o.sections or list(SECTIONS)
    return o


def main():
    o = options()
    try:
        with alone(), tempfile.TemporaryDirectory(dir=o.build, prefix="bench-") as folder:
            bench = Bench(o, Path(folder).resolve())
            bench.run()
    except Trouble as e:
        print(f"bench: {e}", file=sys.stderr)
        return 2
    if o.write:
        write_into(o.write, bench.book.lines)
    return 1 if bench.book.missed else 0


if __name__ == "__main__":
    sys.exit(main())
