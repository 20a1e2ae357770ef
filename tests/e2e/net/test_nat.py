"""Routers that translate addresses: one in front of the PBX (its packets come from the router, its words
name an address nobody can reach), one in front of us (external_address)."""

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


def test_without_rport_the_answer_goes_to_the_sent_by_port(um):
    """RFC 3261 18.2.2, not RFC 3581: through such a router it gets lost, and that is the PBX's to
    change; the same request with rport is answered."""
    pbx = um.pbx.udp(PBX, (US, 5060))
    call = Call(pbx)
    pbx.send(call.request("OPTIONS").replace(";rport", ""))
    pbx.silent(0.4)
    pbx.send(call.request("OPTIONS"))
    assert call.final("OPTIONS").status == 200
