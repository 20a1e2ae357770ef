"""A recording ends by hang-up, by #, by silence, by the limit; the worker hangs up with BYE in the last
three, and the metrics name the cause."""

import pytest

from harness.evertrunk import SLOW
from harness.rtp import DTMF, PCMU, read_wav, speech
from harness.voice import Caller
from harness.wait import until


def ended(um, cause):
    until(f"the call ended by {cause}", 5,
          lambda: um.metrics()[f'um_calls_ended_total{{cause="{cause}"}}'] == 1)


@pytest.fixture
def quick(make):
    return make({"recording": {"idle_timeout": "2s"}}).start()


def test_hash_key(quick):
    caller = Caller(quick, quick.udp()).dial().listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 2.0))
    caller.rtp.digit("#")
    caller.call.hung_up(2 * SLOW)
    ended(quick, "key")
    samples = read_wav(quick.wait_recordings()[0]["wav"])[3]
    assert 1.5 <= len(samples) / 16000 <= 4


def test_another_payload_type_for_digits(quick):
    caller = Caller(quick, quick.udp(), payloads="0 120")
    caller.call.offer = lambda **_: (
        f"v=0\r\no=x 1 1 IN IP4 {caller.rtp.ip}\r\ns=-\r\nc=IN IP4 {caller.rtp.ip}\r\nt=0 0\r\n"
        f"m=audio {caller.rtp.port} RTP/AVP 0 120\r\na=rtpmap:120 telephone-event/8000\r\n")
    caller.dial().listen_to_the_greeting()
    assert "120" in caller.call.ok.body.decode()
    caller.rtp.play(speech(PCMU, 1.5))
    caller.rtp.digit("1", payload_type=DTMF)  # not negotiated: nothing
    caller.rtp.digit("#", payload_type=120)
    caller.call.hung_up(2 * SLOW)
    ended(quick, "key")


def test_silence(quick):
    caller = Caller(quick, quick.udp()).dial().listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.5))
    import threading
    quiet = threading.Thread(target=caller.rtp.silence, args=(6.0,))
    quiet.start()
    caller.call.hung_up(5 * SLOW)
    quiet.join()
    ended(quick, "silence")
    assert len(quick.wait_recordings()) == 1


def test_nobody_says_anything(quick):
    """Nothing but silence is no message."""
    caller = Caller(quick, quick.udp()).dial()
    import threading
    quiet = threading.Thread(target=caller.rtp.silence, args=(5.0,))
    quiet.start()
    caller.call.hung_up(6 * SLOW)
    quiet.join()
    ended(quick, "silence")


def test_limit(make):
    um = make({"recording": {"max_duration": "3s", "idle_timeout": "2s"}}).start()
    caller = Caller(um, um.udp()).dial().listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 5.0))
    caller.call.hung_up(2 * SLOW)
    ended(um, "limit")
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert 2.9 <= len(samples) / 16000 <= 3.2


def test_hang_up(quick):
    Caller(quick, quick.udp()).leave_message()
    ended(quick, "hangup")
    assert len(quick.wait_recordings()) == 1


def test_no_rtp_at_all(make):
    um = make({"rtp": {"timeout": "5s"}, "recording": {"idle_timeout": "60s"}}).start()
    caller = Caller(um, um.udp()).dial()
    caller.call.hung_up(9 * SLOW)
    ended(um, "timeout")
