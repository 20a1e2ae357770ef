"""While no worker is ready an INVITE gets 100 at once and waits, at most limits.hold; then it is
answered by the worker that has come, or with 503."""

import time

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until


def test_a_call_at_start_is_held_and_answered(make):
    um = make().start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200, step=0.005)
    pbx = um.udp()
    call = Call(pbx)
    assert call.invite(seconds=5).status == 200
    call.ack()
    assert call.bye().status == 200


def test_a_redirected_trunk_is_held_too_and_then_proxied(make):
    """It has its 100 by then: the worker that comes answers it where it is."""
    um = make().start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200, step=0.005)
    call = Call(um.udp(um.block.redirected))
    assert call.invite(seconds=5).status == 200
    call.ack()
    assert call.bye().status == 200


def test_503_when_nobody_comes(make):
    um = make({"limits": {"hold": "1s"}}).own_program()
    um.fake_worker("exec sleep 60")
    um.start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    pbx = um.udp()
    call, asked = Call(pbx), time.monotonic()
    pbx.send(call.request("INVITE", body=call.offer()))
    trying = pbx.recv(0.3 * SLOW, call.mine("INVITE", final=False), "100 Trying at once")
    assert trying.status == 100
    answer = call.final("INVITE", 3)
    assert answer.status == 503, answer
    assert 0.8 < time.monotonic() - asked < 2
    call.ack_failure(answer)
    assert um.metrics()["um_invites_held_total"] == 1


def test_the_pbx_gives_up_first(make):
    """A held call whose PBX repeats the INVITE is one call, and is answered once."""
    um = make().own_program()
    um.fake_worker("exec sleep 1")
    um.start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    pbx = um.udp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    um.heal()
    for _ in range(3):
        pbx.send(text)
        time.sleep(0.1)
    answer = call.final("INVITE", 5)
    if answer.status == 200:
        call.confirm(answer)
        call.ack()
        assert um.metrics()["um_calls_started_total"] == 1
        assert call.bye().status == 200
    else:
        assert answer.status == 503
