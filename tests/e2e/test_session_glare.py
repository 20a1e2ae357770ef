"""Our session refresh meets a re-INVITE of theirs (RFC 3261 14.1): they answer 491, and it is tried again a
moment later, by UPDATE and by re-INVITE; without it the session would end by its timer."""

import time

from harness.evertrunk import SLOW
from harness.sip import Call

TIMER = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\nMin-SE: 90\r\n"
PATIENT = {"recording": {"idle_timeout": "5m"}, "rtp": {"timeout": "0"}}  # nobody speaks


def refreshed(call, method):
    """The next refresh of ours."""
    return call.ep.recv(60, lambda m: not m.status and m.method == method, f"a refresh by {method}")


def accept(call, refresh):
    """A 200 that keeps the session; to a re-INVITE without an offer it makes one, and the ACK answers it."""
    extra = (f"Contact: <sip:2101@{call.ep.ip}:{call.ep.port};transport=tcp>\r\n"
             "Supported: timer\r\nRequire: timer\r\nSession-Expires: 90;refresher=uac\r\n")
    if refresh.method == "UPDATE":
        call.ep.answer(refresh, extra=extra)
        return
    call.ep.answer(refresh, extra=extra + "Content-Type: application/sdp\r\n", body=call.offer(version=9))
    ack = call.ep.recv(5, lambda m: m.get("CSeq") == refresh.get("CSeq").replace("INVITE", "ACK"),
                       "the ACK")
    assert b"m=audio" in ack.body, ack


def talking(um, allow):
    call = Call(um.tcp())
    assert call.invite(fields=TIMER + f"Allow: {allow}\r\n").status == 200
    call.ack()
    return call


def test_our_refresh_is_tried_again(make):
    """Twice in vain, each a new request; and by the worker that drains, all the while."""
    um = make(PATIENT).start()
    some = "INVITE, ACK, BYE, CANCEL"
    calls = [(talking(um, some + ", UPDATE"), "UPDATE"), (talking(um, some), "INVITE")]
    um.wait_standby()
    um.recycle()
    for call, method in calls:
        seen = [refreshed(call, method)]
        met = time.monotonic()
        while len(seen) < 3:
            call.ep.answer(seen[-1], "491 Request Pending")
            seen.append(refreshed(call, method))
        assert time.monotonic() - met < 2 * 2.1 * SLOW + 1, method
        assert len({r.get("CSeq") for r in seen}) == 3, seen
        accept(call, seen[-1])
        call.ep.silent(3, lambda m: not m.status and m.method == method)
    for call, _ in calls:
        assert call.bye().status == 200
