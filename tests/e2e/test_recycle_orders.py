"""um-ctl recycle and its options: --wait, --now, --when-idle, --cancel, --reason; and what the ledger
says afterwards."""

import time

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until


def test_wait_returns_when_the_new_worker_is_active(um):
    um.wait_standby()
    call = Call(um.udp()).open()
    before = um.active()
    answer = um.recycle("--reason", "Sunday service")
    after = um.active()
    assert after["generation"] > before["generation"] and after["slot"] != before["slot"]
    assert answer.text, "it says what moved"
    draining = um.slot("draining")
    assert draining["generation"] == before["generation"] and draining["calls"] == 1
    ledger = um.history()[0]
    assert ledger["result"] == "draining" and ledger["reason"] == "operator"
    assert "Sunday service" in ledger["text"]
    assert call.bye().status == 200
    until("the ledger is closed", 5 * SLOW, lambda: um.history()[0]["result"] == "done")
    ledger = um.history()[0]
    assert (ledger["drained"], ledger["cut"], ledger["lost"]) == (1, 0, 0), ledger
    until("a standby again", 10 * SLOW, lambda: um.slot("standby"))


def test_a_worker_without_calls_leaves_at_once(um):
    um.wait_standby()
    before = um.active()
    um.recycle()
    until("the old process is gone", 3 * SLOW,
          lambda: all(pid != before["pid"] for pid, _ in um.workers()))


def test_now_hangs_up_what_is_left(um):
    um.wait_standby()
    pbx = um.udp()
    calls = [Call(pbx).open() for _ in range(3)]
    um.recycle("--now")
    for call in calls:
        call.hung_up(2 * SLOW)
    until("the ledger is closed", 5 * SLOW, lambda: um.history()[0]["result"] == "done")
    assert um.history()[0]["cut"] == 3, um.history()[0]
    assert um.metrics()['um_calls_ended_total{cause="cut"}'] == 3


def test_now_ends_a_drain_that_stands_in_the_way(um):
    um.wait_standby()
    pbx = um.udp()
    held = Call(pbx).open()
    um.recycle()
    answer = um.ctl("recycle", "--now", "--wait", seconds=30)
    assert answer.status == 0, answer
    held.hung_up(5 * SLOW)


def test_when_idle_waits_for_the_last_call(um):
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    before = um.active()["generation"]
    asked = um.ctl("recycle", "--when-idle")
    assert asked.status == 0, asked
    assert um.status()["waiting"], "the status does not show what waits"
    time.sleep(1)
    assert um.active()["generation"] == before
    call.bye()
    until("the recycle", 5 * SLOW, lambda: um.active()["generation"] > before)


def test_cancel_takes_back_what_has_not_switched(um):
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    before = um.active()["generation"]
    waiting = um.ctl_start("recycle", "--when-idle", "--wait")
    until("it waits", 5, lambda: um.status()["waiting"])
    assert um.ctl("recycle", "--cancel").status == 0
    said, _ = waiting.communicate(timeout=5)
    assert waiting.returncode == 1 and said.strip(), said
    call.bye()
    time.sleep(0.5)
    assert um.active()["generation"] == before
    assert um.ctl("recycle", "--cancel").status == 1  # nothing left to take back
    assert um.history()[0]["result"] == "cancelled"


def test_a_second_order_is_queued_in_words(um):
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    um.recycle()
    second = um.ctl("recycle")
    assert second.text, second
    third = um.ctl("recycle")
    assert third.text, third
    call.bye()
    until("the queue is empty", 20 * SLOW, lambda: not um.status()["waiting"]
          and not um.slot("draining"))


def test_without_a_standby(make):
    um = make({"recycle": {"standby": "no"}}).start()
    assert not um.slot("standby")
    call = Call(um.udp()).open()
    before = um.active()["generation"]
    um.recycle()
    assert um.active()["generation"] == before + 1
    assert call.bye().status == 200
