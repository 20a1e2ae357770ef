"""A caller who presses 0 is sent on to the operator by REFER, if his PBX can; if not, or if nobody answers
there, he stays where he was and nothing of his message is lost."""

import re

import pytest

from harness.evertrunk import SLOW
from harness.rtp import read_wav, share_found, decode, speech
from harness.sip import between
from harness.voice import Caller
from harness.wait import until

ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY\r\n"
OPERATOR = {"call": {"operator": "700"}}


def ends(um, cause):
    until(f"ended: {cause}", 5,
          lambda: um.metrics()[f'um_calls_ended_total{{cause="{cause}"}}'] == 1)


@pytest.fixture
def operated(make):
    """An Evertrunk with an operator; changes to the trunk."""
    def one(**trunk):
        return make({**OPERATOR, "trunk proxied": trunk}).start()
    return one


def dial(um, ep, fields=ALLOW, **call):
    return Caller(um, ep, **call).dial(fields=fields)


def referred(caller, seconds=5):
    """The REFER, not answered yet."""
    return caller.call.ep.recv(seconds, lambda m: m.method == "REFER" and not m.status, "a REFER")


def notify(caller, status, state="active;expires=60", event="refer", more=""):
    """A NOTIFY of the call's dialog; gives the answer."""
    call = caller.call
    call.cseq += 1
    body = f"SIP/2.0 {status}\r\n" if status else ""
    call.ep.send(call.request("NOTIFY", body=body, content_type="message/sipfrag;version=2.0",
                              fields=f"Event: {event}\r\nSubscription-State: {state}\r\n{more}"))
    return call.final("NOTIFY")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_accepted(operated, transport):
    """REFER in the dialog, NOTIFY 200, and we hang up."""
    um = operated()
    caller = dial(um, getattr(um, transport)())
    caller.rtp.digit("0")
    refer = referred(caller)
    assert refer.get("Call-ID") == caller.call.call_id
    assert refer.tag("To") == caller.call.from_tag
    assert refer.get("From") == caller.call.to
    assert refer.get("Refer-To") == f"<sip:700@{um.block.proxied}>"
    assert between(refer.get("Referred-By")) == "sip:3500@um.example.com"
    assert between(refer.get("Contact")) == between(caller.call.ok.get("Contact"))
    caller.call.ep.answer(refer, "202 Accepted")
    assert notify(caller, "100 Trying").status == 200
    assert notify(caller, "200 OK", "terminated;reason=noresource").status == 200
    caller.call.hung_up(5)
    ends(um, "transferred")
    assert not um.calls()
    assert re.search(r"ended: transferred after", um.log)


@pytest.mark.parametrize("number, written", [("+493012340", "+493012340"), ("*0", "*0"), ("9#0", "9%230")])
def test_numbers_that_are_not_just_digits(make, number, written):
    """A global number goes without the context of the local ones."""
    um = make({"call": {"operator": number}}).start()
    context = "" if number[0] == "+" else ";phone-context=cdp.udp"
    caller = dial(um, um.udp(), uri="sip:3500;phone-context=cdp.udp@um.example.com;user=phone")
    caller.rtp.digit("0")
    refer = referred(caller)
    assert refer.get("Refer-To") == f"<sip:{written}{context}@{um.block.proxied};user=phone>"
    caller.call.ep.answer(refer, "202 Accepted")
    assert caller.call.bye().status == 200


def test_accepted_and_hung_up_by_the_pbx(operated):
    """It has taken the call over and says BYE itself, without a word about how it went."""
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    assert notify(caller, "180 Ringing").status == 200
    assert caller.call.bye().status == 200
    ends(um, "transferred")
    caller.call.ep.silent(0.5, lambda m: not m.status)  # neither BYE nor SUBSCRIBE


def test_the_message_so_far_is_kept(operated):
    um = operated()
    caller = dial(um, um.udp()).listen_to_the_greeting()
    said = speech(0, 2.0)
    caller.rtp.play(said)
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    caller.rtp.play(speech(0, 1.0, seed=7))  # music on hold, say
    notify(caller, "200 OK", "terminated;reason=noresource")
    caller.call.hung_up(5)
    found = um.wait_recordings()[0]
    rate, _bits, _channels, samples = read_wav(found["wav"])
    assert share_found(samples, decode(0, said)) > 0.9
    assert share_found(samples, decode(0, speech(0, 1.0, seed=7))) < 0.2
    assert len(samples) / 2 / rate < 2.4 + 0.5 * SLOW


def test_during_the_greeting_nothing_is_recorded(operated):
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    heard = len(caller.rtp.heard())
    caller.rtp.play(speech(0, 1.5))
    assert len(caller.rtp.heard()) - heard < 15, "the greeting went on"
    notify(caller, "200 OK", "terminated")
    caller.call.hung_up(5)
    ends(um, "transferred")
    assert um.recordings() == []


REFUSALS = [("603 Decline", None), ("405 Method Not Allowed", None), ("401 Unauthorized", None),
            ("202 Accepted", "486 Busy Here"), ("202 Accepted", "503 Service Unavailable"),
            ("200 OK", "603 Decline")]


@pytest.mark.parametrize("answer, fragment", REFUSALS)
def test_refused_and_the_message_goes_on(operated, answer, fragment):
    """Pressed in the middle of a message: it is one message afterwards."""
    um = operated()
    caller = dial(um, um.udp()).listen_to_the_greeting()
    one, two = speech(0, 1.2, seed=1), speech(0, 1.2, seed=2)
    caller.rtp.play(one)
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), answer)
    if fragment:
        assert notify(caller, "100 Trying").status == 200
        assert notify(caller, fragment, "terminated;reason=noresource").status == 200
    um.wait_log(f"not transferred to 700: {(fragment or answer).split()[0]}")
    caller.rtp.play(two)
    caller.rtp.silence(0.2)
    assert um.calls(), "the call has gone"
    caller.hang_up()
    ends(um, "hangup")
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(0, one)) > 0.9
    assert share_found(samples, decode(0, two)) > 0.9
    assert len(um.recordings()) == 1


# (header fields, body) of NOTIFYs that say the operator has answered
FORMS = {
    "whole answer": ("Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
                     "Content-Type: message/sipfrag;version=2.0\r\n",
                     "SIP/2.0 200 OK\r\nContact: <sip:700@x>\r\nContent-Length: 0\r\n\r\n"),
    "no line end": ("Event: refer\r\nSubscription-State: terminated\r\n"
                    "Content-Type: message/sipfrag\r\n", "SIP/2.0 200 OK"),
    "no type": ("Event: refer\r\nSubscription-State: terminated\r\n", "SIP/2.0 200 OK\r\n"),
    "no reason phrase": ("Event: refer\r\nSubscription-State: active\r\n"
                         "Content-Type: message/sipfrag\r\n", "SIP/2.0 202\r\n"),
    "compact names": ("o: refer\r\nSubscription-State:  Terminated ;reason=noresource\r\n"
                      "c: Message/Sipfrag\r\n", "sip/2.0 200 OK\r\n"),
    "RFC 3265 draft": ("Event: refer\r\nExpires: 0\r\nContent-Type: message/sipfrag\r\n",
                       "SIP/2.0 200 OK\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_notify(operated, form):
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    call = caller.call
    call.ep.answer(referred(caller), "202 Accepted")
    fields, body = FORMS[form]
    call.cseq += 1
    text = call.request("NOTIFY", fields=fields)
    call.ep.send(text.replace("Content-Length: 0\r\n", f"Content-Length: {len(body)}\r\n") + body)
    assert call.final("NOTIFY").status == 200
    call.hung_up(5)
    ends(um, "transferred")


@pytest.mark.parametrize("body", ["", "SIP/2.0 abc\r\n", "SIP/2.0 99999999999\r\n", "\r\n" * 50,
                                  "X" * 5000, "SIP/2.0\r\n", "\0\0\0", "SIP/2.0 100 Trying\r\n"])
def test_notify_that_says_nothing(operated, body):
    """It is answered, and the caller waits on; the PBX's BYE still is the end of the transfer."""
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    call = caller.call
    call.ep.answer(referred(caller), "202 Accepted")
    call.cseq += 1
    call.ep.send(call.request("NOTIFY", body=body, content_type="message/sipfrag",
                              fields="Event: refer\r\nSubscription-State: terminated\r\n"))
    assert call.final("NOTIFY").status == 200
    call.ep.silent(0.3, lambda m: not m.status)
    assert call.bye().status == 200
    ends(um, "transferred")


def test_refused_twice_then_accepted(operated):
    """0 may be pressed again; a late NOTIFY about the first REFER is not about the second."""
    um = operated()
    caller = dial(um, um.udp())
    ids = []
    for answer in ("603 Decline", "202 Accepted", "202 Accepted"):
        caller.rtp.digit("0")
        refer = referred(caller)
        ids.append(refer.get("CSeq").split()[0])
        caller.call.ep.answer(refer, answer)
        if answer == "202 Accepted" and len(ids) == 2:
            assert notify(caller, "480 Temporarily Unavailable", "active").status == 200
            until("the caller stays twice", 5, lambda: um.log.count("the caller stays") == 2)
    assert len(set(ids)) == 3
    late = notify(caller, "200 OK", "active", event=f"refer;id={ids[1]}")
    assert late.status == 200
    caller.call.ep.silent(0.5, lambda m: m.method == "BYE" and not m.status)
    notify(caller, "200 OK", "terminated", event=f"refer;id={ids[2]}")
    caller.call.hung_up(5)
    ends(um, "transferred")
    until("he is counted once", 5, lambda: um.metrics()['um_escapes_total{key="0"}'] == 1)


def test_the_greeting_goes_on_after_a_refusal(operated):
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    refer = referred(caller)
    until("the greeting stands still", 2, lambda: not moved(caller, 0.2))
    caller.call.ep.answer(refer, "403 Forbidden")
    until("the greeting goes on", 2, lambda: moved(caller, 0.2))
    caller.hang_up()


def moved(caller, seconds):
    before = len(caller.rtp.heard())
    caller.rtp.silence(seconds)
    return len(caller.rtp.heard()) - before > seconds * 25


def test_held_while_it_is_transferred(operated):
    """A PBX holds the caller first; when the transfer fails and it takes him back, he is heard again."""
    um = operated()
    caller = dial(um, um.udp()).listen_to_the_greeting()
    caller.rtp.play(speech(0, 1.2))
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    held = caller.call.reinvite(body=caller.call.offer(direction="sendonly", version=2))
    assert held.status == 200 and "a=recvonly" in held.body.decode()
    notify(caller, "486 Busy Here", "terminated;reason=noresource")
    um.wait_log("not transferred to 700: 486")
    assert caller.call.reinvite(body=caller.call.offer(version=3)).status == 200
    two = speech(0, 1.2, seed=2)
    caller.rtp.play(two)
    caller.rtp.silence(0.2)
    caller.hang_up()
    samples = read_wav(um.wait_recordings()[0]["wav"])[3]
    assert share_found(samples, decode(0, two)) > 0.9


def test_no_final_word(operated):
    """20 s after the REFER the caller has waited long enough, and the call is his again."""
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    notify(caller, "180 Ringing")
    caller.rtp.silence(21)
    um.wait_log("not transferred to 700: 408 no answer within 20 s")
    assert um.calls()
    caller.hang_up()
    ends(um, "hangup")


def test_caller_hangs_up_before_the_refer_is_answered(operated):
    um = operated()
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    refer = referred(caller)
    assert caller.call.bye().status == 200
    caller.call.ep.answer(refer, "481 Call/Transaction Does Not Exist")
    ends(um, "hangup")
    until("gone", 5, lambda: not um.calls())


def test_info_digit(operated):
    """0 by SIP INFO is a 0 as well."""
    um = operated()
    caller = dial(um, um.udp())
    call = caller.call
    call.cseq += 1
    call.ep.send(call.request("INFO", body="Signal=0\r\nDuration=160\r\n",
                              content_type="application/dtmf-relay"))
    assert call.final("INFO").status == 200
    referred(caller)
    assert call.bye().status == 200


@pytest.mark.parametrize("trunk, fields, why", [
    ({}, "Allow: INVITE, ACK, BYE, CANCEL\r\n", "its PBX does not allow REFER"),
    ({}, "", "its PBX does not allow REFER"),
    ({"refer": "no"}, ALLOW, "its trunk has refer = no"),
])
def test_not_asked(operated, trunk, fields, why):
    """No REFER at all: he stays, the log says once why, and # still ends the message."""
    um = operated(**trunk)
    caller = dial(um, um.udp(), fields).listen_to_the_greeting()
    one = speech(0, 1.2)
    caller.rtp.play(one)
    for _ in range(3):
        caller.rtp.digit("0")
        caller.rtp.silence(0.1)
    caller.rtp.digit("#")
    caller.call.hung_up(5)
    ends(um, "key")
    assert um.log.count("not transferred to 700") == 1 and why in um.log
    assert share_found(read_wav(um.wait_recordings()[0]["wav"])[3], decode(0, one)) > 0.9


def test_refer_yes_asks_without_an_allow(operated):
    um = operated(refer="yes")
    caller = dial(um, um.udp(), "")
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    notify(caller, "200 OK", "terminated")
    caller.call.hung_up(5)
    ends(um, "transferred")


def test_without_an_operator_0_is_nothing(um):
    caller = dial(um, um.udp())
    caller.rtp.digit("0")
    caller.call.ep.silent(0.5, lambda m: m.method == "REFER")
    caller.hang_up()


@pytest.mark.parametrize("trunk, uri, target", [
    ({"refer_host": "transfer.example", "domain": "pbx.example"}, None, "sip:700@transfer.example"),
    ({"domain": "pbx.example"}, None, "sip:700@pbx.example"),
    ({"address": "127.0.0.9:5070"}, None, "sip:700@127.0.0.9:5070"),
    ({"address": "127.0.0.9:5060", "profile": "cucm"}, None, "sip:700@127.0.0.9"),
    ({"domain": "um.example.com", "profile": "cs1000"},
     "sip:3500;phone-context=cdp.udp@um.example.com;maddr=192.0.2.10;transport=udp;user=phone",
     "sip:700;phone-context=cdp.udp@um.example.com;user=phone"),
])
def test_refer_to(operated, trunk, uri, target):
    um = operated(**trunk)
    caller = dial(um, um.udp(), **({"uri": uri} if uri else {}))
    caller.rtp.digit("0")
    refer = referred(caller)
    assert between(refer.get("Refer-To")) == target
    caller.call.ep.answer(refer, "202 Accepted")
    notify(caller, "200 OK", "terminated")
    caller.call.hung_up(5)


def test_stray_notify(operated):
    """One that no REFER of ours has asked for: 481 in a call and out of one, and the call goes on."""
    um = operated()
    caller = dial(um, um.udp())
    assert notify(caller, "200 OK").status == 481
    assert notify(caller, "", event="message-summary").status == 481
    assert um.calls()
    caller.hang_up()
    ends(um, "hangup")


def test_transferred_across_a_recycle(operated):
    """REFER and NOTIFYs of a call that the old worker has still to finish."""
    um = operated().wait_standby()
    caller = dial(um, um.tcp()).listen_to_the_greeting()
    um.recycle()
    caller.rtp.digit("0")
    caller.call.ep.answer(referred(caller), "202 Accepted")
    assert notify(caller, "200 OK", "terminated").status == 200
    caller.call.hung_up(5)
    ends(um, "transferred")
    until("the old one has left", 10, lambda: not um.slot("draining"))
