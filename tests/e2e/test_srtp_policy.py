"""trunk.srtp, each setting against each kind of offer and answer (RFC 4568), and what an answer says.
The sound of it: test_srtp_sound.py and test_srtp_clients.py."""

import pytest

from harness.rtp import PCMU, decode, read_wav, share_found, speech
from harness.sip import Call, media_address, sdp, sdp_value
from harness.srtp import Crypto, SecureCaller, secure
from harness.voice import Caller


@pytest.fixture(params=["never", "optional", "required"])
def demand(request):
    return request.param


def with_srtp(make, demand, **sections):
    return make({"trunk proxied": {"srtp": demand}, **sections}).start()


def is_secure(answer):
    text = answer.body.decode()
    taken = " RTP/SAVP " in f"{sdp_value(text, 'm=audio ')} "
    assert taken == ("a=crypto:" in text), text
    return taken


BESIDE = "m=audio 40010 RTP/AVP 0\r\n"
CAPABLE = "a=tcap:1 RTP/SAVP\r\na=pcfg:1 t=1\r\n"  # RFC 5939, as a CS1000 offers it
OFFERS = {  # what is offered: never, optional, required; "-": 488
    "plain": (lambda b: b, "plain plain -"),
    "secure": (lambda b: secure(b, Crypto()), "- secure secure"),
    "secure with feedback": (lambda b: secure(b, Crypto()).replace("/SAVP", "/SAVPF"),
                             "- feedback feedback"),
    "a suite nobody has": (lambda b: secure(b, Crypto()).replace("AES_CM", "F8"), "- - -"),
    "that one first": (lambda b: secure(b) + Crypto().line().replace("AES_CM", "F8")
                       + Crypto(tag=2).line(), "- secure secure"),
    "one that changes what is sent": (lambda b: secure(b, Crypto(), more=" UNENCRYPTED_SRTP"),
                                      "- - -"),
    "reports in the clear": (lambda b: secure(b, Crypto(), more=" UNENCRYPTED_SRTCP"), "- secure secure"),
    "a parameter that may be ignored": (lambda b: secure(b, Crypto(), more=" -NEW=1"),
                                        "- secure secure"),
    "best effort by capabilities": (lambda b: b + CAPABLE + Crypto().line(), "plain plain -"),
    "best effort by a line": (lambda b: b + Crypto().line(), "plain plain -"),
    "best effort by two streams": (lambda b: secure(b, Crypto()) + BESIDE, "second secure secure"),
    "keys by DTLS": (lambda b: b.replace("RTP/AVP", "UDP/TLS/RTP/SAVP"), "- - -"),
}


def test_offers(make, demand):
    um = with_srtp(make, demand)
    pbx = um.udp()
    column = ["never", "optional", "required"].index(demand)
    for what, (change, row) in OFFERS.items():
        call = Call(pbx)
        answer = call.invite(body=change(call.offer()))
        want = row.split()[column]
        if want == "-":
            assert answer.status == 488, f"{what}: {answer}"
            call.ack_failure(answer)
            continue
        assert answer.status == 200, f"{what}: {answer}"
        lines = [l for l in answer.body.decode().splitlines() if l.startswith("m=audio ")]
        chosen = [l for l in lines if l.split()[1] != "0"]
        assert len(chosen) == 1 and len(answer.body.decode().split("a=crypto:")) <= 2
        transport = {"feedback": "RTP/SAVPF", "secure": "RTP/SAVP"}.get(want, "RTP/AVP")
        assert chosen[0].split()[2] == transport, f"{what}: {answer}"
        assert ("a=crypto:" in answer.body.decode()) == ("SAVP" in transport), what
        assert "tcap" not in answer.body.decode() and "acfg" not in answer.body.decode()
        if want == "second":
            assert lines.index(chosen[0]) == 1
        call.ack()
        assert call.bye().status == 200


def test_the_reason_is_logged(make):
    um = with_srtp(make, "required")
    call = Call(um.udp())
    call.ack_failure(call.invite())
    um.wait_log("refused with 488: SRTP is required")


def test_the_answer_says_the_tag_of_the_first_line_it_can_use(make):
    um = with_srtp(make, "optional")
    for suite in ("AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80"):
        call = Call(um.udp())
        answer = call.invite(body=secure(call.offer(), Crypto(suite, 77), Crypto(tag=78)))
        said = Crypto.all_of(answer.body.decode())
        assert [(c.tag, c.suite) for c in said] == [(77, suite)]
        call.ack()
        call.bye()


def test_cucm_fallback_is_plain(make):
    um = with_srtp(make, "optional")
    call = Call(um.udp())
    answer = call.invite(fields="Supported: X-cisco-srtp-fallback,X-cisco-original-called\r\n")
    assert answer.status == 200 and not is_secure(answer)
    call.ack()
    call.bye()


# ---- our own offers


def delayed(um, demand):
    """An INVITE without an offer; gives the call and what we offered."""
    caller = SecureCaller(um, um.tcp())
    answer = caller.call.invite(body="")
    assert answer.status == 200, answer
    offered = Crypto.all_of(answer.body.decode())
    assert is_secure(answer) == (demand == "required")
    assert len({c.secret for c in offered}) == len(offered) == (2 if demand == "required" else 0)
    return caller, answer


def test_delayed_offer_answered_in_kind(make, demand):
    um = with_srtp(make, demand)
    caller, answer = delayed(um, demand)
    body = sdp(caller.rtp.ip, caller.rtp.port)
    if demand == "required":  # the second of the two lines
        caller.crypto = Crypto("AES_CM_128_HMAC_SHA1_32", tag=2)
        caller.agree(answer)
        body = secure(body, caller.crypto)
    caller.call.ack(body=body)
    caller.rtp.to(media_address(answer))
    caller.listen_to_the_greeting()
    said = speech(PCMU, 2.0)
    caller.rtp.play(said)
    caller.rtp.silence(0.3)
    caller.hang_up()
    assert caller.wire.forged == 0
    assert caller.rtp.heard(PCMU), "no greeting"
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(PCMU, said)) > 0.9


@pytest.mark.parametrize("how", ["other transport", "other tag", "other suite"])
def test_delayed_offer_answered_otherwise(make, demand, how):
    """The call ends, as with any other answer that does not fit."""
    um = with_srtp(make, demand)
    caller, _ = delayed(um, demand)
    body = sdp(caller.rtp.ip, caller.rtp.port)
    if demand != "required":
        body = secure(body, Crypto())
    elif how == "other tag":
        body = secure(body, Crypto(tag=3))
    elif how == "other suite":
        body = secure(body, Crypto("AES_CM_128_HMAC_SHA1_32", tag=1))
    caller.call.ack(body=body)
    caller.call.hung_up(5)
    um.wait_log("the ACK has no usable answer to our offer")


def test_offer_within_a_call_is_as_the_call_is(make):
    """A re-INVITE without an offer: RTP/SAVP with the key that is in use, though it may be plain."""
    um = with_srtp(make, "optional")
    caller = SecureCaller(um, um.udp()).dial()
    caller.call.cseq += 1
    caller.call.ep.send(caller.call.request("INVITE"))
    answer = caller.call.final("INVITE")
    assert [c.secret for c in Crypto.all_of(answer.body.decode())] == [
        caller.wire.into.crypto.secret]
    caller.call.ack(body=caller.offer())
    caller.listen_to_the_greeting()
    caller.hang_up()
    plain = Caller(um, um.udp()).dial()
    plain.call.cseq += 1
    plain.call.ep.send(plain.call.request("INVITE"))
    answer = plain.call.final("INVITE")
    assert not is_secure(answer)
    plain.call.ack(body=plain.call.offer(version=2))
    plain.hang_up()


# ---- changes within a call


def test_a_required_call_stays_secure(make):
    """A re-INVITE to plain RTP is refused, and the call goes on as it was."""
    um = with_srtp(make, "required")
    caller = SecureCaller(um, um.udp()).dial()
    answer = caller.call.reinvite(body=sdp(caller.rtp.ip, caller.rtp.port, version=2))
    assert answer.status == 488, answer
    caller.call.ack_failure(answer)
    caller.listen_to_the_greeting()
    said = speech(PCMU, 1.5)
    caller.rtp.play(said)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(PCMU, said)) > 0.9


def test_an_optional_call_may_become_plain_and_secure_again(make):
    um = with_srtp(make, "optional")
    caller = SecureCaller(um, um.udp()).dial().listen_to_the_greeting()
    parts = [speech(PCMU, 1.0, seed) for seed in (1, 2, 3)]
    caller.rtp.play(parts[0])
    first = caller.wire.into.crypto.secret
    answer = caller.call.reinvite(body=sdp(caller.rtp.ip, caller.rtp.port, version=2))
    assert answer.status == 200 and not is_secure(answer), answer
    caller.wire.out = caller.wire.into = None
    caller.rtp.play(parts[1])
    again = Crypto()
    answer = caller.call.reinvite(body=caller.offer(again, version=3))
    caller.agree(answer, again)
    assert caller.wire.into.crypto.secret != first, "a key that has been in use comes back"
    caller.rtp.play(parts[2])
    caller.rtp.silence(0.3)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    for part in parts:
        assert share_found(samples, decode(PCMU, part)) > 0.9
    assert um.metrics()["um_srtp_refused_packets_total"] == 0
