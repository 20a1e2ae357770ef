"""INVITEs that share a Call-ID: what a proxy tries again by another route, what it sends by two at a time,
what a PBX dials again.  Only the very same INVITE is a retransmission (RFC 3261 17.2.3)."""

import pytest

from harness.sip import Call
from harness.wait import until


def again(ep, call, called="3500", **how):
    """The INVITE that a proxy makes of the same call: another branch and Request-URI, all else the same."""
    other = Call(ep, called=called, call_id=call.call_id, **how)
    other.from_tag = call.from_tag
    return other


@pytest.fixture
def picky(make):
    """Nobody but 2101 has a mailbox; 9999 gets 404."""
    um = make()
    (um.folder / "people.csv").write_text("extension,name\n2101,Anna\n")
    um.configure({"mailboxes": {"file": um.folder / "people.csv"},
                  "dialplan main": {"extension_length": 4, "unknown": 404}})
    return um.start()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_next_route_after_a_refusal(picky, transport):
    """A proxy tries in turn (16.6): after our 404 the same call comes for another number."""
    ep = getattr(picky, transport)()
    first = Call(ep, called="9999")
    refused = first.invite()
    assert refused.status == 404, refused
    first.ack_failure(refused)
    second = again(ep, first, "2101")
    assert second.invite().status == 200
    second.ack()
    until("it is for 2101", 2, lambda: [c["called"] for c in picky.calls()] == ["2101"])
    assert second.bye().status == 200


def test_a_call_that_is_over_dialled_again(um):
    """Some dial again with the Call-ID that they have: their CSeq begins anew, or goes on."""
    ep = um.udp()
    for same_tag in (False, True):
        first = Call(ep).open()
        assert first.bye().status == 200
        until("it is over", 2, lambda: not um.calls())
        second = again(ep, first) if same_tag else Call(ep, call_id=first.call_id)
        second.open()
        assert second.bye().status == 200


def test_a_late_copy_of_the_first_invite_begins_no_call(um):
    """Over UDP a datagram may come twice, even when all is over."""
    ep = um.udp()
    call = Call(ep).open()
    assert call.bye().status == 200
    until("it is over", 2, lambda: not um.calls())
    ep.send(call.invite_text)
    ep.silent(1, lambda m: m.get("Call-ID") == call.call_id and m.status >= 200)
    assert um.calls() == []


@pytest.mark.parametrize("when", ["answered", "held"])
def test_by_two_ways_at_a_time(make, when):
    """A forking proxy aims two branches at us (8.2.2.2): one call, and 482 for the other branch."""
    um = make({"recycle": {"standby": "no"}})
    um.start(ready=when == "answered")
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    ep = um.udp()
    first = Call(ep)
    second = again(ep, first, "2102")
    for call in (first, second):
        ep.send(call.request("INVITE", body=call.offer()))
    answers = {}
    while len(answers) < 2:
        m = ep.recv(20, lambda m: m.status >= 200)
        answers[m.get("Via").split("branch=")[1].split(";")[0]] = m
    by_status = {m.status: m for m in answers.values()}
    assert sorted(by_status) == [200, 482], answers
    first.confirm(by_status[200])
    first.cseq = 1
    first.ack()
    assert len(um.calls()) == 1
    assert first.bye().status == 200
    assert um.metrics()['um_refused_total{why="merged"}'] >= 1


def test_two_callers_with_one_call_id(um):
    """Another From tag is another call, whatever its Call-ID: both are up, each ends by itself."""
    ep = um.udp()
    first = Call(ep, called="2101").open()
    second = Call(ep, called="2102", call_id=first.call_id).open()
    assert first.ok.tag("To") != second.ok.tag("To")
    assert first.bye().status == 200
    assert second.reinvite().status == 200
    assert second.bye().status == 200
