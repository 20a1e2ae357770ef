"""Whole calls in the words of real PBX families: CS1000 (direct, through its proxy server, release 5),
CUCM with and without offer, Asterisk.  Each is answered, acknowledged, and hung up."""

import pytest

from harness.sip import media_address
from harness.vectors import Vector

CALLS = {
    "CS1000 direct": ("tcp", "cs1000-invite.sip", "cs1000-ack.sip", "cs1000-bye.sip"),
    "CS1000, BYE to the trunk address": ("tcp", "cs1000-invite.sip", "cs1000-ack.sip",
                                         "cs1000-bye-noroute.sip"),
    "CS1000 through SPS, body without end": ("tcp", "cs1000-invite-sps.sip", "cs1000-ack.sip",
                                             "cs1000-bye.sip"),
    "CS1000 release 5": ("udp", "cs1000-invite-udp-r5.sip", None, None),
    "CUCM delayed offer": ("tcp", "cucm-invite.sip", "cucm-ack.sip", "cucm-bye.sip"),
    "CUCM early offer": ("tcp", "cucm-invite-early-offer.sip", None, None),
    "Asterisk": ("udp", "asterisk-invite.sip", None, "asterisk-bye.sip"),
    "Asterisk pjsip": ("udp", "asterisk-pjsip-invite.sip", None, None),
}


def answer_to(pbx, vector, method="INVITE"):
    def want(m):
        return m.status >= 200 and m.get("Call-ID") == vector.call_id and m.method == method
    return pbx.recv(5, want, f"a final answer to {method}")


# on a trunk in mode auto only the CS1000 is proxied from its first call on
@pytest.mark.parametrize("trunk,name", [("proxied", name) for name in CALLS] +
                         [("auto", name) for name in CALLS if name.startswith("CS1000")])
def test_call(um, trunk, name):
    transport, invite, ack, bye = CALLS[name]
    pbx = getattr(um, transport)(getattr(um.block, trunk))
    sent = Vector(invite, pbx, um)
    pbx.send(sent.text)
    ok = answer_to(pbx, sent)
    assert ok.status == 200, ok
    assert ok.all("Record-Route") == [v for v in _record_routes(sent)]
    assert media_address(ok)[0] == um.block.door
    if ack:
        confirmed = Vector(ack, pbx, um)
    else:
        confirmed = Vector(invite, pbx, um)
        confirmed.head = confirmed.head.replace("INVITE ", "ACK ", 1).replace(" INVITE", " ACK")
        confirmed.body = ""
        confirmed.line("Content-Type", None)
    pbx.send(same_call(confirmed, sent).follow(ok).text)
    hangup = Vector(bye, pbx, um) if bye else None
    if hangup is None:
        hangup = Vector(invite, pbx, um)
        hangup.head = hangup.head.replace("INVITE ", "BYE ", 1)
        hangup.line("CSeq", f"{int(ok.get('CSeq').split()[0]) + 1} BYE").line("Content-Type", None)
        hangup.body = ""
    same_call(hangup, sent)
    if bye != "cs1000-bye-noroute.sip":
        hangup.follow(ok)
    else:
        hangup.line("To", ok.get("To"))
    pbx.send(hangup.text)
    assert answer_to(pbx, hangup, "BYE").status == 200


def same_call(vector, invite):
    vector.line("Call-ID", invite.call_id)
    for line in invite.head.split("\r\n"):
        if line.lower().startswith("from:"):
            vector.line("From", line[5:].strip())
        if line.lower().startswith("to:"):
            vector.line("To", line[3:].strip())
    return vector


def _record_routes(vector):
    return [line.partition(":")[2].strip() for line in vector.head.split("\r\n")
            if line.lower().startswith("record-route:")]


def hang_up(pbx, um, invite, ok):
    bye = same_call(Vector("cs1000-bye.sip", pbx, um), invite).follow(ok).line("CSeq", "9 BYE")
    pbx.send(bye.text)
    assert answer_to(pbx, bye, "BYE").status == 200


def test_cucm_options(um):
    pbx = um.tcp()
    ping = Vector("cucm-options.sip", pbx, um)
    pbx.send(ping.text)
    assert answer_to(pbx, ping, "OPTIONS").status == 200


def test_cs1000_hold(um):
    pbx = um.tcp()
    sent = Vector("cs1000-invite.sip", pbx, um)
    pbx.send(sent.text)
    ok = answer_to(pbx, sent)
    pbx.send(same_call(Vector("cs1000-ack.sip", pbx, um), sent).follow(ok).text)
    hold = same_call(Vector("cs1000-reinvite.sip", pbx, um), sent).follow(ok)
    pbx.send(hold.text)
    held = answer_to(pbx, hold)
    assert held.status == 200 and "a=inactive" in held.body.decode(), held
    hang_up(pbx, um, sent, ok)


def test_cs1000_loops_back_to_the_service_port(um):
    """On an auto trunk: the second try of the same call at 5060 is served."""
    pbx = um.tcp(um.block.auto)
    again = Vector("cs1000-invite-loop.sip", pbx, um)
    pbx.send(again.text)
    ok = answer_to(pbx, again)
    assert ok.status == 200
    hang_up(pbx, um, again, ok)
