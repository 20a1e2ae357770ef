"""A successor that cannot start, or starts and never answers, leaves the old worker serving, and the
ledger says why."""

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until

BROKEN = {
    "exits at once": "exit 3",
    "starts and never answers": "exec sleep 600",
    "closes its channel": "exec 3>&-; exec sleep 600",
    "speaks nonsense on its channel": "printf 'nonsense' >&3; exec sleep 600",
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("standby", ["yes", "no"])
def test_old_one_serves_on(make, how, standby):
    um = make({"worker": {"start_timeout": "2s"}, "recycle": {"standby": standby}})
    um.own_program().start()
    if standby == "yes":
        um.wait_standby()
    pbx = um.udp()
    held = Call(pbx).open()
    before = um.active()
    um.fake_worker(BROKEN[how])
    answer = um.ctl("recycle", "--wait", seconds=60)
    assert answer.status == 1, answer
    assert answer.text, "no reason given"
    assert um.active()["generation"] == before["generation"]
    failed = [l for l in um.history() if l["result"] == "failed"]
    assert failed and failed[0]["text"], um.history()
    assert failed[0]["old_generation"] == before["generation"]
    call = Call(pbx).open()
    assert call.bye().status == 200
    assert held.bye().status == 200
    assert um.metrics()["um_worker_start_failures_total"] >= 1
    # and when the program is good again, so is the recycle
    um.heal()
    until("a recycle that works", 20 * SLOW,
          lambda: um.ctl("recycle", "--wait", seconds=60).status == 0, step=0.5)
    assert um.active()["generation"] > before["generation"]


def test_a_changed_program_is_what_the_recycle_starts(make):
    """A standby of the old program is not used when the program on disk has changed."""
    um = make().own_program().start()
    um.wait_standby()
    standby = um.slot("standby")["generation"]
    um.heal()  # the same program, but another file
    um.recycle()
    assert um.active()["generation"] > standby
