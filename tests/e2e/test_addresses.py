"""Doors are bound to each local address: an answer leaves from the address and port that was called, the
Contact and our own BYE too; requests in a dialog may come to any door."""

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call, media_address
from harness.voice import Caller


@pytest.fixture
def two(make):
    um = make()
    um.configure({"listen": {"address": f"{um.block.door} {um.block.ip(2)}"}})
    return um.start()


@pytest.mark.parametrize("last", [1, 2])
def test_everything_leaves_from_the_address_that_was_called(two, last):
    ip = two.block.ip(last)
    pbx = two.udp(address=ip)
    caller = Caller(two, pbx).dial()
    assert pbx.last_from == (ip, 5060)
    assert f"@{ip}:5060" in caller.call.ok.get("Contact")
    assert media_address(caller.call.ok)[0] == ip
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.2))
    caller.rtp.digit("#")
    caller.call.hung_up(3 * SLOW)
    assert pbx.last_from == (ip, 5060)


def test_the_302_names_the_address_that_was_called(two):
    ip = two.block.ip(2)
    call = Call(two.udp(two.block.redirected, address=ip))
    answer = call.invite()
    assert answer.status == 302 and f"@{ip}:506" in answer.get("Contact")
    call.ack_failure(answer)


def test_a_dialog_over_every_door(um):
    """INVITE at 5060, ACK at 5065, re-INVITE at 5067, BYE at 5065; then the same from TCP."""
    pbx = um.udp()
    call = Call(pbx)
    call.invite()
    door = um.block.door
    call.ack(to=(door, 5065))
    call.cseq += 1
    pbx.send(call.request("INVITE", body=call.offer()), (door, 5067))
    assert call.final("INVITE").status == 200
    pbx.send(call.request("ACK"), (door, 5067))
    call.ep = um.tcp(to=5065)
    assert call.bye().status == 200
