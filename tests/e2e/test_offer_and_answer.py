"""Session descriptions as PBXs send them: offer in the INVITE or delayed, no common codec, hold and
resume, T.38, several streams."""

import pytest

from harness.rtp import PCMU, Rtp
from harness.sip import Call, media_address, sdp, sdp_value
from harness.voice import Caller, answered_codec
from harness.wait import until


def test_delayed_offer(um):
    """CUCM's way: no SDP in the INVITE, our offer in the 200, the answer in the ACK."""
    pbx = um.tcp()
    call = Call(pbx)
    rtp = Rtp(pbx.ip)
    um.closing.append(rtp)
    answer = call.invite(body="")
    assert answer.status == 200, answer
    offered = sdp_value(answer.body.decode(), "m=audio ")
    assert offered.split()[2:4] == ["0", "8"] and "101" in offered.split()
    call.ack(body=sdp(rtp.ip, rtp.port, payloads="8 101"))
    rtp.to(media_address(answer)).silence(0.5, 8)
    assert rtp.heard(8), "no sound after the answer in the ACK"
    assert call.bye().status == 200


@pytest.mark.parametrize("payloads", ["18 4", "9", "3 97"])
def test_no_common_codec_is_488(um, payloads):
    pbx = um.udp()
    call = Call(pbx)
    answer = call.invite(body=call.offer(payloads=payloads, codecs=False))
    assert answer.status == 488, answer
    call.ack_failure(answer)
    until("the refusal is counted", 2,
          lambda: um.metrics()['um_calls_ended_total{cause="refused"}'] == 1)


def test_the_first_codec_of_the_offer_that_we_speak(um):
    pbx = um.udp()
    for payloads, wanted in (("18 8 0", 8), ("0 8", 0), ("9 0", 0)):
        call = Call(pbx)
        answer = call.invite(body=call.offer(payloads=payloads))
        assert answered_codec(answer) == wanted, payloads
        call.ack()
        call.bye()


def test_video_is_declined_audio_taken(um):
    pbx = um.udp()
    call = Call(pbx)
    offer = call.offer() + "m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    answer = call.invite(body=offer)
    assert answer.status == 200, answer
    lines = [l for l in answer.body.decode().splitlines() if l.startswith("m=")]
    assert len(lines) == 2 and lines[1].startswith("m=video 0 ")
    call.ack()
    call.bye()


HOLDS = {
    "sendonly": lambda ip, port, v: (sdp(ip, port, direction="sendonly", version=v), "recvonly"),
    "inactive": lambda ip, port, v: (sdp(ip, port, direction="inactive", version=v), "inactive"),
    "c=0.0.0.0": lambda ip, port, v: (sdp("0.0.0.0", port, version=v), None),
}


@pytest.mark.parametrize("form", HOLDS)
def test_hold_and_resume(um, form):
    caller = Caller(um, um.udp()).dial()
    caller.rtp.silence(0.3)
    body, direction = HOLDS[form](caller.rtp.ip, caller.rtp.port, 2)
    answer = caller.call.reinvite(body=body)
    assert answer.status == 200, answer
    if direction:
        assert f"a={direction}" in answer.body.decode()
    import time
    time.sleep(0.2)
    before = len(caller.rtp.heard())
    time.sleep(0.6)
    assert len(caller.rtp.heard()) == before, "sound went to a held peer"
    version = sdp_value(answer.body.decode(), "o=").split()[2]
    answer = caller.call.reinvite(body=sdp(caller.rtp.ip, caller.rtp.port, version=3))
    assert answer.status == 200 and "a=sendrecv" in answer.body.decode()
    assert int(sdp_value(answer.body.decode(), "o=").split()[2]) >= int(version)
    caller.rtp.silence(0.5)
    assert len(caller.rtp.heard()) > before, "no sound after the resume"
    caller.hang_up()


def test_resume_to_another_address(um):
    caller = Caller(um, um.udp()).dial()
    other = Rtp(um.block.ip(21))
    um.closing.append(other)
    answer = caller.call.reinvite(body=sdp(other.ip, other.port, version=2))
    assert answer.status == 200
    other.to(media_address(answer)).silence(0.5)
    assert other.heard(PCMU)
    caller.hang_up()


def test_t38_is_declined_and_the_call_goes_on(um):
    pbx = um.udp()
    call = Call(pbx).open()
    t38 = (f"v=0\r\no=x 1 2 IN IP4 {pbx.ip}\r\ns=-\r\nc=IN IP4 {pbx.ip}\r\nt=0 0\r\n"
           "m=image 40004 udptl t38\r\n")
    answer = call.reinvite(body=t38)
    assert answer.status == 488, answer
    call.ack_failure(answer)
    assert call.reinvite().status == 200
    assert call.bye().status == 200


def test_a_broken_description_is_refused(um):
    pbx = um.udp()
    call = Call(pbx)
    answer = call.invite(body="v=0\r\nm=audio\r\n")
    assert answer.status in (400, 488), answer
    call.ack_failure(answer)
    assert Call(pbx).open().bye().status == 200
