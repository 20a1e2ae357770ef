"""Networks of a test: Linux network namespaces, the wires between them, and routers that forward,
translate or forget.  Needs root; names are evt-net-PID-..., so that what a killed run has left is
known and taken away by the next."""

import ctypes
import itertools
import os
import subprocess

import pytest

from . import procs
from .evertrunk import Evertrunk
from .rtp import Rtp
from .sip import Tcp, Udp
from .voice import Caller

PREFIX = "evt-net-"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _tell(program, *words, text=None, space=None):
    if space:
        words = ("netns", "exec", space.name, program, *words)
        program = "ip"
    done = subprocess.run([program, *words], input=text, capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 0, f"{program} {' '.join(words)}: {done.stderr}{text or ''}"
    return done.stdout


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Space:
    """One host.  `with space:` puts this thread there: sockets made and programs started inside
    belong to that host for good."""

    def __init__(self, net, name):
        self.net, self.name = net, name
        self.back = []
        _tell("ip", "netns", "add", name)
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        self.ip("link set lo up")
        self.sysctl("net.ipv6.conf.default.accept_dad=0")  # an IPv6 address serves at once

    def __enter__(self):
        self.back.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        _setns(self.fd)
        return self

    def __exit__(self, *_):
        fd = self.back.pop()
        _setns(fd)
        os.close(fd)

    def ip(self, *lines):
        """Lines of the ip tool: "route add default via 192.0.2.1"."""
        _tell("ip", "-n", self.name, "-batch", "-", text="\n".join(lines) + "\n")
        return self

    def route(self, to, via):
        to = "::/0" if to == "default" and ":" in via else to
        return self.ip(f"route add {to} via {via}")

    def forward(self):
        """This host is a router, and one that does not mind the way a packet comes by."""
        return self.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def sysctl(self, *settings):
        _tell("sysctl", "-qw", *settings, space=self)
        return self

    def nft(self, text):
        _tell("nft", "-f", "-", text=text, space=self)
        return self

    def tell(self, program, *words):
        return _tell(program, *words, space=self)

    # -- what a PBX is made of

    def udp(self, ip, to, port=0):
        with self:
            return self._mine(Udp(ip, to, port))

    def tcp(self, ip, to, port=0):
        with self:
            return self._mine(Tcp(ip, to, port))

    def caller(self, um, endpoint, **how):
        """A caller whose sound comes from here too."""
        with self:
            return Caller(um, endpoint, **how)

    def _mine(self, endpoint):
        endpoint.space = self
        return self.net.keep(endpoint)

    def rtp(self, ip, port=0):
        with self:
            return self.net.keep(Rtp(ip, port))

    def remove(self):
        os.close(self.fd)
        _tell("ip", "netns", "del", self.name)


class Net:
    """All hosts and wires of one test."""

    def __init__(self):
        _possible()
        _sweep()
        self.spaces, self.kept = [], []
        self.wires = itertools.count()

    def space(self, name):
        self.spaces.append(Space(self, f"{PREFIX}{os.getpid()}-{name}"))
        return self.spaces[-1]

    def keep(self, thing):
        self.kept.append(thing)
        return thing

    def wire(self, one, addresses, other, others, mtu=1500):
        """A cable between two hosts; addresses with their mask, several with blanks between."""
        names = [f"w{next(self.wires)}" for _ in range(2)]
        _tell("ip", "link", "add", names[0], "netns", one.name, "mtu", str(mtu), "type", "veth",
              "peer", "name", names[1], "netns", other.name, "mtu", str(mtu))
        for space, name, mine in ((one, names[0], addresses), (other, names[1], others)):
            space.ip(*(f"addr add {a} dev {name}" for a in mine.split()), f"link set {name} up")
        return names

    def close(self):
        for thing in self.kept:
            thing.close()
        for space in self.spaces:
            space.remove()


class NetEvertrunk(Evertrunk):
    """An Evertrunk on a host of its own.  `address`: listen.address; `trunks`: {name: keys}."""

    def __init__(self, folder, space, address, trunks, changes=None):
        super().__init__(folder, {"trunk proxied": None, "trunk redirected": None,
                                  "trunk auto": None})
        self.space = space
        self.configure({"listen": {"address": address}, **(changes or {}),
                        **{f"trunk {name}": keys for name, keys in trunks.items()}})

    def start(self, ready=True):
        with self.space:
            self.sections["http"]["address"] = f"{self.block.door}:8060"
            self.write()
            return super().start(ready)

    def http(self, path, seconds=5):
        with self.space:
            return super().http(path, seconds)

    def connections(self, port=5060):
        """The established TCP connections of a door as `ss` shows them: a list of lines."""
        out = self.space.tell("ss", "-Htno", "state", "established", f"( sport = :{port} )")
        return [line for line in out.splitlines() if line.strip()]


def _possible():
    """Root can make namespaces, or the machine is not fit to test on; nobody else can."""
    probe = f"{PREFIX}{os.getpid()}-probe"
    done = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        _tell("ip", "netns", "del", probe)
    elif os.geteuid() == 0:
        pytest.fail(f"root cannot make a network namespace here: {done.stderr}")
    else:
        pytest.skip(f"network namespaces need root (CAP_SYS_ADMIN): {done.stderr}")


def _sweep():
    """Takes away what runs that were killed have left."""
    for line in _tell("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if not name.startswith(PREFIX):
            continue
        pid = name[len(PREFIX):].split("-")[0]
        if pid.isdigit() and procs.stat(int(pid)) is None:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
