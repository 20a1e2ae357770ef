"""Bodies as PBXs write them: each offer is one call, answered with a description that this caller can use,
and the greeting arrives where the offer said; what cannot be used is refused and the next call works."""

import pytest

from harness.rtp import PCMU, Rtp, decode, read_wav, share_found, speech
from harness.sip import Call, media_address, sdp, sdp_value
from harness.voice import Caller
from harness.wait import until

HEAD = "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\n"
AUDIO = "m=audio {port} RTP/AVP 0 8 101\r\n"
EVENT = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
PLAIN = HEAD + "c=IN IP4 {ip}\r\nt=0 0\r\n" + AUDIO + EVENT
NORTEL = HEAD + "t=0 0\r\nm=audio {port} RTP/AVP 0 8 18 101 111\r\nc=IN IP4 {ip}\r\na=fmtp:18 annexb=no\r\n" \
    + EVENT + "a=rtpmap:111 X-nt-inforeq/8000\r\na=ptime:20\r\na=sendrecv\r\n"
HEX = ("Content-Type: application/x-nt-mcdn-frag-hex;version=ssLinux-6.00.20;base=x2611\r\n"
       "Content-Disposition: signal;handling=optional\r\n\r\n0500c001\r\n010713008090000000a300\r\n")
SDP = "application/sdp"
MIXED = "multipart/mixed;boundary=unique-boundary-1"


def mixed(*parts, boundary="unique-boundary-1", end="--", before="", after="\r\n"):
    return before + "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}{end}{after}"


PART = f"Content-Type: {SDP}\r\n\r\n" + NORTEL
BODIES = {
    # Content-Type, body
    "c= of the stream only": (SDP, NORTEL),
    "c= of the stream wins": (SDP, PLAIN.replace("c=IN IP4 {ip}", "c=IN IP4 0.0.0.0")
                              .replace(AUDIO, AUDIO + "c=IN IP4 {ip}\r\n")),
    "line feeds only": (SDP, PLAIN.replace("\r\n", "\n")),
    "no end of the last line": (SDP, PLAIN.rstrip()),
    "a blank line at the end": (SDP, PLAIN + "\r\n"),
    "no subject line": (SDP, PLAIN.replace("s=-\r\n", "")),
    "an empty subject": (SDP, PLAIN.replace("s=-", "s= ")),
    "names in lower case": (SDP, PLAIN + "a=rtpmap:0 pcmu/8000\r\na=rtpmap:8 pcma/8000/1\r\n"),
    "a type with parameters": ("Application/SDP; charset=UTF-8", PLAIN),
    "best effort SRTP": (SDP, NORTEL.replace("a=fmtp:18", (
        "a=tcap:1 RTP/SAVP\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
        "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk|2^31\r\na=pcfg:1 t=1\r\na=fmtp:18"))),
    "Session Manager": (SDP, PLAIN.replace("t=0 0", "b=TIAS:64000\r\nb=AS:64\r\nt=0 0\r\na=avf:avc=n prio=n\r\n"
                                           "a=csup:avf-v0") + "a=ptime:60\r\na=maxptime:60\r\n"),
    "ICE and rtcp-mux": (SDP, PLAIN + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=rtcp-mux\r\n"
                         "a=candidate:1 1 UDP 2130706431 {ip} {port} typ host\r\na=rtcp:9 IN IP4 {ip}\r\n"),
    "many codecs": (SDP, PLAIN.replace("RTP/AVP 0 8 101", "RTP/AVP 18 4 9 96 97 98 8 0 101 13 19") +
                    "a=rtpmap:96 AMR-WB/16000\r\na=rtpmap:97 iLBC/8000\r\na=rtpmap:98 opus/48000/2\r\n"),
    "video and an image besides": (SDP, PLAIN + "m=video 40002 RTP/AVP 34\r\nm=image 40004 udptl t38\r\n"),
    "RTP and SRTP to choose from": (SDP, PLAIN.replace("{port}", "40006") + "m=audio {port} RTP/SAVP 0\r\n"
                                   "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                                   "inline:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk\r\n"),
    "CS1000": (MIXED, mixed(PART, HEX, HEX)),
    "CS1000, no end": (MIXED, mixed(PART, HEX, end="", after="")),
    "CS1000, no end, no boundary": (MIXED, mixed(PART, HEX).rpartition("\r\n--")[0]),
    "the offer is the last part": (MIXED, mixed(HEX, HEX, PART)),
    "the offer is the last part, no end": (MIXED, mixed(HEX, PART, end="")),
    "words around the parts": (MIXED, mixed(PART, before="words\r\n", after="\r\nmore words\r\n")),
    "IOS with GTD": ("multipart/mixed;boundary=uniqueBoundary", mixed(
        f"Content-Type: {SDP}\r\nContent-Disposition: session;handling=required\r\n\r\n{PLAIN}",
        "Content-Type: application/gtd\r\nContent-Disposition: signal;handling=optional\r\n\r\nIAM,\r\n",
        boundary="uniqueBoundary")),
    "ISUP, which says nothing of itself": (MIXED, mixed(
        "Content-Type: application/ISUP;version=nxv3\r\n\r\n\x01\x11\x00\x0a", PART)),
    "a boundary in quotes": ('multipart/mixed; boundary="un ique:1"', mixed(PART, boundary="un ique:1")),
    "part names in odd case": (MIXED, mixed("CONTENT-type:Application/SDP\r\ncontent-length: 1\r\n\r\n" + PLAIN)),
    "alternatives": ("multipart/alternative;boundary=b", mixed(
        "Content-Type: text/plain\r\n\r\nhello", f"Content-Type: {SDP}\r\n\r\n" + PLAIN, boundary="b")),
}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_offers(um, transport):
    pbx = getattr(um, transport)()
    heard = {}
    for name, (kind, body) in BODIES.items():
        rtp = Rtp(pbx.ip)
        um.closing.append(rtp)
        call = Call(pbx)
        pbx.send(call.request("INVITE", body=body.replace("{ip}", rtp.ip).replace("{port}", str(rtp.port)),
                              content_type=kind))
        answer = call.final("INVITE")
        assert answer.status == 200, (name, answer)
        call.confirm(answer)
        call.ack()
        assert answer.get("Content-Type").lower() == SDP, (name, answer)
        assert media_address(answer)[0] == um.block.door, name
        rtp.to(media_address(answer))
        heard[name] = (call, rtp)
    for name, (call, rtp) in heard.items():
        until(f"the greeting: {name}", 2, lambda r=rtp: r.heard(PCMU) or r.heard(8))
        assert call.bye().status == 200, name


ISUP = "Content-Type: application/ISUP;version=nxv3;base=etsi121\r\n{}\r\n\x01\x11\x00\x0a\r\n"
REQUIRED, OPTIONAL = (f"Content-Disposition: signal;handling={h}\r\n" for h in ("required", "optional"))
# A body that says so itself may be passed over; one that does not must be understood (RFC 3261 8.2.3,
# 20.11): 200 is an INVITE without an offer, which ours answers.
NO_OFFER = {
    # Content-Type, other fields, body, status
    "an unknown type": ("application/x-unknown", "", "abc", 415),
    "an unknown type, required": ("application/x-unknown", REQUIRED, "abc", 415),
    "an unknown type, optional": ("application/x-unknown", OPTIONAL, "abc", 200),
    "SDP in words only": ("text/plain", "", "v=0", 415),
    "SDP that is packed": (SDP, "Content-Encoding: gzip\r\n", "\x1f\x08", 415),
    "the same in compact form": (SDP, "e: gzip\r\n", "\x1f\x08", 415),
    "CS1000, delayed offer": (MIXED, "", mixed(HEX, HEX), 200),
    "CS1000, delayed offer, no end": (MIXED, "", mixed(HEX, HEX, end="", after=""), 200),
    "ISUP alone": ("application/ISUP;version=nxv3", "", "\x01\x11", 415),
    "ISUP alone, optional": ("application/ISUP;version=nxv3", OPTIONAL, "\x01\x11", 200),
    "ISUP in parts": (MIXED, "", mixed(ISUP.format("")), 415),
    "ISUP in parts, optional": (MIXED, "", mixed(ISUP.format(OPTIONAL)), 200),
    "parts, the whole optional": (MIXED, OPTIONAL, mixed(ISUP.format("")), 200),
    "a multipart without a boundary": ("multipart/mixed", "", mixed(PART), 400),
    "nothing but SRTP": (SDP, "", PLAIN.replace("RTP/AVP", "RTP/SAVP"), 488),
    "no audio": (SDP, "", PLAIN.replace("m=audio", "m=video"), 488),
    "half a description": (SDP, "", PLAIN[:30], 488),
}


def test_bodies_without_an_offer(um):
    pbx = um.udp()
    for name, (kind, fields, body, status) in NO_OFFER.items():
        call = Call(pbx)
        body = body.replace("{ip}", pbx.ip).replace("{port}", "40000")
        pbx.send(call.request("INVITE", body=body, content_type=kind, fields=fields))
        answer = call.final("INVITE")
        assert answer.status == status, (name, answer)
        if answer.status == 200:  # ours must be there then
            assert sdp_value(answer.body.decode(), "m=audio "), (name, answer)
            call.confirm(answer)
            call.ack(body=sdp(pbx.ip, 40000))
            assert call.bye().status == 200
        else:
            if status == 415:
                assert len(answer.all("Accept")) == 1 and SDP in answer.get("Accept"), (name, answer)
                assert answer.get("Accept-Encoding") == "identity", (name, answer)
            call.ack_failure(answer)
    assert Call(pbx).open().bye().status == 200


def test_a_change_of_another_kind(um):
    """A re-INVITE and an UPDATE whose body is no SDP are refused, and the call goes on as it was."""
    pbx = um.udp()
    call = Call(pbx).open()
    for method in "INVITE", "UPDATE":
        call.cseq += 1
        pbx.send(call.request(method, body="abc", content_type="application/x-unknown"))
        answer = call.final(method)
        assert answer.status == 415 and SDP in answer.get("Accept"), answer
        if method == "INVITE":
            call.ack_failure(answer)
    assert call.reinvite().status == 200
    assert call.bye().status == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_14_kilobytes(um, transport):
    pbx = getattr(um, transport)()
    call = Call(pbx)
    fields = "".join(f"X-Part-{i}: {'0123456789' * 14}\r\n" for i in range(90))
    text = call.request("INVITE", body=call.offer(), fields=fields)
    assert 13_500 < len(text) < 16_000, len(text)
    pbx.send(text)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    call.confirm(answer)
    call.ack()
    assert call.reinvite(fields=fields).status == 200
    assert call.bye(fields=fields).status == 200


@pytest.mark.parametrize("samples", [80, 240, 480])
def test_packets_of_other_lengths(um, samples):
    """10, 30 and 60 ms of sound in a packet: what was said is what is recorded."""
    caller = Caller(um, um.udp())
    caller.call.offer = lambda **_: sdp(caller.rtp.ip, caller.rtp.port).replace(
        "a=ptime:20", f"a=ptime:{samples // 8}")
    caller.dial().listen_to_the_greeting()
    said = speech(PCMU, 1.8)
    caller.rtp.play(said, PCMU, samples=samples)
    caller.rtp.silence(0.3)
    caller.hang_up()
    recorded = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(recorded, decode(PCMU, said)) > 0.95


def test_session_manager_with_sound(um):
    """60 ms in a packet and 120 for the keys: the greeting comes, the message is whole, # ends it."""
    caller = Caller(um, um.tcp())
    caller.call.offer = lambda **_: BODIES["Session Manager"][1].replace("101", "120") \
        .replace("{ip}", caller.rtp.ip).replace("{port}", str(caller.rtp.port))
    caller.dial().listen_to_the_greeting()
    assert caller.rtp.heard(PCMU) and "telephone-event" in caller.call.ok.body.decode()
    said = speech(PCMU, 1.8)
    caller.rtp.play(said, PCMU, samples=480)
    caller.rtp.digit("5", payload_type=120)
    caller.rtp.digit("#", payload_type=120)
    caller.call.hung_up(3)
    recorded = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(recorded, decode(PCMU, said)) > 0.95
