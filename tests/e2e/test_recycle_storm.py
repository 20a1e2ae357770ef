"""Twenty recycles ordered in two seconds: never more than two workers alive, none orphaned, calls
still answered, and each order got its answer in words."""

import subprocess
import time

from harness.evertrunk import SLOW, Watch
from harness.sip import Call
from harness.wait import until


def test_never_more_than_two_workers(um):
    um.wait_standby()
    pbx = um.udp()
    with Watch(um) as watch:
        orders = []
        for _ in range(20):
            orders.append(um.ctl_start("recycle"))
            time.sleep(0.1)
            call = Call(pbx).open()
            assert call.bye().status == 200
        for order in orders:
            said, _ = order.communicate(timeout=20)
            assert order.returncode in (0, 1) and said.strip(), said
        until("rest", 30 * SLOW, lambda: not um.status()["waiting"]
              and um.slot("standby") and not um.slot("draining"))
    assert watch.most <= 2, f"{watch.most} workers at once"
    assert len(um.workers()) == 2


def test_with_a_call_up_that_nobody_ends(um):
    um.wait_standby()
    pbx = um.udp()
    held = Call(pbx).open()
    with Watch(um) as watch:
        for _ in range(20):
            subprocess.run(um.ctl_start("recycle").args, capture_output=True, timeout=20, check=False)
    assert watch.most <= 2, f"{watch.most} workers at once"
    assert held.reinvite().status == 200
    assert held.bye().status == 200
