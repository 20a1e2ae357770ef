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


def two_families(ip, six_first):
    """The same audio at an address of each family (RFC 4091), as IOS writes it with `anat`."""
    head = f"v=0\r\no=CiscoSystemsSIP-GW-UserAgent 1 1 IN IP4 {ip}\r\ns=SIP Call\r\nt=0 0\r\n" \
        "a=group:ANAT 1 2\r\n"
    six = "m=audio 40000 RTP/AVP 0 101\r\nc=IN IP6 2001:db8::14\r\na=mid:1\r\n"
    four = "m=audio {port} RTP/AVP 0 101\r\nc=IN IP4 {ip}\r\na=mid:2\r\n"
    return lambda port: head + "".join((six, four.format(ip=ip, port=port))[::1 if six_first else -1])


@pytest.mark.parametrize("six_first", [True, False])
def test_two_addresses_of_different_families(um, six_first):
    """We speak at the one that our media can reach, and refuse the other with port 0."""
    pbx = um.udp()
    rtp = Rtp(pbx.ip)
    um.closing.append(rtp)
    call = Call(pbx)
    answer = call.invite(body=two_families(pbx.ip, six_first)(rtp.port))
    assert answer.status == 200, answer
    lines = [l for l in answer.body.decode().splitlines() if l.startswith("m=")]
    assert [l.split()[1] == "0" for l in lines] == [six_first, not six_first], lines
    call.ack()
    port = next(int(l.split()[1]) for l in lines if l.split()[1] != "0")
    rtp.to((um.block.door, port)).silence(0.4)
    assert rtp.heard(PCMU), "no sound at the address that we took"
    assert call.bye().status == 200


def test_an_address_that_our_media_cannot_reach_is_488(um):
    """Better refused, so that the PBX goes elsewhere, than answered without a sound."""
    pbx = um.udp()
    call = Call(pbx)
    body = call.offer().replace(f"c=IN IP4 {pbx.ip}", "c=IN IP6 2001:db8::14")
    answer = call.invite(body=body)
    assert answer.status == 488, answer
    call.ack_failure(answer)
    until("the reason is logged", 2, lambda: "no IPv4 address for the audio" in um.log)


def test_streams_with_very_many_formats(um):
    """Video of a soft client: a line that is declined in few words, whatever it offered."""
    pbx = um.udp()
    call = Call(pbx)
    many = " ".join(str(pt) for pt in range(35, 128))
    offer = call.offer(payloads="0 " + many, codecs=False) + f"m=video 40002 RTP/AVP {many}\r\n"
    answer = call.invite(body=offer)
    assert answer.status == 200, answer
    assert "m=video 0 RTP/AVP 35\r\n" in answer.body.decode()
    call.ack()
    assert call.bye().status == 200
