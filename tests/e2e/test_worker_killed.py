"""A worker dies by SIGKILL: its calls are hung up by us within a second, a new call is answered at
once where a standby is there and within a second where the other slot was still draining, and
what was said so far is found and finished."""

import os
import re
import signal
import time

from harness.evertrunk import SLOW
from harness.rtp import decode, read_wav, share_found, speech
from harness.sip import Call
from harness.voice import Caller
from harness.wait import until


def kill(um):
    before = um.active()
    os.kill(before["pid"], signal.SIGKILL)
    return time.monotonic(), before


def test_calls_that_were_up_get_a_bye_within_a_second(um):
    um.wait_standby()
    udp, tcp = um.udp(), um.tcp()
    calls = [Call(udp).open() for _ in range(5)] + [Call(tcp).open() for _ in range(5)]
    when, before = kill(um)
    for call in calls:
        bye = call.hung_up(1.0)
        assert time.monotonic() - when < 1.0
        assert bye.tag("From") == call.ok.tag("To") and bye.tag("To") == call.from_tag
        assert int(bye.get("CSeq").split()[0]) > 0
    ledger = um.history()[0]
    assert ledger["reason"] == "crash" and ledger["lost"] == 10, ledger
    assert ledger["old_generation"] == before["generation"]
    metrics = um.metrics()
    assert metrics['um_calls_ended_total{cause="lost"}'] == 10
    assert metrics["um_hangups_total"] == 10


def test_a_bye_that_crosses_ours_is_answered(um):
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    kill(um)
    call.hung_up(1.0)
    assert call.bye().status == 200


def test_new_call_within_100_ms_with_a_standby(um):
    um.wait_standby()
    pbx = um.udp()
    for _ in range(3):
        um.wait_standby()
        when, _before = kill(um)
        call = Call(pbx)
        answer = call.invite()
        took = time.monotonic() - when
        assert answer.status == 200, answer
        assert took < 0.1 * SLOW, f"answered after {took * 1000:.0f} ms"
        call.ack()
        call.bye()


def test_new_call_within_a_second_while_the_other_slot_drains(um):
    um.wait_standby()
    pbx = um.udp()
    old = Call(pbx).open()
    um.recycle()
    when, _before = kill(um)
    call = Call(pbx)
    answer = call.invite()
    took = time.monotonic() - when
    assert answer.status == 200, answer
    assert took < 1.0, f"answered after {took * 1000:.0f} ms"
    call.ack()
    assert old.bye().status == 200, "the draining worker's call went with the other worker"
    call.bye()


def test_no_call_is_refused_while_workers_die_again_and_again(um):
    """Five kills under a stream of calls: each new call is answered."""
    pbx = um.udp()
    for _ in range(5):
        um.wait_standby()
        kill(um)
        for _ in range(5):
            call = Call(pbx)
            assert call.invite().status == 200
            call.ack()
            assert call.bye().status == 200


def test_the_recording_is_salvaged_and_marked(um):
    um.wait_standby()
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    said = speech(0, 3.0)
    caller.rtp.play(said)
    kill(um)
    caller.call.hung_up(1.0)
    found = um.wait_recordings(seconds=15 * SLOW)
    assert len(found) == 1
    assert found[0]["Interrupted"] == "True"
    assert found[0]["CallId"] == caller.call.call_id
    rate, bits, channels, samples = read_wav(found[0]["wav"])
    assert (rate, bits, channels) == (8000, 16, 1)
    # the last second may not have reached the disk
    assert share_found(samples, decode(0, said)) > 0.5
    assert not list(um.spool.glob("*.part"))
    assert until("salvage is counted", 5, lambda: [v for k, v in um.metrics().items()
                 if re.match(r"um_recordings.*salvaged|um_.*salvaged", k)] == [1.0])
