"""What the first INVITE said of the diversion is not lost with the 302: a second INVITE that says
nothing of it (Asterisk) goes to the worker with what the first one said; one that says it itself
(AudioCodes, FreeSWITCH) goes as it came."""

import os
import signal

from harness.sip import Call, redirected
from harness.voice import Caller
from harness.wait import until

DIVERSION = "Diversion: <sip:{}@pbx.example.com>;reason=no-answer;counter=1\r\n"


def follower(um, **how):
    return Call(um.udp(um.block.redirected, to=um.slot_port()), **how)


def mailbox(um, call, fields=""):
    """Whose mailbox the worker takes the call for."""
    call.open(fields=fields)
    shown = shown_as(um, call)["called"]
    assert call.bye().status == 200
    return shown


def shown_as(um, call):
    """The call's row in `um-ctl calls`; the one before may still be on its way out, and
    what the worker has read comes a moment after its answer."""
    return until("the call is shown", 5,
                 lambda: next((c for c in um.calls()
                              if c["call_id"] == call.call_id and c["called"]), None))


def recalled(um):
    return um.metrics()["um_diversions_recalled_total"]


def test_the_recording_is_for_the_mailbox_that_was_called(um):
    redirected(um.udp(um.block.redirected), DIVERSION.format(1002))
    caller = Caller(um, um.udp(um.block.redirected, to=um.slot_port()))
    caller.leave_message()
    found = um.wait_recordings()[0]
    assert found["RecipientName"] == "1002"
    assert found["CallAnswering"] == "True"
    assert recalled(um) == 1
    line = um.wait_log(f"call {caller.call.call_id}: says of its diversion")
    assert "Diversion: <sip:1002@pbx.example.com>" in line


def test_every_way_to_say_it(um):
    pbx = um.udp(um.block.redirected)
    for n, (fields, uri) in enumerate([
            (DIVERSION.format(1100), None),
            ("History-Info: <sip:1101@pbx.example.com?Reason=SIP%3Bcause%3D486>;index=1,\r\n"
             " <sip:3500@um.example.com>;index=1.1\r\n", None),
            ("x-nt-ocn-id: 1102\r\n", None),
            ("", "sip:3500@um.example.com;target=sip:1103%40pbx.example.com;cause=408"),
            ("Diversion: <sip:7777@pbx.example.com>;reason=deflection\r\n"
             "Diversion: <sip:1104@pbx.example.com>;reason=no-answer\r\n", None)]):
        redirected(pbx, fields, caller=f"230{n}", uri=uri)
        assert mailbox(um, follower(um, caller=f"230{n}")) == f"110{n}"
    assert recalled(um) == 5


def test_what_it_says_itself_is_left_alone(um):
    pbx = um.udp(um.block.redirected)
    redirected(pbx, DIVERSION.format(1002))
    assert mailbox(um, follower(um), DIVERSION.format(1003)) == "1003"
    redirected(pbx)  # a direct call has nothing to remember
    assert mailbox(um, follower(um)) == "3500"
    assert recalled(um) == 0


def test_a_diversion_that_names_the_pilot_says_nothing(um):
    """chan_sip makes one of the 302 itself: diverted by whom? By the number it was redirected from."""
    redirected(um.udp(um.block.redirected), DIVERSION.format(1002))
    assert mailbox(um, follower(um), DIVERSION.format(3500)) == "1002"


def test_prefixes_and_other_calls(um):
    pbx = um.udp(um.block.redirected)
    redirected(pbx, DIVERSION.format(1002))
    assert mailbox(um, follower(um, called="4711")) == "4711"  # another number
    assert mailbox(um, follower(um, caller="2102")) == "3500"  # another caller
    redirected(pbx, DIVERSION.format(1003), caller="2103")
    assert mailbox(um, follower(um, caller="2103", called="993500")) == "1003"
    assert recalled(um) == 1


def test_two_diversions_of_one_caller(um):
    """By From tag or Call-ID for sure; else in the order they were redirected, each once."""
    pbx = um.udp(um.block.redirected)
    for number in (1001, 1002, 1003):
        last = redirected(pbx, DIVERSION.format(number))
    known = follower(um)
    known.from_tag, known.cseq = last.from_tag, 2
    assert mailbox(um, known) == "1003"
    assert mailbox(um, follower(um)) == "1001"
    assert mailbox(um, follower(um)) == "1002"
    assert mailbox(um, follower(um)) == "3500"


def test_a_call_that_comes_back_to_the_service_port(um):
    pbx = um.udp(um.block.auto)
    redirected(pbx, DIVERSION.format(1002))
    assert mailbox(um, Call(pbx)) == "1002"  # perhaps it
    call = redirected(pbx, DIVERSION.format(1003), caller="2102")
    call.cseq = 2
    assert mailbox(um, call) == "1003"  # surely


def test_not_to_an_anonymous_stranger(um):
    """At the service port "anonymous" may be anybody."""
    pbx = um.udp(um.block.auto)
    redirected(pbx, DIVERSION.format(1002), caller="anonymous")
    assert mailbox(um, Call(pbx, caller="anonymous")) == "3500"
    other = um.udp(um.block.auto, to=um.slot_port())
    assert mailbox(um, Call(other, caller="anonymous")) == "1002"


def test_another_trunk_learns_nothing_of_it(um):
    call = redirected(um.udp(um.block.redirected), DIVERSION.format(1002))
    other = Call(um.udp(um.block.auto, to=um.slot_port()), call_id=call.call_id)
    other.from_tag = call.from_tag
    assert mailbox(um, other) == "3500"
    assert recalled(um) == 0


def test_nothing_gets_into_the_message_by_a_target(um):
    pbx = um.udp(um.block.redirected)
    evil = "sip:1002%40x%3E%0D%0AP-Asserted-Identity:%20<sip:9%40x>%0D%0AX:%20%22"
    redirected(pbx, uri=f"sip:3500@um.example.com;target={evil.replace('<', '%3C').replace('>', '%3E')}")
    call = follower(um)
    call.open()
    shown = shown_as(um, call)
    assert (shown["caller"], shown["called"]) == ("2101", "3500")
    call.bye()
    assert recalled(um) == 0


def test_the_worker_dies_before_it_answers(make):
    """The INVITE that is given to the next worker has it too."""
    um = make().start().wait_standby()
    redirected(um.udp(um.block.redirected), DIVERSION.format(1002))
    call = follower(um)
    pid = um.active()["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        call.ep.send(call.request("INVITE", body=call.offer()))
        until("the worker says nothing", 5, lambda: um.metrics()["um_invites_resent_total"] > 0)
    finally:
        os.kill(pid, signal.SIGKILL)
    answer = call.final("INVITE", 10)
    assert answer.status == 200, answer
    call.confirm(answer)
    call.ack()
    assert shown_as(um, call)["called"] == "1002"
    call.bye()
