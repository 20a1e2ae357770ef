"""Two hundred calls are up on one worker.  It is killed, or an operator cuts it: every one of them gets its
BYE at once, over UDP and over one TCP connection."""

import os
import signal
import time

import pytest

from harness.evertrunk import SLOW
from harness.load import settled
from harness.sip import Call
from harness.sipp import Sipp
from harness.wait import until

CALLS = 200


@pytest.mark.parametrize("transport", ["u1", "t1"])
@pytest.mark.parametrize("how,cause", [("killed", "lost"), ("recycle --now", "cut")])
def test_every_call_gets_its_bye(um, transport, how, cause):
    um.wait_standby()
    with Sipp(um.folder / "sipp", "hung_up.xml", um.block.proxied, f"{um.block.door}:5060", calls=CALLS,
              rate=100, transport=transport) as sipp:
        until("all calls up", 15 * SLOW, lambda: um.metrics()["um_calls_active"] == CALLS, step=0.1)
        time.sleep(0.3)
        start = time.monotonic()
        if how == "killed":
            os.kill(um.active()["pid"], signal.SIGKILL)
        else:
            um.recycle("--now")
        until("all hung up", 1.0 * SLOW,
              lambda: um.metrics()[f'um_calls_ended_total{{cause="{cause}"}}'] == CALLS)
        result = sipp.wait(10)
        took = time.monotonic() - start
    result.all_good(CALLS)
    assert took < 1.0 * SLOW + 1.0, f"{took:.1f} s"  # sipp itself looks once a second
    settled(um)
    assert um.history()[0][cause] == CALLS, um.history()[0]
    assert Call(um.udp()).open().bye().status == 200
