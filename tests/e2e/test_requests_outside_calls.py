"""A worker's request that belongs to no call (the message waiting lamp) leaves by the service door of
the trunk that it is for: to trunk.address by trunk.transport, over a connection as trunk.reuse says;
the answer comes back to the worker; and nothing goes to anybody else."""

import socket

import pytest

from harness.evertrunk import SLOW
from harness.scripted import CHANGES, Scripted
from harness.sip import Tcp, Udp


@pytest.fixture
def start(make):
    def one(**trunk):
        um = make(CHANGES)
        if "address" in trunk:
            trunk["address"] = trunk["address"].format(um=um)
        um.configure({"trunk proxied": trunk})
        um.start()
        um.worker = Scripted(um)
        return um
    return one


def pbx_at(um, port=5060, ip=None):
    """The telephone system where it listens."""
    pbx = Udp(ip or um.block.proxied, None, port)
    um.closing.append(pbx)
    return pbx


def listener(um, port=5060, ip=None):
    ear = socket.socket()
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind((ip or um.block.proxied, port))
    ear.listen()
    ear.settimeout(4 * SLOW)
    um.closing.append(ear)
    return ear


def accepted(um, ear):
    other = Tcp.accepted(ear.accept()[0])
    um.closing.append(other)
    return other


def is_notify(m):
    return m.method == "NOTIFY" and not m.status


def taken(um, pbx, transport="UDP"):
    """The NOTIFY at the telephone system, answered; the worker hears of it."""
    notify = pbx.recv(3 * SLOW, is_notify, "the NOTIFY")
    assert len(notify.all("Via")) == 1
    assert notify.get("Via").startswith(f"SIP/2.0/{transport} {um.block.door}:5060;")
    pbx.to = pbx.last_from if transport == "UDP" else None
    pbx.answer(notify)
    heard = um.worker.heard()
    assert heard.status == 200 and heard.get("Call-ID") == notify.get("Call-ID")
    assert heard.get("Via").startswith(f"SIP/2.0/UDP {um.block.worker}:5065;branch=z9hG4bK-notify-")
    return notify


def test_by_route_to_the_address(start):
    um = start(address="{um.block.proxied}:5070", domain="pbx.example.com")
    pbx = pbx_at(um, 5070)
    route = f"<sip:{um.block.proxied}:5070;transport=udp;lr>"
    um.worker.notify("sip:2101@pbx.example.com", route)
    notify = taken(um, pbx)
    assert notify.uri == "sip:2101@pbx.example.com" and notify.get("Route") == route
    assert pbx.last_from == (um.block.door, 5060)


def test_by_the_request_uri(start):
    """An address without a port is trunk.address with its port; the domain stands for it."""
    um = start(address="{um.block.proxied}:5070", domain="pbx.example.com")
    pbx = pbx_at(um, 5070)
    for uri in (f"sip:2101@{um.block.proxied}", f"sip:2101@{um.block.proxied}:5070",
                "sip:2101@pbx.example.com", "sip:2101@PBX.example.com;user=phone"):
        um.worker.notify(uri)
        assert taken(um, pbx).uri == uri


def test_to_a_source_of_a_trunk_without_an_address(start):
    um = start()
    pbx = pbx_at(um)
    um.worker.notify(f"sip:2101@{um.block.proxied}")
    taken(um, pbx)


def test_sent_again_the_same_way(start):
    um = start(address="{um.block.proxied}:5070", domain="pbx.example.com")
    pbx = pbx_at(um, 5070)
    text = um.worker.notify("sip:2101@pbx.example.com")
    first = pbx.recv(3 * SLOW, is_notify)
    um.worker.send(text)
    assert pbx.recv(3 * SLOW, is_notify).raw == first.raw


def test_over_the_connection_of_the_pbx(start):
    um = start(address="{um.block.proxied}:5060", transport="tcp")
    pbx = um.tcp()
    pbx.send("\r\n\r\n")
    assert pbx.raw(2 * SLOW, 2) == b"\r\n"  # it is in the table now
    text = um.worker.notify(f"sip:2101@{um.block.proxied}")
    taken(um, pbx, "TCP")
    um.worker.send(text)  # a stream has delivered it: a worker's repeat is dropped
    pbx.silent(0.5, is_notify)


def test_over_a_connection_of_our_own(start):
    """reuse = no; and one is enough for all."""
    um = start(address="{um.block.proxied}:5060", transport="tcp", reuse="no")
    ear, pbx = listener(um), um.tcp()
    um.worker.notify(f"sip:2101@{um.block.proxied}")
    own = accepted(um, ear)
    taken(um, own, "TCP")
    um.worker.notify(f"sip:2102@{um.block.proxied}")
    taken(um, own, "TCP")
    pbx.silent(0.2, is_notify)


def test_the_connection_is_opened_again(start):
    um = start(address="{um.block.proxied}:5060", transport="tcp")
    ear = listener(um)
    for _ in range(2):
        um.worker.notify(f"sip:2101@{um.block.proxied}")
        own = accepted(um, ear)
        taken(um, own, "TCP")
        own.close()
        own.sock.close()
        assert um.metrics()["um_trunk_connections"] <= 1


def test_what_the_uri_says_of_transport_counts_more(start):
    um = start(address="{um.block.proxied}:5060", transport="tcp")
    pbx = pbx_at(um)
    um.worker.notify(f"sip:2101@{um.block.proxied};transport=udp")
    taken(um, pbx)


def test_the_via_says_external_address(start):
    um = start(address="{um.block.proxied}:5060", external_address="198.51.100.7")
    pbx = pbx_at(um)
    um.worker.notify(f"sip:2101@{um.block.proxied}")
    notify = pbx.recv(3 * SLOW, is_notify)
    assert notify.get("Via").startswith("SIP/2.0/UDP 198.51.100.7:5060;")


def test_nothing_goes_to_anybody_else(start):
    um = start(address="{um.block.proxied}:5070", domain="pbx.example.com")
    stranger = pbx_at(um, ip=um.block.stranger)
    for uri, route in [(f"sip:2101@{um.block.stranger}", None),
                       ("sip:2101@pbx.example.com", f"<sip:{um.block.stranger};lr>"),
                       ("sip:2101@other.example.com", None),
                       (f"sip:2101@{um.block.worker}:5065", None),
                       (f"sip:2101@{um.block.supervisor}:5064", None),
                       (f"sip:2101@{um.block.proxied};transport=tls", None),
                       ("sip:2101@", None)]:
        um.worker.notify(uri, route)
        heard = um.worker.heard()
        assert heard.status in (400, 503), (uri, heard)
    stranger.silent(0.3)
    assert um.running()


def test_an_answer_that_was_not_asked_for(start):
    """The seal of the Via holds: a forged answer does not reach the worker."""
    um = start(address="{um.block.proxied}:5060")
    pbx = pbx_at(um)
    um.worker.notify(f"sip:2101@{um.block.proxied}")
    notify = pbx.recv(3 * SLOW, is_notify)
    pbx.to = pbx.last_from
    forged = notify.raw.decode().replace("branch=z9hG4bK", "branch=z9hG4bK0", 1)
    copied = "".join(line + "\r\n" for line in forged.split("\r\n")
                     if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq"))
    pbx.send(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n")
    with pytest.raises(TimeoutError):
        um.worker.heard(0.5)
    pbx.answer(notify)
    assert um.worker.heard().status == 200
