"""CANCEL, retransmissions and the ACK of a failure meet the worker that has the call, also when a
recycle falls in between; what comes too late is answered by the supervisor."""

import time

from harness.evertrunk import SLOW
from harness.sip import Call, param
from harness.wait import until


def cancel_of(call):
    text = call.invite_text
    head = text[:text.index("\r\n\r\n")]
    keep = [l for l in head.split("\r\n")[1:] if l.split(":")[0].lower() in
            ("via", "from", "to", "call-id", "max-forwards")]
    cseq = f"CSeq: {call.cseq} CANCEL"
    return f"CANCEL {call.uri} SIP/2.0\r\n" + "\r\n".join(keep + [cseq]) \
        + "\r\nContent-Length: 0\r\n\r\n"


def test_a_retransmitted_invite_is_one_call(um):
    pbx = um.udp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    for _ in range(3):
        pbx.send(text)
    answer = call.final("INVITE")
    assert answer.status == 200
    call.confirm(answer)
    call.ack()
    time.sleep(0.3)
    assert um.metrics()["um_calls_started_total"] == 1
    assert call.bye().status == 200


def test_a_retransmission_after_a_recycle_stays_with_its_worker(um):
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx)
    call.invite()
    um.recycle()
    pbx.send(call.invite_text)
    again = call.final("INVITE")
    assert again.status == 200 and again.tag("To") == call.ok.tag("To")
    call.ack()
    assert um.metrics()["um_calls_started_total"] == 1
    assert call.bye().status == 200


def test_cancel_of_an_answered_call_does_no_harm(um):
    """The 200 crossed the CANCEL: 200 to the CANCEL with the dialog's tag, and the call stands."""
    pbx = um.udp()
    call = Call(pbx)
    call.invite()
    pbx.send(cancel_of(call))
    answer = call.final("CANCEL")
    assert answer.status in (200, 481), answer
    assert answer.tag("To") == call.ok.tag("To"), "a fresh tag, which a PBX may adopt"
    call.ack()
    assert call.reinvite().status == 200
    assert call.bye().status == 200


def test_cancel_of_a_call_that_is_held(make):
    """No worker is ready, the INVITE waits; CANCEL ends it: 200, then 487."""
    um = make().own_program()
    um.fake_worker("exec sleep 60")
    um.start(ready=False)
    until("alive", 5, lambda: um.http("/livez")[0] == 200)
    pbx = um.udp()
    call = Call(pbx)
    call.invite_text = call.request("INVITE", body=call.offer())
    pbx.send(call.invite_text)
    trying = pbx.recv(1, call.mine("INVITE", final=False), "100 Trying")
    assert trying.status == 100
    pbx.send(cancel_of(call))
    assert call.final("CANCEL", 1).status == 200
    answer = call.final("INVITE", 1)
    assert answer.status == 487, answer
    call.ack_failure(answer)


def test_cancel_of_a_call_that_nobody_knows(um):
    pbx = um.udp()
    call = Call(pbx)
    call.invite_text = call.request("INVITE", body=call.offer())
    pbx.send(cancel_of(call))
    assert call.final("CANCEL").status == 481


def test_what_comes_after_the_worker_has_left(um):
    """The call ended, its worker left: BYE again 200, anything else 481, an ACK nothing."""
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    generation = um.active()["generation"]
    bye = call.request("BYE", cseq=2)
    pbx.send(bye)
    assert call.final("BYE").status == 200
    um.recycle()
    until("the old worker has left", 5 * SLOW, lambda: all(
        s["generation"] != generation for s in um.status()["slots"]))
    pbx.send(bye)
    assert call.final("BYE").status == 200
    call.cseq = 3
    pbx.send(call.request("INVITE", body=call.offer()))
    answer = call.final("INVITE")
    assert answer.status == 481, answer
    call.ack_failure(answer)
    pbx.send(call.request("ACK", cseq=1))
    pbx.silent(0.5, call.mine(final=False))


def test_in_dialog_requests_of_a_call_that_never_was(um):
    pbx = um.udp()
    call = Call(pbx)
    call.to += ";tag=g1-nothing"
    pbx.send(call.request("BYE"))
    assert call.final("BYE").status == 481


def test_a_lost_ack_is_waited_for(um):
    """Without ACK the 200 is repeated (RFC 3261 13.3.1.4); the ACK then ends that."""
    pbx = um.udp()
    call = Call(pbx)
    call.invite()
    again = pbx.recv(2, call.mine("INVITE"), "the 200 again")
    assert again.status == 200 and param(again.get("To"), "tag") == call.ok.tag("To")
    call.ack()
    time.sleep(0.6)
    pbx.waiting.clear()
    pbx.silent(4.5, call.mine("INVITE"))
    assert call.bye().status == 200


def test_a_second_request_with_the_same_call_id_goes_to_the_same_worker(um):
    """REFER, INFO and UPDATE in a dialog over a recycle."""
    um.wait_standby()
    pbx = um.udp()
    call = Call(pbx).open()
    um.recycle()
    call.cseq += 1
    pbx.send(call.request("UPDATE"))
    assert call.final("UPDATE").status == 200
    call.cseq += 1
    pbx.send(call.request("INFO", body="Signal=1\r\nDuration=100\r\n",
                          content_type="application/dtmf-relay"))
    assert call.final("INFO").status // 100 in (2, 4)
    assert call.bye().status == 200
