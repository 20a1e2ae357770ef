"""The same over IPv6: doors bound on ::1 answer calls from there, Via and Contact in brackets."""

import socket

import pytest

from harness.sip import Call, media_address


def free_ports():
    """Ports on ::1 that nobody has; loopback has only one IPv6 address to share."""
    base = 15060
    while True:
        try:
            for port in (base, base + 5, base + 7):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET6, kind) as s:
                        s.bind(("::1", port))
            return base
        except OSError:
            base += 10


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_call(make, transport):
    base = free_ports()
    um = make()
    um.configure({"listen": {"address": f"{um.block.door} ::1", "port": base,
                             "slot_a_port": base + 5, "slot_b_port": base + 7},
                  "trunk six": {"source": "::1", "mode": "proxy"}})
    um.start()
    pbx = getattr(um, transport)("::1", to=base, address="::1")
    call = Call(pbx)
    body = call.offer().replace("IN IP4", "IN IP6")
    answer = call.invite(body=body)
    assert answer.status == 200, answer
    assert f"@[::1]:{base}" in answer.get("Contact")
    assert media_address(answer)[0] == "::1"
    call.ack()
    assert call.reinvite(body=body).status == 200
    assert call.bye().status == 200


def test_redirect(make):
    base = free_ports()
    um = make()
    um.configure({"listen": {"address": f"{um.block.door} ::1", "port": base,
                             "slot_a_port": base + 5, "slot_b_port": base + 7},
                  "trunk six": {"source": "::1", "mode": "redirect"}})
    um.start()
    pbx = um.udp("::1", to=base, address="::1")
    call = Call(pbx)
    answer = call.invite()
    assert answer.status == 302
    port = base + (5 if um.active()["slot"] == "A" else 7)
    assert answer.get("Contact") == f"<sip:3500@[::1]:{port};transport=udp>"
