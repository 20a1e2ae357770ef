"""OPTIONS is answered 200 by the supervisor at every port and in every phase, Max-Forwards 0
included: it is how a PBX decides whether the trunk is alive."""

import os
import signal

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until


def ping(pbx, **how):
    call = Call(pbx)
    pbx.send(call.request("OPTIONS", **how))
    answer = call.final("OPTIONS", 1.0)
    assert answer.status == 200, answer
    return answer


@pytest.mark.parametrize("port", [5060, 5065, 5067])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_every_door(um, port, transport):
    ping(getattr(um, transport)(to=port))


def test_as_cucm_sends_it(um):
    answer = ping(um.udp(), uri=f"sip:{um.block.door}:5060", max_forwards=0)
    assert "INVITE" in answer.get("Allow")
    assert answer.get("Accept").startswith("application/sdp") and answer.get("Server") == "Evertrunk"


def test_it_says_what_a_worker_says(um):
    """What the supervisor tells of us (RFC 3261 11.2) is what a call is told by its worker."""
    pbx = um.udp()
    answer, ok = ping(pbx), Call(pbx).open().ok
    for field in "Allow", "Supported":
        assert answer.get(field) and answer.get(field) == ok.get(field), (field, answer, ok)
    refused = Call(pbx)
    pbx.send(refused.request("INVITE", body="x", content_type="text/plain"))
    accepts = refused.final("INVITE")
    refused.ack_failure(accepts)
    assert set(answer.get("Accept").split(", ")) <= set(accepts.get("Accept").split(", "))


def test_in_every_phase(make):
    """Before the first worker is ready, while one drains, while one has crashed."""
    um = make().own_program().start(ready=False)
    until("a door", 5, lambda: um.http("/livez")[0] == 200)
    pbx = um.udp()
    ping(pbx)
    um.wait_ready().wait_standby()
    call = Call(pbx).open()
    um.recycle()
    ping(pbx)
    call.bye()
    os.kill(um.active()["pid"], signal.SIGKILL)
    ping(pbx)
    until("another worker serves", 5, lambda: um.slot("serving"))
    ping(pbx)


def test_503_only_where_no_call_would_be_taken(make):
    """Under the operator's drain and when no worker can be started at all."""
    um = make().own_program().start()
    pbx = um.udp()

    def asked():
        call = Call(pbx)
        pbx.send(call.request("OPTIONS"))
        return call.final("OPTIONS", 1.0).status
    assert um.ctl("drain").status == 0
    assert asked() == 503
    assert um.ctl("enable").status == 0
    assert asked() == 200
    um.fake_worker("exit 1")
    for pid, _start in um.workers():
        os.kill(pid, signal.SIGKILL)
    until("503", 5 * SLOW, lambda: asked() == 503)
    um.heal()
    until("200 again", 10 * SLOW, lambda: asked() == 200)
