"""What a trunk's section says about its calls reaches the worker that has them: which header names the
mailbox, and the address that a PBX behind a NAT is told."""

import pytest

from harness.rtp import speech
from harness.sip import Call, between, media_address, sdp_value
from harness.voice import Caller
from harness.wait import until

HISTORY = ("History-Info: <sip:1001@x?Reason=SIP%3Bcause%3D486>;index=1\r\n"
           "History-info: <sip:1002@x?Reason=SIP%3Bcause%3D408>;index=1.1, <sip:3500@x>;index=1.2\r\n")
DIVERSION = ("Diversion: <sip:2003@x>;reason=no-answer, <sip:2002@x>;reason=user-busy\r\n"
             "Diversion: \"One, First\" <sip:2001@x>;reason=unconditional\r\n")
OTHERS = "x-nt-ocn-id: <sip:4001;phone-context=cdp.udp@x>\r\n"
TARGET = "sip:3500@um.example.com;target=sip:5001%40x;cause=486"


def called(um, ep, **how):
    """Whom a call is for, as the worker read it."""
    call = Call(ep, **{k: how.pop(k) for k in ("uri",) if k in how}).open(**how)
    found = until("the call is shown", 5, lambda: um.calls() and um.calls()[0]["called"])
    call.bye()
    until("it is over", 5, lambda: not um.calls())
    return found


@pytest.mark.parametrize("keys, mailbox", [
    ({}, "2001"),
    ({"diverting": "last"}, "2003"),
    ({"diversion": "history-info diversion"}, "1001"),
    ({"diversion": "history-info diversion", "diverting": "last"}, "1002"),
    ({"diversion": "x-nt-ocn-id"}, "4001"),
    ({"diversion": "target diversion"}, "5001"),
    ({"profile": "avaya"}, "1001"),
    ({"profile": "avaya", "diversion": "diversion"}, "2001"),
])
def test_which_header_and_which_end_of_it(make, keys, mailbox):
    um = make({"trunk proxied": keys}).start()
    assert called(um, um.udp(), uri=TARGET, fields=DIVERSION + HISTORY + OTHERS) == mailbox


def test_the_recording_is_for_the_end_that_the_trunk_wants(make):
    um = make({"trunk proxied": {"diverting": "last"},
               "trunk other": {"source": "127.0.0.0/8", "mode": "proxy"}}).start()
    for ep, mailbox in ((um.udp(), "2003"), (um.udp(um.block.stranger), "2001")):
        before = len(um.recordings())
        caller = Caller(um, ep).dial(fields=DIVERSION).listen_to_the_greeting()
        caller.rtp.play(speech(0, 1.5))
        caller.hang_up()
        found = um.wait_recordings(before + 1)
        assert mailbox in [f["RecipientName"] for f in found]
        assert all(f["CallAnswering"] == "True" for f in found)


def test_a_reload_reaches_the_next_worker(make):
    um = make().start().wait_standby()
    assert called(um, um.udp(), fields=DIVERSION) == "2001"
    um.configure({"trunk proxied": {"diverting": "last"}})
    before = um.active()
    assert um.ctl("reload").status == 0
    um.wait_successor(before, 20)
    assert called(um, um.udp(), fields=DIVERSION) == "2003"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_external_address(make, transport):
    """Contact and SDP say it, of the trunk that wants it only; the call works in spite of it."""
    um = make({"trunk proxied": {"external_address": "203.0.113.7"},
               "trunk other": {"source": "127.0.0.0/8", "mode": "proxy"}}).start()
    open_ = getattr(um, transport)
    call = Call(open_()).open()
    assert "@203.0.113.7:5060" in between(call.ok.get("Contact"))
    assert media_address(call.ok)[0] == "203.0.113.7"
    assert sdp_value(call.ok.body.decode(), "o=").endswith("IN IP4 203.0.113.7")
    again = call.reinvite()
    assert again.status == 200 and media_address(again) == media_address(call.ok)
    assert call.bye().status == 200
    other = Call(open_(um.block.stranger)).open()
    assert f"@{um.block.door}:5060" in between(other.ok.get("Contact"))
    assert media_address(other.ok)[0] == um.block.door
    other.bye()


def test_sound_passes_behind_an_external_address(make):
    """What is written is not what is bound: the router in between sends it there."""
    um = make({"trunk proxied": {"external_address": "203.0.113.7"}}).start()
    caller = Caller(um, um.udp())
    caller.dial()
    caller.rtp.to((um.block.door, media_address(caller.call.ok)[1]))
    caller.listen_to_the_greeting()
    caller.rtp.play(speech(0, 1.5))
    caller.hang_up()
    assert len(um.wait_recordings()) == 1
