"""linphonec (belle-sip, oRTP, mediastreamer) as a telephone: it plays a file into its call, records what it
hears, and does what it is told on its standard input."""

import os
import subprocess
import time

from .evertrunk import SLOW
from .wait import until


class Linphone:
    """At `ip`, with an account 2101 there.  `plays`: a WAV file, 8 kHz mono.  `srtp`: it wants SRTP ("wish":
    and calls again without it when that is refused, "must": or no call).  `ca`: the PEM file by which it
    checks our certificate over TLS, its chain only: Debian's mbedTLS knows no addresses in certificates."""

    def __init__(self, um, ip, plays, transport="udp", srtp=None, ca=None):
        self.um, self.ip, self.plays = um, ip, plays
        self.folder = um.folder / f"linphone-{transport}"
        # without a place for its database it never opens a port
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        self.transport = transport
        ports = "".join(f"{key}={5072 if key == mine else 0}\n" for mine in [
            {"udp": "sip_port", "tcp": "sip_tcp_port", "tls": "sip_tls_port"}[transport]]
            for key in ("sip_port", "sip_tcp_port", "sip_tls_port"))
        (self.folder / "linphonerc").write_text(
            f"[sip]\nbind_address={ip}\n{ports}use_ipv6=0\n"
            + (f"root_ca={ca}\nverify_server_certs=1\nverify_server_cn=0\n" if ca else "") +
            f"ipv6_migration_done=1\nguess_hostname=0\ncontact=\"L\" <sip:2101@{ip}>\n"
            f"media_encryption={'srtp' if srtp else 'none'}\n"
            f"media_encryption_mandatory={int(srtp == 'must')}\n"
            f"[rtp]\naudio_rtp_port=7078\nbind_address={ip}\n")
        self.heard = self.folder / "heard.wav"
        um.closing.append(self)

    def start(self):
        self.screen = open(self.folder / "screen", "wb")
        self.process = subprocess.Popen(
            ["linphonec", "-c", self.folder / "linphonerc"], stdin=subprocess.PIPE,
            stdout=self.screen, stderr=self.screen, cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder)})
        self.tell("soundcard use files", f"play {self.plays}", f"record {self.heard}")
        time.sleep(2 * SLOW)  # it opens its port some time after its prompt
        return self

    @property
    def said(self):
        return (self.folder / "screen").read_text(errors="replace")

    def tell(self, *commands):
        for command in commands:
            self.process.stdin.write(f"{command}\n".encode())
            self.process.stdin.flush()

    def wait(self, words, seconds=10):
        """Until its screen says so; gives the time."""
        until(f"linphonec says {words}: {self.folder}/screen", seconds, lambda: words in self.said)
        return time.monotonic()

    def dial(self, uri):
        self.tell(f"call {uri}")
        until("the call", 15, lambda: any(c["state"] == "up" for c in self.um.calls()), step=0.02)
        return time.monotonic()

    def hang_up(self):
        self.tell("terminate")
        return time.monotonic()

    def close(self):
        if self.process.poll() is None:
            try:
                self.tell("quit")
                self.process.wait(5)
            except (subprocess.TimeoutExpired, OSError):
                self.process.kill()
                self.process.wait()
        self.screen.close()
