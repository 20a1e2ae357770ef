"""IPv6 over a real wire and beside IPv4: every address we say is the literal one, in brackets where a URI
or a Via holds it."""

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU
from harness.sip import Call, media_address

US, US4 = "2001:db8:5060::20", "192.0.2.20"
PBX, PBX4 = "2001:db8:5060::10", "192.0.2.10"
HOST = f"[{US}]:5060"


@pytest.fixture
def um(net, make_on):
    """One dual-stack wire, both families on both ends."""
    host, pbx = net.space("um"), net.space("pbx")
    net.wire(host, f"{US}/64 {US4}/24", pbx, f"{PBX}/64 {PBX4}/24 2001:db8:5060::11/64")
    um = make_on(host, f"{US4} {US}", {
        "both": {"source": f"{PBX} {PBX4}", "mode": "proxy"},
        "follower": {"source": "2001:db8:5060::11", "mode": "redirect"}})
    um.pbx = pbx
    return um


def dial(um, endpoint):
    """A call with sound; over IPv6 the offer says IP6."""
    caller = um.pbx.caller(um, endpoint)
    call, six = caller.call, ":" in endpoint.ip
    if six:
        plain = call.offer
        call.offer = lambda **how: plain(**how).replace("IN IP4", "IN IP6")
    caller.dial().listen_to_the_greeting()
    assert len(caller.rtp.heard(PCMU)) > 20, "the greeting is not heard"
    assert media_address(call.ok)[0] == (US if six else US4)
    assert caller.rtp.senders == {US if six else US4}
    return caller


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_bye_from_the_pbx(um, transport):
    pbx = getattr(um.pbx, transport)(PBX, (US, 5060))
    caller = dial(um, pbx)
    assert f"@{HOST}" in caller.call.ok.get("Contact")
    assert caller.call.reinvite().status == 200
    caller.hang_up()
    if transport == "udp":
        assert pbx.senders == {(US, 5060)}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_bye_from_us(um, transport):
    pbx = getattr(um.pbx, transport)(PBX, (US, 5060))
    caller = dial(um, pbx)
    caller.rtp.digit("#")
    bye = caller.call.hung_up(3 * SLOW)
    assert bye.get("Via").startswith(f"SIP/2.0/{transport.upper()} {HOST};")
    assert bye.uri.startswith(f"sip:2101@[{PBX}]:{pbx.port}")


def test_redirect_and_the_call_that_follows_it(um):
    pbx = um.pbx.udp("2001:db8:5060::11", (US, 5060))
    first = Call(pbx)
    answer = first.invite()
    port = 5065 if um.active()["slot"] == "A" else 5067
    assert answer.status == 302
    assert answer.get("Contact") == f"<sip:3500@[{US}]:{port};transport=udp>"
    first.ack_failure(answer)
    second = Call(um.pbx.udp("2001:db8:5060::11", (US, port)))
    offer = second.offer().replace("IN IP4", "IN IP6")
    second.open(body=offer)
    assert f"@[{US}]:{port}" in second.ok.get("Contact")
    assert second.bye().status == 200


def test_both_families_at_once(um):
    """A PBX of both families: a call by each; what one says never names the other's address."""
    six = dial(um, um.pbx.udp(PBX, (US, 5060)))
    four = dial(um, um.pbx.udp(PBX4, (US4, 5060)))
    assert f"@{HOST}" in six.call.ok.get("Contact") and US4 not in repr(six.call.ok)
    assert f"@{US4}:5060" in four.call.ok.get("Contact") and US not in repr(four.call.ok)
    six.hang_up()
    four.hang_up()
