"""A trunk's words are no way into the machine that Evertrunk runs on: nothing is sent to its loopback
services, to its other services or to its neighbours because a Contact, a Route, a maddr or an SDP
names them."""

import re
import socket

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU
from harness.sip import Call

US, PBX = "192.0.2.20", "192.0.2.10"


@pytest.fixture
def um(net, make_on):
    host, pbx = net.space("um"), net.space("pbx")
    net.wire(host, f"{US}/24", pbx, f"{PBX}/24 169.254.169.254/16")
    host.ip("addr add 169.254.1.1/16 dev w0")
    um = make_on(host, US, {"pbx": {"source": PBX, "mode": "proxy"}})
    um.pbx = pbx
    return um


class Ear:
    """A service that must hear nothing: UDP and TCP at one address and port."""

    def __init__(self, space, ip, port):
        self.where, self.net = f"{ip}:{port}", space.net
        with space:
            self.udp = self.net.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            self.tcp = self.net.keep(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        self.udp.bind((ip, port))
        self.tcp.bind((ip, port))
        self.tcp.listen()
        for s in (self.udp, self.tcp):
            s.setblocking(False)

    def assert_silent(self):
        with pytest.raises(BlockingIOError):
            raise AssertionError(f"{self.where} got {self.udp.recv(65536)!r}")
        with pytest.raises(BlockingIOError):
            raise AssertionError(f"{self.where} got a connection from {self.tcp.accept()[1]}")


def ears(um):
    return [Ear(um.space, "127.0.0.1", 7060), Ear(um.space, "127.0.0.53", 7060),
            Ear(um.space, US, 7060), Ear(um.pbx, "169.254.169.254", 7060)]


def dialled(um, pbx, contact=None, fields=""):
    caller = um.pbx.caller(um, pbx)
    if contact:
        plain = caller.call.request
        caller.call.request = lambda *a, **k: re.sub(r"Contact: .*?\r\n", f"Contact: {contact}\r\n",
                                                     plain(*a, **k))
    return caller.dial(fields=fields)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_signalling(um, transport):
    """Our BYE comes to the PBX's own address or connection instead."""
    pbx, listening = getattr(um.pbx, transport)(PBX, (US, 5060)), ears(um)
    callers = []
    for ear in listening:
        host = ear.where.split(":")[0]
        for words in ((f"<sip:2101@{ear.where};transport={transport}>", ""),
                      (f"<sip:2101@pbx.example.com:7060;maddr={host}>", ""),
                      (None, f"Record-Route: <sip:{ear.where};lr;transport={transport}>\r\n")):
            callers.append(dialled(um, pbx, *words))
        call = Call(pbx)
        text = call.request("OPTIONS").replace(";rport", f";rport;maddr={host}", 1)
        pbx.send(text)
        assert call.final("OPTIONS").status == 200
    callers[-1].listen_to_the_greeting()
    for caller in callers:
        caller.rtp.digit("#")
    for caller in callers:
        caller.call.hung_up(5 * SLOW)
    for ear in listening:
        ear.assert_silent()


def test_sound(um):
    """c= and a=rtcp of the machine itself, of a group, of everybody.  A PBX that says loopback by
    mistake and speaks from where it is still hears us."""
    pbx, listening = um.pbx.udp(PBX, (US, 5060)), ears(um)[:2]
    for ear in listening:
        host, port = ear.where.split(":")
        call = Call(pbx)
        offer = call.offer().replace(f"c=IN IP4 {PBX}", f"c=IN IP4 {host}")
        offer = re.sub(r"m=audio \d+", f"m=audio {port}", offer)
        call.open(body=offer)
        other = Call(pbx).open(body=call.offer() + f"a=rtcp:{port} IN IP4 {host}\r\n")
        assert call.reinvite(body=offer.replace("sendrecv", "recvonly")).status == 200
        caller = um.pbx.caller(um, pbx)
        plain = caller.call.offer
        caller.call.offer = lambda h=host, p=plain, **k: p(**k).replace(f"c=IN IP4 {PBX}",
                                                                        f"c=IN IP4 {h}")
        caller.dial().listen_to_the_greeting()
        assert len(caller.rtp.heard(PCMU)) > 20
        caller.hang_up()
        assert call.bye().status == 200  # a goodbye by RTCP goes with it
        assert other.bye().status == 200
    for ear in listening:
        ear.assert_silent()
    for group in ("224.0.1.75", "255.255.255.255"):
        call = Call(pbx)
        call.open(body=call.offer().replace(f"c=IN IP4 {PBX}", f"c=IN IP4 {group}"))
        assert call.bye().status == 200
