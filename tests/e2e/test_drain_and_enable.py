"""um-ctl drain: no new calls, what is up goes on, monitors see it; um-ctl enable: all is as before."""

from harness.sip import Call
from harness.wait import until


def test_drain_and_enable(um):
    pbx = um.udp()
    up = Call(pbx).open()
    assert um.ctl("drain").status == 0
    call = Call(pbx)
    answer = call.invite()
    assert answer.status == 480, answer
    call.ack_failure(answer)
    assert up.reinvite().status == 200
    assert up.bye().status == 200
    assert um.http("/readyz")[0] == 503 and um.http("/livez")[0] == 200
    assert um.metrics()['um_refused_total{why="drain"}'] == 1
    assert um.status()["enabled"] is False
    assert um.ctl("enable").status == 0
    until("ready", 5, lambda: um.http("/readyz")[0] == 200)
    assert Call(pbx).open().bye().status == 200


def test_a_redirected_trunk_is_not_redirected_into_the_wall(um):
    pbx = um.udp(um.block.redirected)
    assert um.ctl("drain").status == 0
    call = Call(pbx)
    answer = call.invite()
    assert answer.status == 480, answer
    call.ack_failure(answer)
