"""baresip (libre) leaves messages, UDP and TCP, proxied and following the 302 itself, with a recycle under way
and a hold in the middle; sound is compared both ways, to the sample."""

import time

import pytest

from harness.baresip import Baresip
from harness.rtp import read_wav
from harness.sound import Found
from telephone import GREETING, TONE, WAYS, Stage, settled


@pytest.mark.parametrize("trunk,transport", WAYS)
def test_message(make, trunk, transport):
    stage = Stage(make, Baresip, trunk, transport)
    length = stage.message(recycle_after=GREETING / 2)
    stage.recorded(length)
    stage.heard(read_wav(stage.phone.heard()[0])[3], share=1.0)
    # the same telephone's next call is the new worker's
    old = stage.um.history()[0]["old_generation"]
    stage.phone.dial(stage.uri)
    assert [c["generation"] for c in stage.um.calls()] == [old + 1]
    stage.phone.hang_up()
    stage.phone.event("CALL_CLOSED")
    settled(stage.um, 2)
    redirects = stage.um.metrics()["um_redirects_total"]
    assert redirects == (2 if trunk == "redirected" else 0)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_hold(make, transport):
    """Held in the greeting and in the message: what is said before, between and after is all there; the hold
    itself is not in the recording."""
    stage = Stage(make, Baresip, "proxied", transport)
    stage.phone.dial(stage.uri)
    up = time.monotonic()

    def hold(at, seconds):
        time.sleep(max(0, up + at - time.monotonic()))
        stage.phone.tell("hold")
        time.sleep(seconds)
        stage.phone.tell("resume")
    hold(0.7, 0.5)
    stage.um.recycle()
    # the greeting is over 0.5 s later now; baresip plays on while it is held
    hold(GREETING + TONE + 1.3, 0.4)
    time.sleep(max(0, up + stage.call_seconds - time.monotonic()))
    stage.phone.hang_up()
    recording = stage.um.wait_recordings(seconds=5)[0]
    samples = read_wav(recording["wav"])[3]
    found = Found(samples, stage.said)
    assert len(found.runs) == 2, found
    lost = found.runs[1][0] - found.runs[0][1]
    assert 0.3 <= lost <= 0.7, f"{lost:.2f} s are missing for a hold of 0.4 s: {found}"
    assert abs(found.stretch + lost) < 0.15, f"the hold was recorded: {found}"
    settled(stage.um, 1)
