"""linphonec (belle-sip, oRTP) leaves messages, UDP and TCP, proxied and following the 302 itself, with a recycle
under way and a hold in the middle; sound is compared both ways."""

import time

import pytest

from harness.evertrunk import SLOW
from harness.linphone import Linphone
from harness.rtp import read_wav
from harness.sound import Found
from telephone import GREETING, TONE, WAYS, Stage, settled


@pytest.mark.parametrize("trunk,transport", WAYS)
def test_message(make, trunk, transport):
    stage = Stage(make, Linphone, trunk, transport)
    length = stage.message(recycle_after=GREETING / 2)
    stage.recorded(length)
    settled(stage.um, 1)
    stage.phone.close()  # it writes the file's head at its end
    # its jitter buffer may give a few pieces early or late
    stage.heard(read_wav(stage.phone.heard)[3], share=0.9)
    redirects = stage.um.metrics()["um_redirects_total"]
    assert redirects == (1 if trunk == "redirected" else 0)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_hold(make, transport):
    """Held in the greeting: it goes on where it was.  Held in the message: the hold is not recorded, and what
    is said afterwards (it plays its file from the beginning) is."""
    stage = Stage(make, Linphone, "proxied", transport)
    up = stage.phone.dial(stage.uri)

    def hold(at, seconds):
        time.sleep(max(0, up + at - time.monotonic()))
        stage.phone.tell("pause")
        time.sleep(seconds)
        stage.phone.tell("resume")
    hold(0.7, 0.6)
    stage.um.recycle()
    hold(GREETING + TONE + 1.6, 0.6)
    time.sleep(stage.before + 1.2)
    stage.phone.hang_up()
    recording = stage.um.wait_recordings(seconds=5 * SLOW)[0]
    found = Found(read_wav(recording["wav"])[3], stage.said)
    assert found.runs and found.runs[-1][1] - found.runs[-1][0] > 1.0, found
    settled(stage.um, 1)
    stage.phone.close()
    heard = Found(read_wav(stage.phone.heard)[3], stage.greeting)
    assert heard.share > 0.8, f"the greeting did not go on: {heard}"
