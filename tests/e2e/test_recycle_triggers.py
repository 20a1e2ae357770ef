"""What makes a worker be replaced without anybody asking: its age, the calls it served, a missing
heartbeat (its memory: test_recycle_by_memory.py); and that the ledger names it."""

import os
import signal

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until


def reason(um, wanted, seconds):
    def check():
        ledgers = um.history()
        return ledgers and ledgers[-1]["reason"] == wanted and ledgers[-1]["result"] == "done"
    until(f"a recycle because of {wanted}", seconds, check, step=0.1)


def test_age(make):
    um = make({"recycle": {"every": "3s"}}).start()
    reason(um, "age", 6 + 4 * SLOW)


def test_calls_served(make):
    um = make({"recycle": {"calls": 5}}).start()
    um.wait_standby()
    pbx = um.udp()
    for _ in range(5):
        assert Call(pbx).open().bye().status == 200
    reason(um, "calls", 10 * SLOW)


def test_a_scheduled_recycle_waits_for_few_calls(make):
    um = make({"recycle": {"every": "2s", "when_calls": 0}}).start()
    um.wait_standby()
    call = Call(um.udp()).open()
    generation = um.active()["generation"]
    import time
    time.sleep(4)
    assert um.active()["generation"] == generation
    call.bye()
    until("the recycle", 10 * SLOW, lambda: um.active()["generation"] > generation)


def test_probes_are_not_the_only_watch(make):
    """With slow probes the heartbeat finds a stopped worker."""
    um = make({"worker": {"probe_interval": "9s", "probe_timeout": "1s", "heartbeat": "300ms"}})
    um.start().wait_standby()
    os.kill(um.active()["pid"], signal.SIGSTOP)
    until("replaced", 5 * SLOW, lambda: um.history() and um.history()[0]["reason"] == "heartbeat")
    assert Call(um.udp()).open().bye().status == 200
