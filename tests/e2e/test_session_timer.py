"""Session timers (RFC 4028) over weeks of calls: Min-SE 0 is no reason to refuse, too short an interval
gets 422, ours is offered, a refresh keeps the call."""

from harness.sip import Call


def test_a_pbx_with_timer(um):
    pbx = um.udp()
    call = Call(pbx)
    answer = call.invite(fields="Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 90\r\n")
    assert answer.status == 200, answer
    assert answer.get("Session-Expires").startswith("1800")
    call.ack()
    call.cseq += 1
    pbx.send(call.request("UPDATE", fields="Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n"))
    assert call.final("UPDATE").status == 200
    assert call.bye().status == 200


def test_min_se_0_of_the_cs1000(um):
    call = Call(um.udp())
    assert call.invite(fields="Supported: timer\r\nMin-SE: 0\r\n").status == 200
    call.ack()
    assert call.bye().status == 200


def test_too_short_is_422(um):
    call = Call(um.udp())
    answer = call.invite(fields="Supported: timer\r\nSession-Expires: 30\r\n")
    assert answer.status == 422, answer
    assert int(answer.get("Min-SE").split(";")[0]) >= 90
    call.ack_failure(answer)


def test_a_pbx_without_timer_is_not_bothered(um):
    call = Call(um.udp())
    answer = call.invite()
    assert answer.status == 200 and "timer" not in answer.get("Require")
    call.ack()
    call.bye()
