"""Calls that were up before two recycles still take a re-INVITE and a BYE, by every road that a PBX
may choose: the Contact, port 5060 with the original Request-URI and no Route, UDP or TCP."""

import os
import signal

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until

ROADS = {
    "contact": {},
    "service port, no route": {"uri": "sip:3500@um.example.com"},
}


def check(um, call, **how):
    answer = call.reinvite(**how)
    assert answer.status == 200, answer
    assert answer.tag("To") == call.ok.tag("To"), "another dialog answered"
    assert call.bye(**how).status == 200


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_reinvite_and_bye_after_two_recycles(um, road, transport):
    um.wait_standby()
    pbx = getattr(um, transport)()
    first = Call(pbx).open()
    um.recycle()
    second = Call(pbx).open()
    # the second recycle waits in line: two workers at most, and the first one's call is still up
    queued = um.ctl("recycle")
    assert queued.status == 0, queued
    check(um, first, **ROADS[road])
    until("the queued recycle", 20 * SLOW, lambda: len(um.history()) == 2
          and um.history()[0]["new_generation"] == um.active()["generation"])
    third = Call(pbx).open()
    for call in (second, third):
        check(um, call, **ROADS[road])


def test_call_survives_the_crash_of_the_workers_after_its_own(um):
    """The old worker drains with one call; its successor crashes twice.  The call does not care."""
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    um.recycle()
    for _ in range(2):
        before = um.active()
        os.kill(before["pid"], signal.SIGKILL)
        um.wait_successor(before, 10 * SLOW)
    check(um, call)
