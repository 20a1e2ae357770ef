"""The worker is killed five times under 50 calls a second: only calls that it had up at that moment are
lost, each of them is hung up by us, and every new call is answered."""

import os
import signal
import time

from harness.evertrunk import SLOW
from harness.load import settled
from harness.sipp import Sipp

CALLS, RATE, KILLS = 1500, 50, 5


def test_only_what_was_up_is_lost(um):
    um.wait_standby()
    with Sipp(um.folder / "sipp", "call.xml", um.block.proxied, f"{um.block.door}:5060", calls=CALLS,
              rate=RATE) as sipp:
        for _ in range(KILLS):
            time.sleep(CALLS / RATE / (KILLS + 1))
            um.wait_standby()
            os.kill(um.active()["pid"], signal.SIGKILL)
        result = sipp.wait(90)
    settled(um)
    metrics = um.metrics()
    lost = metrics['um_calls_ended_total{cause="lost"}']
    # at 50 calls a second of half a second each, 25 are up; an unanswered one may have been moved
    assert 0 < lost <= KILLS * 40 * SLOW, result
    assert result.failed <= lost, f"{result.failed} failed, {lost} lost: {result}"
    assert metrics["um_hangups_total"] <= lost
    # an unanswered call that was given to the next worker is one more start and one more end
    assert 0 <= lost - sum(l["lost"] for l in um.history()) <= metrics["um_invites_moved_total"]
    assert {l["reason"] for l in um.history()} == {"crash"}
    for refused in ("drain", "outage", "limit", "no-such-call"):
        assert metrics[f'um_refused_total{{why="{refused}"}}'] == 0, refused
