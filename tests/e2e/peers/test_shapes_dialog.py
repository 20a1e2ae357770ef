"""Requests around a call as PBXs send them, at moments and in forms that are theirs: early UPDATE, required
reliable provisionals, refreshes, digits in INFO, subscriptions, re-INVITEs that cross or lack an offer."""

import pytest

from harness.rtp import PCMU, speech
from harness.sip import Call, media_address, sdp, sdp_value
from harness.voice import Caller
from harness.wait import until


@pytest.fixture(params=["udp", "tcp"])
def pbx(um, request):
    return getattr(um, request.param)()


def ask(call, method, fields="", body="", content_type="application/sdp", **how):
    call.cseq += 1
    call.ep.send(call.request(method, body=body, fields=fields, content_type=content_type, **how))
    return call.final(method)


def test_update_before_the_200(pbx):
    """Right behind its INVITE, before any To tag is known: there is no dialog yet, or it is that one by now;
    the INVITE has its own answer, and the call lives."""
    call = Call(pbx)
    invite = call.request("INVITE", body=call.offer(), fields="Supported: 100rel\r\n")
    branch = call.branch
    update = call.request("UPDATE", body=call.offer(version=2), cseq=2)
    pbx.send(invite)
    pbx.send(update)
    early = call.final("UPDATE")
    assert early.status in (200, 481, 491, 500), early
    assert early.status != 500 or early.get("Retry-After"), early
    assert early.status != 200 or "m=audio" in early.body.decode(), early
    answer = call.final("INVITE")
    assert answer.status == 200 and f"branch={branch}" in answer.get("Via"), answer
    call.confirm(answer)
    call.cseq = 1
    call.ack()
    call.cseq = 2
    assert ask(call, "UPDATE", body=call.offer(version=3)).status == 200
    assert call.bye().status == 200


def test_update_before_the_ack(pbx):
    """The dialog is there, its ACK is on the way: an answer with a description, or 491 (RFC 3311 5.2)."""
    call = Call(pbx)
    assert call.invite().status == 200
    update = ask(call, "UPDATE", body=call.offer(version=2))
    assert update.status in (200, 491), update
    assert update.status != 200 or "m=audio" in update.body.decode(), update
    call.cseq = 1
    call.ack()
    call.cseq = 2
    assert call.reinvite().status == 200
    assert call.bye().status == 200


@pytest.mark.parametrize("offer", ["offer", "no offer"])
def test_required_reliable_provisionals(pbx, offer):
    """Never 420.  Whatever comes before the 200 and needs it has RSeq and is acknowledged with PRACK."""
    call = Call(pbx)
    fields = "Require: 100rel\r\nSupported: 100rel\r\n"
    pbx.send(call.request("INVITE", body=call.offer() if offer == "offer" else "", fields=fields))
    while True:
        answer = pbx.recv(5, call.mine("INVITE", final=False), "an answer")
        if answer.status >= 200:
            break
        if answer.status == 100:
            continue
        assert "100rel" in answer.get("Require") and answer.get("RSeq"), answer
        call.to = answer.get("To")
        prack = ask(call, "PRACK", fields=f"RAck: {answer.get('RSeq')} 1 INVITE\r\n")
        assert prack.status == 200, prack
    assert answer.status == 200, answer
    call.confirm(answer)
    last, call.cseq = call.cseq, 1
    call.ack(body="" if offer == "offer" else call.offer())
    call.cseq = last
    assert call.reinvite(fields=fields).status == 200
    assert call.bye().status == 200


def test_prack_for_nothing(pbx):
    call = Call(pbx).open()
    assert ask(call, "PRACK", fields="RAck: 7 1 INVITE\r\n").status in (200, 481)
    assert call.bye().status == 200


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_session_refresh(pbx, method):
    """Session Manager's: it refreshes, every 1200 s, by one or the other; each 200 names the interval."""
    timer = "Supported: timer\r\nSession-Expires: 1200;refresher=uac\r\nMin-SE: 1200\r\n"
    call = Call(pbx)
    assert call.invite(fields=timer).status == 200
    assert call.ok.get("Session-Expires").replace(" ", "") == "1200;refresher=uac", call.ok
    call.ack()
    for _ in range(3):
        body = call.offer() if method == "INVITE" else ""
        answer = ask(call, method, body=body, fields=timer)
        assert answer.status == 200 and answer.get("Session-Expires").startswith("1200"), answer
        if method == "INVITE":
            call.ack()
            # the same o= line: nothing has changed, and our version stays (RFC 3264 8)
            assert sdp_value(answer.body.decode(), "o=") == sdp_value(call.ok.body.decode(), "o=")
    assert call.bye().status == 200


def test_reinvite_without_an_offer(pbx):
    """We offer in the 200 and take the answer from the ACK: hold in it, resume in the next, by CUCM's way."""
    call = Call(pbx).open()
    for direction in ("inactive", "sendrecv", "sendonly", "sendrecv"):
        call.cseq += 1
        pbx.send(call.request("INVITE"))
        answer = call.final("INVITE")
        assert answer.status == 200, answer
        offered = answer.body.decode()
        assert "m=audio" in offered and "a=inactive" not in offered, answer
        call.ack(body=sdp(pbx.ip, call.media_port, direction=direction, version=call.cseq))
    assert call.bye().status == 200


def test_reinvite_over_an_open_one(um):
    """A second re-INVITE before the first was acknowledged: 491 or 500 (RFC 3261 14.2), then it works."""
    pbx = um.udp()
    call = Call(pbx).open()
    call.cseq = 2
    first = call.request("INVITE", body=call.offer(version=2))
    call.cseq = 3
    second = call.request("INVITE", body=call.offer(version=3))
    pbx.send(first)
    pbx.send(second)
    answers = {}
    while len(answers) < 2:
        m = call.final("INVITE")
        answers[m.get("CSeq").split()[0]] = m
    assert answers["2"].status == 200, answers
    assert answers["3"].status in (200, 491, 500), answers
    if answers["3"].status != 200:
        pbx.send(second.partition("\r\n\r\n")[0].split("Content-Type")[0].replace("INVITE", "ACK")
                 + "Content-Length: 0\r\n\r\n")
    call.cseq = 2
    call.ack()
    call.cseq = 3
    if answers["3"].status == 200:
        call.ack()
    assert call.reinvite().status == 200
    assert call.bye().status == 200


DIGITS = {
    "application/dtmf-relay": "Signal={}\r\nDuration=160\r\n",
    "application/dtmf-relay; charset=us-ascii": "Signal= {} \r\nDuration= 250\r\n",
    "Application/DTMF-Relay": "signal={}\r\n",
    "application/dtmf": "{}",
    "application/dtmf-relay; version=1": "Signal={}\r\nDuration=160\r\n",
    "application/vnd.nortelnetworks.digits": "p=Digit-Collection\r\ny=Digits\r\nd={}\r\n",
}
NUMBERED = {"application/dtmf-relay; version=1"}  # those who count * as 10 and # as 11


@pytest.mark.parametrize("form", DIGITS)
def test_digits_in_info(um, form):
    """A key that ends the recording, in each form of INFO; other keys and other bodies change nothing."""
    caller = Caller(um, um.tcp()).dial()
    call = caller.call
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(PCMU, 1.2))
    for kind, body in ((form, DIGITS[form].format(5)), ("application/x-other", "Signal=#"),
                       ("application/media_control+xml", "<x/>")):
        assert ask(call, "INFO", body=body, content_type=kind).status in (200, 415), (kind, body)
    call.ep.silent(0.2, lambda m: m.method == "BYE")
    pound = "11" if form in NUMBERED else "#"
    assert ask(call, "INFO", body=DIGITS[form].format(pound), content_type=form).status == 200
    call.hung_up(3)
    assert len(um.wait_recordings()) == 1


METHODS = {
    # method: fields, what may be answered; in the dialog and outside
    "OPTIONS": ("Accept: application/sdp\r\n", (200,), (200,)),
    "SUBSCRIBE": ("Event: kpml\r\nExpires: 7200\r\n", (405,), (405,)),
    "NOTIFY": ("Event: telephone-event\r\nSubscription-State: active\r\n", (481, 489, 405), (481, 489, 405)),
    "REFER": ("Refer-To: <sip:2102@um.example.com>\r\n", (405, 501, 603), (405, 481, 501, 603)),
    "MESSAGE": ("", (405, 415, 501), (405, 415, 501)),
    "REGISTER": ("", (405, 501, 403), (405, 501, 403)),
    "PUBLISH": ("Event: presence\r\n", (405, 489, 501), (405, 489, 501)),
    "INFO": ("", (200,), (481,)),
    "UPDATE": ("", (200,), (405, 481)),
    "PRACK": ("RAck: 1 1 INVITE\r\n", (481,), (481,)),
    "BYE": ("", None, (481,)),
    "CANCEL": ("", (200, 481), (481,)),
    "X-PING": ("", (405, 501), (405, 501)),
}


def test_other_methods(pbx):
    """Inside of a call and outside: each is answered in a way that leads nowhere wrong; the call lives on."""
    for method, (fields, inside, outside) in METHODS.items():
        alone = Call(pbx)
        pbx.send(alone.request(method, fields=fields))
        assert alone.final(method).status in outside, method
        if inside is None:
            continue
        call = Call(pbx).open()
        answer = ask(call, method, fields=fields)
        assert answer.status in inside, (method, answer)
        if answer.status in (405, 501) and method != "REGISTER":
            assert answer.status == 501 or "INVITE" in answer.get("Allow"), answer
        assert call.reinvite().status == 200, method
        assert call.bye().status == 200, method


def test_max_forwards_0(pbx):
    """CUCM's OPTIONS has it and wants a 200; in a call it means that somebody counts hops (483)."""
    call = Call(pbx)
    pbx.send(call.request("OPTIONS", max_forwards=0))
    assert call.final("OPTIONS").status == 200
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer(), max_forwards=0))
    answer = call.final("INVITE")
    assert answer.status == 483, answer
    call.ack_failure(answer)


def test_t38_then_the_call_again(um):
    """AudioCodes hears a fax tone: T.38 is declined, G.711 goes on and still carries sound both ways."""
    caller = Caller(um, um.tcp()).dial().listen_to_the_greeting()
    before = len(caller.rtp.heard())
    for offer in ("m=image {} udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n",
                  "m=audio 0 RTP/AVP 0\r\nm=image {} udptl t38\r\n", "m=image {} tcp t38\r\n"):
        body = f"v=0\r\no=- 1 2 IN IP4 {caller.rtp.ip}\r\ns=-\r\nc=IN IP4 {caller.rtp.ip}\r\nt=0 0\r\n"
        answer = caller.call.reinvite(body=body + offer.format(40004))
        assert answer.status == 488, answer
        caller.call.ack_failure(answer)
    answer = caller.call.reinvite(body=caller.call.offer(version=5))
    assert answer.status == 200
    caller.rtp.to(media_address(answer)).play(speech(PCMU, 1.5))
    caller.rtp.silence(0.3)
    assert len(caller.rtp.heard()) > before, "nothing comes after the refused T.38"
    caller.hang_up()
    until("the recording", 5, um.recordings)
