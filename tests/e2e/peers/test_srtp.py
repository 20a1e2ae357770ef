"""baresip (libre has SRTP of its own) and linphonec (mediastreamer, libsrtp) leave encrypted messages with each
setting of trunk.srtp; sound is compared both ways, to the sample."""

import re
import time
from functools import partial

import pytest

from harness.baresip import Baresip
from harness.evertrunk import SLOW
from harness.linphone import Linphone
from harness.rtp import read_wav
from harness.sound import Found
from harness.wait import until
from telephone import GREETING, Stage, settled

MUST = {"baresip": partial(Baresip, srtp="srtp-mand"), "linphonec": partial(Linphone, srtp="must")}
SECURE, REFUSED = r"call .*: SRTP AES_CM_128_HMAC_SHA1_80: (\d+) packets refused", "refused with 488: "


def stage(make, telephone, demand, transport="udp", **how):
    return Stage(lambda: make({"trunk proxied": {"srtp": demand}}), telephone, "proxied", transport, **how)


def heard(s):
    """The telephone's own recording against the greeting."""
    if isinstance(s.phone, Linphone):
        s.phone.close()  # it writes the file's head at its end
        s.heard(read_wav(s.phone.heard)[3], share=0.9)
    else:
        s.heard(read_wav(s.phone.heard()[0])[3], share=1.0)


def was_secure(um, yes=True, refused=1):
    """What the worker says at the call's end; nothing that came was refused but baresip's first report, a
    PING that it sends in the clear."""
    found = re.findall(SECURE, um.log)
    assert len(found) == (1 if yes else 0) and all(int(n) <= refused for n in found), found


def hung_up(um):
    until("its cause", 5 * SLOW, lambda: um.metrics()['um_calls_ended_total{cause="hangup"}'] == 1)


@pytest.mark.parametrize("demand", ["optional", "required"])
@pytest.mark.parametrize("who", MUST)
def test_message(make, who, demand):
    s = stage(make, MUST[who], demand, "tcp" if demand == "required" else "udp")
    length = s.message(recycle_after=GREETING / 2)
    s.recorded(length)
    settled(s.um, 1)
    was_secure(s.um)
    heard(s)


@pytest.mark.parametrize("who", MUST)
def test_never_refuses_who_must_have_it(make, who):
    s = stage(make, MUST[who], "never")
    if who == "baresip":
        s.phone.tell("dial", s.uri)
        s.phone.event("CALL_CLOSED")
    else:
        s.phone.tell(f"call {s.uri}")
    s.um.wait_log(REFUSED + r"SRTP is not allowed \(RTP/SAVP only\)", 10)
    assert s.um.metrics()["um_calls_active"] == 0


def test_required_refuses_who_has_none(make):
    s = stage(make, Baresip, "required")
    s.phone.tell("dial", s.uri)
    s.phone.event("CALL_CLOSED")
    s.um.wait_log(REFUSED + r"SRTP is required \(RTP/SAVP\)")


@pytest.mark.parametrize("demand", ["never", "optional"])
def test_best_effort_is_plain(make, demand):
    """baresip's "srtp": RTP/AVP with a=crypto lines beside it."""
    s = stage(make, partial(Baresip, srtp="srtp"), demand)
    s.recorded(s.message())
    hung_up(s.um)
    was_secure(s.um, yes=False)
    heard(s)


def test_who_calls_again_without_it_gets_through(make):
    """linphonec wishes for SRTP, is refused and calls in the clear."""
    s = stage(make, partial(Linphone, srtp="wish"), "never")
    s.recorded(s.message())
    was_secure(s.um, yes=False)
    heard(s)


def test_feedback_profile(make):
    s = stage(make, partial(Baresip, srtp="srtp-mandf"), "required")
    s.recorded(s.message())
    was_secure(s.um)
    heard(s)


@pytest.mark.parametrize("who", MUST)
def test_hold(make, who):
    """Held in the message: what comes before and after it is there, encrypted all the time."""
    words = {"baresip": ("hold", "resume"), "linphonec": ("pause", "resume")}[who]
    s = stage(make, MUST[who], "required")
    up = s.phone.dial(s.uri)
    time.sleep(max(0, up + s.before + 0.6 - time.monotonic()))
    s.phone.tell(words[0])
    time.sleep(0.5)
    s.phone.tell(words[1])
    time.sleep(s.before + 1.2)
    s.phone.hang_up()
    recording = s.um.wait_recordings(seconds=5 * SLOW)[0]
    found = Found(read_wav(recording["wav"])[3], s.said)
    assert found.runs[0][0] == 0 and found.runs[-1][1] - found.runs[-1][0] > 0.3, found
    hung_up(s.um)
    was_secure(s.um, refused=2)  # linphonec counts its reports from 0 again
