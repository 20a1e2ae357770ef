"""Routers that translate addresses: one in front of the PBX (its packets come from the router, its words
name an address nobody can reach: trunk.nat), one in front of us (external_address)."""

import os
import signal

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, decode, read_wav, share_found, speech
from harness.sip import Call, media_address, param

US, ROUTER, PBX = "192.0.2.20", "192.0.2.1", "10.0.0.10"

MASQUERADE = """
table ip nat {
	chain post {
		type nat hook postrouting priority 100;
		oifname OUT meta l4proto udp masquerade to :40000-50000 random
		oifname OUT meta l4proto tcp masquerade to :40000-50000 random
	}
}
table ip filter {
	chain in {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		iifname != OUT accept
	}
}
"""


@pytest.fixture
def um(net, make_on):
    """The PBX is behind a router that gives every stream another port and lets in answers only; we
    have no way to the PBX's own address but into the void."""
    host, router, pbx = net.space("um"), net.space("router"), net.space("pbx")
    out, _ = net.wire(router, f"{ROUTER}/24", host, f"{US}/24")
    net.wire(router, "10.0.0.1/24", pbx, f"{PBX}/24")
    pbx.route("default", "10.0.0.1")
    host.ip("route add blackhole 10.0.0.0/8")
    router.forward().nft(MASQUERADE.replace("OUT", out))
    um = make_on(host, US, {"pbx": {"source": ROUTER, "mode": "proxy"}})
    um.pbx = pbx
    return um


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_answers_and_sound_find_a_pbx_behind_nat(um, transport):
    pbx = getattr(um.pbx, transport)(PBX, (US, 5060))
    caller = um.pbx.caller(um, pbx).dial()
    via = caller.call.ok.get("Via")
    assert param(via, "received") == ROUTER
    assert 40000 <= int(param(via, "rport")) <= 50000 and int(param(via, "rport")) != pbx.port
    caller.listen_to_the_greeting()
    said = speech(PCMU, 1.5)
    caller.rtp.play(said)
    assert len(caller.rtp.heard(PCMU)) > 20, "our sound does not come through the router"
    assert caller.call.reinvite().status == 200
    caller.hang_up()
    recording = um.wait_recordings()[0]
    assert share_found(read_wav(recording["wav"])[3], decode(PCMU, said)) > 0.9


def test_our_bye_comes_by_the_connection_of_the_call(um):
    """The Contact names 10.0.0.10; the PBX's own connection is the one way in."""
    caller = um.pbx.caller(um, um.pbx.tcp(PBX, (US, 5060))).dial()
    caller.listen_to_the_greeting()
    caller.rtp.digit("#")
    caller.call.hung_up(3 * SLOW)


def set_nat(um, word):
    """trunk.nat, at once."""
    um.configure({"trunk pbx": {"nat": word}})
    um.write()
    assert um.ctl("reload").status == 0


@pytest.fixture
def behind(um):
    """behind(): a caller over UDP behind that router; what it says of itself is 10.0.0.10."""
    def one(**how):
        caller = um.pbx.caller(um, um.pbx.udp(PBX, (US, 5060), **how)).dial()
        assert f"@{PBX}:" in caller.call.request("ACK")
        return caller.listen_to_the_greeting()
    return one


@pytest.mark.parametrize("nat", ["auto", "yes"])
def test_our_bye_over_udp(um, behind, nat):
    """The worker's BYE to the Contact 10.0.0.10, in the hole that the call's own packets have made."""
    set_nat(um, nat)
    caller = behind()
    caller.rtp.digit("#")
    bye = caller.call.hung_up(3 * SLOW)
    assert f"@{PBX}:{caller.call.ep.port}" in bye.uri


def test_the_dead_workers_call_is_hung_up_over_udp(um, behind):
    """The supervisor's own BYE."""
    caller = behind()
    um.wait_standby()
    os.kill(um.active()["pid"], signal.SIGKILL)
    caller.call.hung_up(5 * SLOW)


def test_our_session_refresh_over_udp(um, behind):
    """It goes to the source of the last request: the re-INVITE comes through another hole."""
    caller = behind()
    call, first = caller.call, caller.call.ep
    call.ep = um.pbx.udp(PBX, (US, 5060))
    assert call.reinvite().status == 200
    caller.rtp.digit("#")
    call.hung_up(3 * SLOW)
    first.silent(0.2)


def test_a_private_record_route_over_udp(um):
    """A proxy behind the same router names itself as it is called inside."""
    call = Call(um.pbx.udp(PBX, (US, 5060)))
    answer = call.invite(fields="Record-Route: <sip:10.0.0.5;lr>\r\n")
    assert answer.status == 200
    call.ack()
    um.wait_standby()
    os.kill(um.active()["pid"], signal.SIGKILL)
    assert call.hung_up(5 * SLOW).get("Route") == "<sip:10.0.0.5;lr>"


def test_nat_no_believes_the_contact(um, behind):
    """Then it is lost, through such a router."""
    set_nat(um, "no")
    caller = behind()
    caller.rtp.digit("#")
    caller.call.ep.silent(2, lambda m: m.method == "BYE" and not m.status)


def test_an_answer_without_rport(um):
    """RFC 3261 18.2.2 sends it to the port of the Via, where the router knows nobody."""
    pbx = um.pbx.udp(PBX, (US, 5060))
    for nat, answered in ("auto", True), ("no", False), ("yes", True):
        set_nat(um, nat)
        call = Call(pbx)
        pbx.send(call.request("OPTIONS").replace(";rport", ""))
        if answered:
            assert call.final("OPTIONS").status == 200, nat
        else:
            pbx.silent(0.5)


# -- a router in front of us

OUTER, FAR_PBX = "203.0.113.1", "203.0.113.10"

FORWARDING = """
table ip nat {
	chain pre {
		type nat hook prerouting priority -100;
		iifname OUT ip daddr OUTER udp dport { 5060, 5065, 5067, 20000-23999 } dnat to US
		iifname OUT ip daddr OUTER tcp dport { 5060, 5065, 5067 } dnat to US
	}
	chain post {
		type nat hook postrouting priority 100;
		oifname OUT ip saddr US snat to OUTER
	}
}
"""


@pytest.fixture
def inner(net, make_on):
    """We are inside, at 10.0.0.20; the world knows us by the router's outer address.  A PBX outside
    reaches us there, one inside at our own; neither reaches the other's."""
    host, router = net.space("um"), net.space("router")
    outside, inside = net.space("outside"), net.space("inside")
    out, _ = net.wire(router, f"{OUTER}/24", outside, f"{FAR_PBX}/24 203.0.113.11/24")
    net.wire(router, "10.0.0.1/24", host, "10.0.0.20/24")
    net.wire(host, "10.0.1.20/24", inside, "10.0.1.10/24")
    host.route("default", "10.0.0.1")
    router.forward().nft(FORWARDING.replace("OUTER", OUTER).replace("OUT", out)
                         .replace("US", "10.0.0.20"))
    um = make_on(host, "10.0.0.20 10.0.1.20", {
        "far": {"source": FAR_PBX, "mode": "proxy", "external_address": OUTER},
        "follower": {"source": "203.0.113.11", "mode": "redirect", "external_address": OUTER},
        "near": {"source": "10.0.1.10", "mode": "proxy"}})
    um.outside, um.inside = outside, inside
    return um


def assert_no_word_of_the_inside(*messages):
    for m in messages:
        assert b"10.0." not in m.raw, m


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_contact_via_and_sound_say_the_outer_address(inner, transport):
    um = inner
    pbx = getattr(um.outside, transport)(FAR_PBX, (OUTER, 5060))
    caller = um.outside.caller(um, pbx).dial()
    ok = caller.call.ok
    assert f"@{OUTER}:5060" in ok.get("Contact")
    assert media_address(ok)[0] == OUTER
    caller.listen_to_the_greeting()
    said = speech(PCMU, 1.5)
    caller.rtp.play(said)
    assert len(caller.rtp.heard(PCMU)) > 20 and caller.rtp.senders == {OUTER}
    answer = caller.call.reinvite()
    assert answer.status == 200
    caller.rtp.digit("#")
    bye = caller.call.hung_up(3 * SLOW)
    assert bye.get("Via").startswith(f"SIP/2.0/{transport.upper()} {OUTER}:5060;")
    assert_no_word_of_the_inside(ok, answer, bye)
    recording = um.wait_recordings()[0]
    assert share_found(read_wav(recording["wav"])[3], decode(PCMU, said)) > 0.9


def test_the_302_names_the_outer_address(inner):
    um = inner
    first = Call(um.outside.udp("203.0.113.11", (OUTER, 5060)))
    answer = first.invite()
    port = 5065 if um.active()["slot"] == "A" else 5067
    assert answer.status == 302
    assert answer.get("Contact") == f"<sip:3500@{OUTER}:{port};transport=udp>"
    assert_no_word_of_the_inside(answer)
    first.ack_failure(answer)
    second = Call(um.outside.udp("203.0.113.11", (OUTER, port))).open()
    assert f"@{OUTER}:{port}" in second.ok.get("Contact")
    assert second.bye().status == 200


def test_a_pbx_inside_is_told_our_own_address(inner):
    um = inner
    pbx = um.inside.udp("10.0.1.10", ("10.0.1.20", 5060))
    caller = um.inside.caller(um, pbx).dial()
    assert "@10.0.1.20:5060" in caller.call.ok.get("Contact")
    assert media_address(caller.call.ok)[0] == "10.0.1.20"
    caller.listen_to_the_greeting()
    caller.rtp.digit("#")
    bye = caller.call.hung_up(3 * SLOW)
    assert bye.get("Via").startswith("SIP/2.0/UDP 10.0.1.20:5060;")
    assert OUTER.encode() not in caller.call.ok.raw + bye.raw


def test_the_dead_workers_calls_are_hung_up_from_the_outer_address(inner):
    """The supervisor's own BYE."""
    um = inner
    call = Call(um.outside.udp(FAR_PBX, (OUTER, 5060))).open()
    um.wait_standby()
    os.kill(um.active()["pid"], signal.SIGKILL)
    bye = call.hung_up(5 * SLOW)
    assert bye.get("Via").startswith(f"SIP/2.0/UDP {OUTER}:5060;")
    assert_no_word_of_the_inside(bye)
