"""A worker that is stopped (SIGSTOP) answers nothing and exits nothing: the SIP probe finds it, and it
is replaced within two probe intervals."""

import os
import signal
import time

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
    um.wait_successor(before, 2 * INTERVAL + 0.5 * SLOW + 0.4)
    took = time.monotonic() - when
    call = Call(pbx).open()
    call.bye()
    assert took <= 2 * INTERVAL + 0.4 + 0.5 * SLOW
    up.hung_up(20)  # its worker is killed at the latest after the grace
    ledger = um.history()[0]
    assert ledger["reason"] == "probe", ledger
    until("the stopped worker is gone", 15, lambda: not any(
        pid == before["pid"] for pid, _ in um.workers()))


def test_an_invite_that_it_swallowed_is_given_to_the_next(um):
    um.wait_standby()
    pbx = um.udp()
    os.kill(um.active()["pid"], signal.SIGSTOP)
    call = Call(pbx)
    answer = call.invite(seconds=5)
    assert answer.status == 200, answer
    call.ack()
    call.bye()
