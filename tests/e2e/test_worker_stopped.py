"""A worker that is stopped (SIGSTOP) answers nothing and exits nothing: the SIP probe finds it, and it
is replaced within two probe intervals."""

import os
import signal
import time

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until

INTERVAL = 1.0


def test_replaced_within_two_probe_intervals(um):
    um.wait_standby()
    pbx = um.udp()
    up = Call(pbx).open()
    before = um.active()
    os.kill(before["pid"], signal.SIGSTOP)
    when = time.monotonic()
    um.wait_successor(before, 2 * INTERVAL + 2)
    took = time.monotonic() - when
    print(f"replaced after {took:.2f} s")
    call = Call(pbx).open()
    call.bye()
    assert took <= 2 * INTERVAL + 0.5 * (SLOW - 1)  # a sanitized build gets half a second
    up.hung_up(20)  # its worker is killed at the latest after the grace
    ledger = um.history()[0]
    assert ledger["reason"] == "probe", ledger
    until("the stopped worker is gone", 15, lambda: not any(
        pid == before["pid"] for pid, _ in um.workers()))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_invite_that_it_swallowed_is_given_to_the_next(um, transport):
    um.wait_standby()
    pbx = getattr(um, transport)()
    os.kill(um.active()["pid"], signal.SIGSTOP)
    call = Call(pbx)
    answer = call.invite(seconds=5)
    assert answer.status == 200, answer
    call.ack()
    call.bye()
    ledger = until("the ledger", 15, lambda: um.history() and um.history()[0]["result"] == "done"
                   and um.history()[0])
    assert ledger["moved"] == 1, ledger
