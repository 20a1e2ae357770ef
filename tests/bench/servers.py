"""What is measured and what measures: programs pinned to a core, each with addresses of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

NET = "127.30.0"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
KAMAILIO_MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"


class Trouble(Exception):
    """Something without which nothing can be measured; its text is for the person."""


def spawn(words, core=None, **more):
    """A child in the background, on one core, its output in a file or nowhere."""
    pin = None if core is None else (lambda: os.sched_setaffinity(0, {core}))
    more.setdefault("stdout", subprocess.DEVNULL)
    more.setdefault("stderr", subprocess.STDOUT)
    return subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, preexec_fn=pin,
                            **more)


def family(pid):
    """`pid` and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for p in found:
        found += [child for child, parent in parents.items() if parent == p]
    return found


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def proportional_kib(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))


def wakeups(pid):
    """How often its threads have gone to sleep of their own will, and so have woken up."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", s.read_text(), re.M).group(1))
               for s in Path(f"/proc/{pid}/task").glob("*/status"))


def cpu_seconds(pid):
    """User and system time of all its threads, from the kernel's clock of that process."""
    return time.clock_gettime(~pid << 3 | 2)  # CPUCLOCK_SCHED, as clock_getcpuclockid() makes it


class Server:
    """A process that is measured, or stands behind one that is."""

    def __init__(self, words, core=SERVER_CORE, settle=0.1, log=None, **more):
        if log:
            more["stdout"] = open(log, "wb")
        self.process = spawn(words, core, **more)
        time.sleep(settle)
        if self.process.poll() is not None:
            raise Trouble(f"{words[0]} ended with {self.process.returncode}"
                          + (f", see {log}" if log else ""))

    @property
    def pids(self):
        return family(self.process.pid)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Kamailio(Server):
    """Kamailio with its fast allocator for shared and private memory, one child, nothing else."""

    HEAD = """#!KAMAILIO
debug=-1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
server_signature=no
tcp_conn_wq_max=4194304
tcp_rd_buf_size=65536
mpath="{modules}"
listen=udp:{address}
listen=tcp:{address}
"""

    def __init__(self, folder, name, address, script):
        program = shutil.which("kamailio") or "/usr/sbin/kamailio"
        if not os.path.exists(program):
            raise Trouble("kamailio is not installed: apt-get install kamailio")
        conf = folder / f"{name}.cfg"
        conf.write_text(self.HEAD.format(modules=KAMAILIO_MODULES, address=address) + script)
        super().__init__([program, "-DD", "-E", "-f", conf, "-x", "tlsf", "-X", "tlsf", "-m", "64",
                          "-M", "16", "-Y", folder, "-P", folder / f"{name}.pid"],
                         settle=1.0, log=folder / f"{name}.log")

    @staticmethod
    def redirect(folder, address):
        host = address.split(":")[0]
        return Kamailio(folder, "kamailio-302", address, f"""loadmodule "sl.so"
request_route {{
	rewritehostport("{host}:5065");
	sl_send_reply("302", "Moved Temporarily");
}}
""")

    @staticmethod
    def forward(folder, transport, address, callee):
        host, port = callee.split(":")
        return Kamailio(folder, f"kamailio-{transport}", address,
                        f"request_route {{\n\tforward_{transport}({host}, {port});\n}}\n")


class Evertrunk:
    """um-supervisor with the worker given.  Of its block of addresses .1 is a proxied trunk, .2 a
    redirected one, .20 the doors'."""

    def __init__(self, build, folder, block, worker, core=SERVER_CORE, changes=None,
                 environment=None):
        self.build, self.folder = build, folder
        self.proxied, self.redirected = f"{block}.1", f"{block}.2"
        self.door, self.media = f"{block}.20", f"{block}.1"
        self.core, self.environment = core, environment or {}
        for name in ("spool", "state"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        sections = {
            "listen": {"address": self.door},
            "inner": {"supervisor": f"{block}.64:5064", "worker": f"{block}.65"},
            "worker": {"program": worker},
            "recording": {"spool": folder / "spool"},
            "control": {"socket": folder / "control"},
            "http": {"address": f"{self.door}:8060"},
            "state": {"directory": folder / "state"},
            "log": {"level": "warn"},
            "trunk proxied": {"source": self.proxied, "mode": "proxy"},
            "trunk redirected": {"source": self.redirected, "mode": "redirect"},
        }
        for section, keys in (changes or {}).items():
            sections.setdefault(section, {}).update(keys)
        self.conf = folder / "evertrunk.conf"
        self.conf.write_text("".join(
            f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
            for section, keys in sections.items()))
        self.log = folder / "supervisor.log"
        self.process = None

    def start(self, patience=20):
        """Returns the seconds from the start to the first moment at which a call is answered."""
        env = {**os.environ, **self.environment}
        for name in ("NOTIFY_SOCKET", "JOURNAL_STREAM"):
            env.pop(name, None)
        began = time.monotonic()
        self.process = spawn([self.build / "um-supervisor", "-c", self.conf], self.core,
                             stdout=open(self.log, "ab"), env=env)
        while self.http("/readyz")[0] != 200:
            if self.process.poll() is not None or time.monotonic() - began > patience:
                raise Trouble(f"um-supervisor is not ready, see {self.log}:\n"
                              + self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.002)
        return time.monotonic() - began

    def wait_standby(self, patience=20):
        """Until nothing more is being started."""
        until = time.monotonic() + patience
        while len(self.pids) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1)
        return self

    def http(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.door}:8060{path}", timeout=2) as r:
                return r.status, r.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, ""
        except OSError:
            return 0, ""

    def metrics(self):
        found = {}
        for line in self.http("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                found[series] = float(value)
        return found

    @property
    def pid(self):
        return self.process.pid

    @property
    def pids(self):
        return family(self.pid)

    def worker_pid(self):
        """The worker that answers: the elder of the children."""
        return min(self.pids[1:])

    def stop(self):
        if self.process is None:
            return
        left = self.pids
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()


class Load:
    """The generators; each run has a port of its own, so that no run meets the last one's
    connection."""

    port = 10000

    def __init__(self, programs):
        self.programs = programs

    def next_port(self):
        Load.port += 1
        return Load.port

    def run(self, words, patience):
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True,
                              timeout=patience, check=False,
                              preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}))
        if not done.stdout.strip():
            raise Trouble(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.returncode}")
        return json.loads(done.stdout)

    def sip(self, mode, transport, source, peer, pids, seconds, *more):
        return self.run([self.programs / "load", "-t", transport, "-m", mode, "-s", seconds,
                         "-p", ",".join(map(str, pids)), *more,
                         f"{source}:{self.next_port()}", peer], seconds + 15)

    def speech(self, calls, seconds, settle, evertrunk, pids, *more):
        return self.run([self.programs / "rtp_load", *more, "-n", calls, "-s", seconds, "-w", settle,
                         "-p", ",".join(map(str, pids)),
                         f"{evertrunk.proxied}:{self.next_port()}",
                         f"{evertrunk.media}:{self.next_port()}", f"{evertrunk.door}:5060"],
                        seconds + settle + 30)
