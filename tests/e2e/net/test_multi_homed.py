"""Two networks, an address on each: whatever leaves, leaves from the address that was called and names
it, also towards a PBX whose packets go home by the other wire."""

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU
from harness.scripted import CHANGES, Scripted
from harness.sip import media_address

NEAR, FAR = "192.0.2.20", "198.51.100.20"  # our two addresses
PBX = "203.0.113.10"


@pytest.fixture
def um(net, make_on):
    """um has a wire to each of two networks that one router joins; its way to the PBX behind that
    router is the near one, whichever address was called."""
    host, router, pbx = net.space("um"), net.space("router"), net.space("pbx")
    net.wire(host, f"{NEAR}/24", router, "192.0.2.1/24")
    net.wire(host, f"{FAR}/24", router, "198.51.100.1/24")
    net.wire(router, "203.0.113.1/24", pbx, f"{PBX}/24")
    router.forward()
    host.route("default", "192.0.2.1")
    pbx.route("default", "203.0.113.1")
    um = make_on(host, f"{NEAR} {FAR}", {
        "pbx": {"source": f"{PBX} 192.0.2.1 198.51.100.1", "mode": "proxy"}})
    um.near, um.pbx = router, pbx
    return um


def places(um):
    """Where a PBX may be, and what it calls: on the address's own network; behind the router."""
    return [(um.near, "192.0.2.1", NEAR), (um.near, "198.51.100.1", FAR),
            (um.pbx, PBX, NEAR), (um.pbx, PBX, FAR)]


def talk(um, pbx, called):
    """A call whose every answer must come from `called`, ended by key so that the BYE is ours."""
    caller = pbx.space.caller(um, pbx).dial()
    ok = caller.call.ok
    assert f"@{called}:5060" in ok.get("Contact"), ok
    assert media_address(ok)[0] == called
    assert caller.call.reinvite().status == 200
    caller.listen_to_the_greeting()
    assert len(caller.rtp.heard(PCMU)) > 20, "the greeting is not heard"
    assert caller.rtp.senders == {called}
    caller.rtp.digit("#")
    return caller.call.hung_up(3 * SLOW)


@pytest.mark.parametrize("place", range(4))
def test_udp(um, place):
    space, ip, called = places(um)[place]
    pbx = space.udp(ip, (called, 5060))
    bye = talk(um, pbx, called)
    assert pbx.senders == {(called, 5060)}
    assert bye.get("Via").startswith(f"SIP/2.0/UDP {called}:5060;")


@pytest.mark.parametrize("place", [1, 2])
def test_tcp(um, place):
    space, ip, called = places(um)[place]
    bye = talk(um, space.tcp(ip, (called, 5060)), called)
    assert bye.get("Via").startswith(f"SIP/2.0/TCP {called}:5060;")


@pytest.mark.parametrize("ip, ours", [(PBX, NEAR), ("192.0.2.1", NEAR), ("198.51.100.1", FAR)])
def test_a_request_of_no_call_leaves_by_the_address_that_routes_there(net, make_on, ip, ours):
    host, router, pbx = net.space("um"), net.space("router"), net.space("pbx")
    net.wire(host, f"{FAR}/24", router, "198.51.100.1/24")
    net.wire(host, f"{NEAR}/24", router, "192.0.2.1/24")
    net.wire(router, "203.0.113.1/24", pbx, f"{PBX}/24")
    router.forward()
    host.route("default", "192.0.2.1")
    pbx.route("default", "203.0.113.1")
    um = make_on(host, f"{FAR} {NEAR}", {
        "pbx": {"source": ip, "mode": "proxy", "address": f"{ip}:5060"}}, CHANGES)
    ear = (pbx if ip == PBX else router).udp(ip, None, 5060)
    Scripted(um).notify(f"sip:2101@{ip}")
    notify = ear.recv(3 * SLOW, lambda m: m.method == "NOTIFY", "the NOTIFY")
    assert ear.last_from == (ours, 5060)
    assert notify.get("Via").startswith(f"SIP/2.0/UDP {ours}:5060;")
