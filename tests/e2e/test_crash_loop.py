"""When no worker can be started, the supervisor backs off, answers 503 quickly, says so everywhere,
and recovers by itself when the cause is gone."""

import os
import signal
import time

from harness.evertrunk import SLOW
from harness.procs import cpu_seconds
from harness.sip import Call
from harness.wait import until


def outage(make):
    um = make({"recycle": {"backoff": "500ms", "backoff_max": "2s"}}).own_program().start()
    um.wait_standby()
    um.fake_worker("exit 1")
    for pid, _start in um.workers():
        os.kill(pid, signal.SIGKILL)
    until("not ready", 5 * SLOW, lambda: um.http("/readyz")[0] == 503)
    return um


def test_503_quickly_and_no_spinning(make):
    um = outage(make)
    time.sleep(1)
    pbx = um.udp()
    starts, cpu, when = um.metrics()["um_worker_starts_total"], cpu_seconds(um.pid), time.monotonic()
    longest = 0
    while time.monotonic() - when < 6:
        call, asked = Call(pbx), time.monotonic()
        answer = call.invite(seconds=4)
        longest = max(longest, time.monotonic() - asked)
        assert answer.status == 503, answer
        call.ack_failure(answer)
        time.sleep(0.1)
    assert longest < 3.5
    tried = um.metrics()["um_worker_starts_total"] - starts
    assert 1 <= tried <= 8, f"{tried} starts in 6 s"
    assert cpu_seconds(um.pid) - cpu < 0.6 * SLOW, "the supervisor spins"
    status, text = um.http("/health")
    assert status == 503 and "fail" in text
    assert um.ctl("status").status == 0
    assert um.metrics()["um_worker_start_failures_in_row"] >= 2


def test_it_recovers_when_the_program_is_good_again(make):
    um = outage(make)
    um.heal()
    um.wait_ready(10 * SLOW)
    call = Call(um.udp()).open()
    assert call.bye().status == 200
