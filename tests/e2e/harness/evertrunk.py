"""One Evertrunk of one test: its configuration, its supervisor, its um-ctl, its health pages; and the
promise that nothing of it is left when the test ends."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import procs
from .net import Block
from .rtp import tone, write_wav
from .sip import Tcp, Udp
from .wait import until

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("EVERTRUNK_BUILD") or ROOT / "build").resolve()
SANITIZED = "build-san" in BUILD.name
# A sanitizer makes everything two to four times slower; bars on time say so where they are used.
SLOW = 2.0 if SANITIZED else 1.0
GREETING_SECONDS = 0.5
REPORTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehaviorSanitizer")


def defaults(block, folder):
    """A configuration like the shipped one, with short times."""
    return {
        "listen": {"address": block.door, "port": 5060, "slot_a_port": 5065, "slot_b_port": 5067},
        "inner": {"supervisor": f"{block.supervisor}:5064", "worker": block.worker},
        "worker": {"program": BUILD / "um-worker", "start_timeout": "20s", "heartbeat": "1s",
                   "probe_interval": "1s", "probe_timeout": "400ms", "stop_grace": "5s"},
        "recycle": {"every": "0", "backoff": "500ms", "backoff_max": "4s",
                    "standby": "yes"},
        "recording": {"spool": folder / "spool"},
        "mail": {"delivery": "off"},  # recordings stay where tests look for them
        "prompt": {"directory": ROOT / "conf/prompts", "greeting": folder / "greeting.wav",
                   "tone": "200ms"},
        "call": {"review": "no"},  # a # hangs up; test_call_answering.py has the menu
        "rtp": {"ports": "20000-23999"},
        "control": {"socket": folder / "control"},
        "http": {"address": f"{block.door}:8060"},
        "log": {"level": "info"},
        "state": {"directory": folder / "state"},
        "trunk proxied": {"source": block.proxied, "mode": "proxy"},
        "trunk redirected": {"source": block.redirected, "mode": "redirect"},
        "trunk auto": {"source": block.auto, "mode": "auto"},
    }


def render(sections):
    lines = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        for key, value in keys.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{key} = {v}" for v in values]
        lines.append("")
    return "\n".join(lines)


class Answer:
    """What one um-ctl said."""

    def __init__(self, done):
        self.status = done.returncode
        self.out, self.err = done.stdout, done.stderr
        self.text = (self.out + self.err).strip()
        assert not any(r in self.err for r in REPORTS), self.err

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"status {self.status}: {self.text}"


class Evertrunk:
    """Changes to the configuration: a dict {section: {key: value}}."""

    def __init__(self, folder, changes=None):
        self.folder = Path(folder)
        self.block = Block()
        self.sections = defaults(self.block, self.folder)
        self.configure(changes or {}, write=False)
        self.process = None
        self.seen = {}  # every child ever seen: {(pid, start): name}
        self.closing = []
        self.expect_exit = 0
        self.environment = {}  # more variables for the supervisor
        self.log_path = self.folder / "supervisor.log"
        for name in ("spool", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        write_wav(self.folder / "greeting.wav", tone(600, GREETING_SECONDS))
        self.write()

    # -- configuration

    def configure(self, changes, write=True):
        for section, keys in changes.items():
            if keys is None:
                self.sections.pop(section, None)
                continue
            self.sections.setdefault(section, {}).update(keys)
        if write:
            self.write()

    @property
    def conf(self):
        return self.folder / "evertrunk.conf"

    def write(self):
        self.conf.write_text(render(self.sections))

    @property
    def spool(self):
        return self.folder / "spool"

    # -- life

    def start(self, ready=True):
        env = {**os.environ, "EVERTRUNK_TEST": str(self.folder)}
        env.pop("NOTIFY_SOCKET", None)
        env.pop("JOURNAL_STREAM", None)
        env.pop("WATCHDOG_PID", None)
        env.update(self.environment)
        env["ASAN_OPTIONS"] = ("abort_on_error=0:exitcode=77:detect_stack_use_after_return=1:"
                               + self.environment.get("ASAN_OPTIONS", ""))
        env["UBSAN_OPTIONS"] = "print_stacktrace=1"
        suppressions = ROOT / "tests/e2e/lsan.supp"
        if suppressions.exists():
            env["LSAN_OPTIONS"] = f"suppressions={suppressions}:print_suppressions=0"
        self.log_file = open(self.log_path, "ab")
        self.process = subprocess.Popen([BUILD / "um-supervisor", "-c", self.conf],
                                        stdin=subprocess.DEVNULL, stdout=self.log_file,
                                        stderr=self.log_file, env=env, start_new_session=True)
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=20):
        def check():
            if self.process.poll() is not None:
                raise AssertionError(f"um-supervisor ended with {self.process.returncode}:\n"
                                     + self.log[-3000:])
            return self.http("/readyz")[0] == 200
        try:
            until("readyz says 200", seconds, check)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log[-3000:]}") from None
        return self

    def wait_standby(self, seconds=20):
        """Until the other slot holds a tested standby."""
        until("a standby", seconds, lambda: self.slot("standby"))
        return self

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process is not None and self.process.poll() is None

    def workers(self):
        """Living workers as the kernel knows them: {(pid, start): name}."""
        found = {k: n for k, n in procs.children(self.pid).items() if n.startswith("um-")}
        self.seen.update(found)
        return found

    def stop(self):
        """Ends everything; then holds this test to its word: a clean exit, no sanitizer report, no
        worker left alone."""
        for c in self.closing:
            c.close()
        if self.process is None:
            self.block.release()
            return
        self.workers()
        died = self.process.poll()
        if died is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.ctl("stop", "--now", seconds=15)
                try:
                    self.process.wait(15)
                except subprocess.TimeoutExpired:
                    pass
        left = self._bury()
        status = self.process.returncode
        self.log_file.close()
        self.block.release()
        reports = [line for line in self.log.splitlines() if any(r in line for r in REPORTS)]
        assert not reports, "sanitizer: " + "\n".join(reports[:5]) + f"\n(see {self.log_path})"
        assert not left, f"left behind after the supervisor's end: {left}"
        assert died is None or died == self.expect_exit, (
            f"um-supervisor died with {died}:\n" + self.log[-3000:])
        assert status == self.expect_exit, f"um-supervisor ended with {status}:\n{self.log[-3000:]}"

    def _bury(self):
        """Kills what is left and says what that was."""
        left = []
        if self.process.poll() is None:
            left.append(f"um-supervisor {self.pid}")
            self.process.kill()
            self.process.wait()
        time.sleep(0.05)
        for (pid, start), name in self.seen.items():
            if procs.alive(pid, start):
                left.append(f"{name} {pid}")
                os.kill(pid, signal.SIGKILL)
        return left

    # -- the operator

    def ctl(self, *words, seconds=30):
        done = subprocess.run([BUILD / "um-ctl", "-s", self.folder / "control", *words],
                              capture_output=True, text=True, timeout=seconds, check=False)
        return Answer(done)

    def ctl_start(self, *words):
        """A um-ctl left running, for --wait."""
        return subprocess.Popen([BUILD / "um-ctl", "-s", self.folder / "control", *words],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ask(self, *words):
        """um-ctl --json: its answer as values."""
        answer = self.ctl("--json", *words)
        assert answer.status == 0, answer
        return answer.json

    def status(self):
        return self.ask("status")

    def slot(self, state):
        """The slot in `state` ("serving", "standby", "draining" ...), or None."""
        for slot in self.status()["slots"]:
            if slot["state"].lower() == state:
                return slot
        return None

    def active(self):
        """The slot whose worker gets new calls."""
        slot = self.slot("serving")
        assert slot, f"no active worker: {self.ctl('status').text}"
        return slot

    def slot_port(self):
        """The door of that slot."""
        return self.active()["port"]

    def wait_successor(self, before, seconds):
        """Until another worker than `before` (a slot of status) gets the new calls."""
        def other():
            slot = self.slot("serving")
            return slot and slot["generation"] != before["generation"] and slot
        return until("another worker serves", seconds, other)

    def history(self):
        """Ledgers, newest first."""
        answer = self.ask("history")
        return answer["history"] if isinstance(answer, dict) else answer

    def calls(self):
        answer = self.ask("calls")
        return answer["calls"] if isinstance(answer, dict) else answer

    def trunks(self):
        answer = self.ask("trunks")
        rows = answer["trunks"] if isinstance(answer, dict) else answer
        return {row["name"]: row for row in rows}

    def recycle(self, *options):
        """A recycle that must work: returns when the new worker is active."""
        answer = self.ctl("recycle", "--wait", *options)
        assert answer.status == 0, answer
        return answer

    # -- the monitor

    def http(self, path, seconds=5):
        """(status, text); status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.block.door}:8060{path}",
                                        timeout=seconds) as r:
                self.content_type = r.headers["Content-Type"]
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError:
            return 0, ""

    def metrics(self):
        """{series with labels: value}."""
        status, text = self.http("/metrics")
        assert status == 200, text
        found = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                found[series] = float(value)
        return found

    # -- the log

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_log(self, pattern, seconds=5):
        """The first log line that fits."""
        return until(f"log line /{pattern}/", seconds,
                     lambda: re.search(f"^.*{pattern}.*$", self.log, re.M)).group(0)

    # -- the PBX

    def udp(self, ip=None, port=0, to=5060, address=None):
        ep = Udp(ip or self.block.proxied, (address or self.block.door, to), port)
        self.closing.append(ep)
        return ep

    def tcp(self, ip=None, port=0, to=5060, address=None):
        ep = Tcp(ip or self.block.proxied, (address or self.block.door, to), port)
        self.closing.append(ep)
        return ep

    # -- recordings

    def recordings(self):
        """Header files of the spool, parsed: a list of dicts, with `file` and `wav` added."""
        found = []
        for path in sorted(self.spool.glob("*.txt")):
            fields = {}
            for line in path.read_text().splitlines():
                name, _, value = line.partition(" : ")
                fields[name.strip()] = value.strip()
            fields["file"] = path
            fields["wav"] = Path(fields.get("AttachmentName") or path.with_suffix(".wav"))
            found.append(fields)
        return found

    def wait_recordings(self, count=1, seconds=5):
        return until(f"{count} recording(s) in the spool", seconds,
                     lambda: len(self.recordings()) >= count and self.recordings())

    def fake_worker(self, script):
        """Puts a shell script in the place of the worker program; `heal()` puts it back."""
        self.program.unlink()
        self.program.write_text("#!/bin/sh\n" + script + "\n")
        self.program.chmod(0o755)

    def own_program(self):
        """Gives this Evertrunk a copy of um-worker that a test may spoil.  Before start()."""
        self.program = self.folder / "um-worker"
        shutil.copy2(BUILD / "um-worker", self.program)
        self.configure({"worker": {"program": self.program}})
        return self

    def heal(self):
        self.program.unlink()
        shutil.copy2(BUILD / "um-worker", self.program)


class Watch:
    """Counts the living workers all the time, for "never more than two"."""

    def __init__(self, evertrunk, step=0.005):
        self.evertrunk, self.step = evertrunk, step
        self.most, self.running = 0, True
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while self.running:
            self.most = max(self.most, len(self.evertrunk.workers()))
            time.sleep(self.step)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join(2)


def stop_all(made):
    """All of them end, and only then is told what was wrong with any."""
    errors = []
    for e in made:
        try:
            e.stop()
        except AssertionError as error:
            errors.append(str(error))
    assert not errors, "\n".join(errors)
