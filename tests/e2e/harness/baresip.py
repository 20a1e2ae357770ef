"""baresip (libre) as a telephone: it plays a file into its calls, keeps what it heard, and does what it is told
over its control connection."""

import json
import socket
import subprocess
import time
from pathlib import Path

from . import procs
from .wait import until


class Baresip:
    """At `ip`, with an account 2101 there.  `plays`: a WAV file, 8 kHz mono, for each call from its start.
    `srtp`: its word for media encryption: srtp (best effort), srtp-mand, srtp-mandf.  `ca`: the PEM file by
    which it checks our certificate over TLS."""

    def __init__(self, um, ip, plays, transport="udp", srtp=None, ca=None):
        self.um, self.ip, self.transport = um, ip, transport
        self.folder = um.folder / f"baresip-{transport}"
        self.folder.mkdir()
        modules = next(Path("/usr/lib").rglob("baresip/modules/g711.so")).parent
        (self.folder / "contacts").touch()
        (self.folder / "accounts").write_text(
            f"<sip:2101@{ip};transport={transport}>;regint=0;audio_codecs=PCMU"
            + (f";mediaenc={srtp}\n" if srtp else "\n"))
        (self.folder / "config").write_text(
            f"poll_method epoll\nsip_listen {ip}:0\naudio_player aubridge,nobody\n"
            f"audio_source aufile,{plays}\nausrc_srate 8000\nauplay_srate 8000\n"
            f"ctrl_tcp_listen {ip}:4444\nsnd_path {self.folder}\nmodule_path {modules}\n"
            "module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n"
            + ("module srtp.so\n" if srtp else "")
            + (f"sip_cafile {ca}\nsip_verify_server yes\n" if ca else "") +
            "module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n")
        self.events, self.buffer, self.number = [], b"", 0
        um.closing.append(self)

    def start(self):
        self.screen = open(self.folder / "screen", "wb")
        self.process = subprocess.Popen(
            ["baresip", "-4", "-n", self.ip, "-f", self.folder], stdin=subprocess.DEVNULL,
            stdout=self.screen, stderr=self.screen, cwd=self.folder)
        self.control = until("baresip listens", 10, self._connect)
        return self

    def _connect(self):
        assert self.process.poll() is None, self.said
        try:
            return socket.create_connection((self.ip, 4444), 1)
        except OSError:
            return None

    @property
    def said(self):
        return (self.folder / "screen").read_text(errors="replace")

    def close(self):
        if self.process.poll() is None:
            procs.end(self.process, 3)
        self.control.close()
        self.screen.close()

    # -- control: JSON in netstrings

    def tell(self, command, params=""):
        """A command; its answer has to say that it was done."""
        self.number += 1
        token = str(self.number)
        text = json.dumps({"command": command, "params": params, "token": token}).encode()
        self.control.sendall(b"%d:%s," % (len(text), text))
        answer = self._next(lambda m: m.get("token") == token, 5, f"an answer to {command}")
        assert answer["ok"], answer

    def event(self, kind, seconds=5):
        """Waits for an event like CALL_ESTABLISHED; gives it with its time."""
        return self._next(lambda m: m.get("type") == kind, seconds, f"{kind}\n{self.said[-1500:]}")

    def _next(self, want, seconds, what):
        end = time.monotonic() + seconds
        while True:
            for m in self.events:
                if want(m):
                    self.events.remove(m)
                    return m
            left = end - time.monotonic()
            assert left > 0, f"not within {seconds} s: {what}; {self.events}"
            self.control.settimeout(left)
            try:
                self.buffer += self.control.recv(65536)
            except TimeoutError:
                continue
            self._split()

    def _split(self):
        while True:
            length, colon, rest = self.buffer.partition(b":")
            if not colon or len(rest) <= int(length):
                return
            event = json.loads(rest[:int(length)])
            event["at"] = time.monotonic()
            self.events.append(event)
            self.buffer = rest[int(length) + 1:]

    # -- calls

    def dial(self, uri):
        self.tell("dial", uri)
        return self.event("CALL_ESTABLISHED")["at"]

    def hang_up(self):
        self.tell("hangup")
        return time.monotonic()

    def heard(self):
        """WAV files with what each call brought, in order."""
        return sorted(self.folder.glob("dump-*-dec.wav"), key=lambda p: p.stat().st_mtime)
