"""sipp as a PBX: runs a scenario with a hard end and reads the statistics it leaves."""

import csv
import os
import signal
import subprocess
import time
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


class Result:
    """What sipp counted."""

    def __init__(self, folder, status):
        self.status = status
        with open(folder / "stat.csv", encoding="ascii") as f:
            rows = list(csv.DictReader(f, delimiter=";"))
        last = rows[-1]
        number = lambda key: int(last[key])
        self.created = number("TotalCallCreated")
        self.successful, self.failed = number("SuccessfulCall(C)"), number("FailedCall(C)")
        self.retransmissions = number("Retransmissions(C)")
        self.unexpected = number("FailedUnexpectedMessage(C)")
        self.out_of_call = number("OutOfCallMsgs(C)")
        errors = folder / "errors.log"
        self.errors = errors.read_text(errors="replace") if errors.exists() else ""

    def __str__(self):
        return (f"created {self.created}, successful {self.successful}, failed {self.failed}, "
                f"retransmissions {self.retransmissions}, status {self.status}\n"
                f"{self.errors[:3000]}")

    def all_good(self, calls):
        """The bar of every load test: each call there, none failed."""
        assert self.failed == 0 and self.successful == calls and self.status == 0, str(self)


class Sipp:
    """One running sipp.  Use as a context manager: it never outlives its block."""

    def __init__(self, folder, scenario, ip, target, calls=1, rate=50, transport="u1", port=0,
                 options=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.calls = calls
        port_options = ["-p", str(port)] if port else []
        command = ["sipp", target, "-sf", str(SCENARIOS / scenario), "-i", ip, "-mi", ip,
                   *port_options, "-m", str(calls), "-r", str(rate), "-l", str(max(calls, 1)),
                   "-t", transport, "-nostdin", "-trace_stat", "-stf", str(self.folder / "stat.csv"),
                   "-fd", "1", "-trace_err", "-error_file", str(self.folder / "errors.log"),
                   "-timeout_error", "-skip_rlimit", *map(str, options)]
        self.screen = open(self.folder / "screen.txt", "wb")
        # TERM: sipp draws its screen even into a file
        self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=self.screen, stderr=subprocess.STDOUT,
                                        env={**os.environ, "TERM": "dumb"}, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def running(self):
        return self.process.poll() is None

    def wait(self, seconds):
        """The result; a sipp that does not end in time is killed and counts as failed."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"sipp still ran after {seconds} s: {self._tail()}") from None
        self.screen.close()
        if not (self.folder / "stat.csv").exists():
            raise AssertionError(f"sipp ended with {status}: {self._tail()}")
        return Result(self.folder, status)

    def _tail(self):
        return (self.folder / "screen.txt").read_text(errors="replace")[-1500:]

    def kill(self):
        if self.running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.screen.close()
        time.sleep(0)
