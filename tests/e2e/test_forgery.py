"""Nothing that a trunk sends can name what is inside: no parameter of our Via, no sealed branch, no
worker's address, no generation and no call but its own."""

import itertools
import re

import pytest

from harness.evertrunk import SLOW
from harness.rtp import PCMU, speech
from harness.sip import Call, Udp
from harness.voice import Caller
from harness.wait import until

# what our own Via says to a worker, and what it says on our own requests
OURS = ";d=1;c=3;t=1;a=7f00000113c9;k=victim;p=cs1000;own=1;test"


def started(um):
    return um.metrics()["um_calls_started_total"]


def count(um, series):
    return um.metrics().get(series, 0)


def with_via(text, extra):
    """The request with `extra` behind its own Via's parameters."""
    at = text.index("\r\n", text.index("Via: "))
    return text[:at] + extra + text[at:]


def changed(call, fn):
    """The call, with every request of it changed by `fn`."""
    plain = call.request
    call.request = lambda *a, **k: fn(plain(*a, **k))
    return call


# -- our Via

@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_parameters_of_our_via_in_its_own(um, transport):
    """Door, connection, peer, trunk and profile of another; and "test", which would make it a call
    that nobody counts or records."""
    pbx = getattr(um, transport)()
    below = f"Via: SIP/2.0/UDP {um.block.supervisor}:5064;branch=z9hG4bKinner{OURS}\r\n"
    caller = Caller(um, pbx)
    changed(caller.call, lambda t: with_via(t, OURS))
    caller.dial(fields=below)
    until("the call is counted", 2, lambda: started(um) == 1)
    vias = caller.call.ok.all("Via")
    assert len(vias) == 2 and OURS in vias[0]
    assert vias[1] == f"SIP/2.0/UDP {um.block.supervisor}:5064;branch=z9hG4bKinner{OURS}"
    assert [c["trunk"] for c in um.calls()] == ["proxied"]
    if transport == "udp":
        caller.listen_to_the_greeting()
        caller.rtp.play(speech(PCMU, 1.2))
    caller.hang_up()
    if transport == "udp":
        um.wait_recordings()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("line", [" ;test", "\t;d=3;c=9", " ,SIP/2.0/UDP x;branch=z9hG4bK1", " x"])
def test_a_first_line_that_would_continue_ours(um, transport, line):
    """What we put behind the start line must not go on with words of his."""
    pbx = getattr(um, transport)()
    call = Call(pbx)
    start, rest = call.request("INVITE", body=call.offer()).split("\r\n", 1)
    pbx.send(f"{start}\r\n{line}\r\n{rest}")
    assert call.final("INVITE").status == 400
    assert started(um) == 0 and um.calls() == []


# -- responses

def answer_to_nothing(call, via, method="BYE", code="200 OK"):
    return (f"SIP/2.0 {code}\r\nVia: {via}\r\nFrom: <sip:3500@um>;tag=g1-0123456789abcdef\r\n"
            f"To: <sip:2101@pbx>;tag={call.from_tag}\r\nCall-ID: {call.call_id}\r\n"
            f"CSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n")


def test_responses_to_requests_never_sent(um):
    pbx = um.udp()
    call = Call(pbx).open()
    generation = um.active()["generation"]
    door, inner = f"SIP/2.0/UDP {um.block.door}:5060", f"SIP/2.0/UDP {um.block.supervisor}:5064"
    forged = [f"{door};branch=z9hG4bK{'0' * 16}.{generation}.z9hG4bKx",
              f"{door};branch=z9hG4bK{'f' * 16}.0.00000001",
              f"{door};branch=z9hG4bK{'a' * 16}.{generation}.{'b' * 400}",
              f"{door};branch=z9hG4bK", f"{door};branch=x", door,
              f"{inner};branch=z9hG4bK0123456789abcdef{OURS}",
              f"SIP/2.0/UDP {um.block.worker}:5065;branch=z9hG4bK1"]
    for via, method, code in itertools.product(forged, ("BYE", "INVITE", "OPTIONS"),
                                               ("200 OK", "503 Service Unavailable", "100 Trying")):
        pbx.send(answer_to_nothing(call, via, method, code))
    until("all are dropped as forged", 3,
          lambda: count(um, 'um_dropped_total{why="forged"}') == 9 * len(forged))
    assert call.reinvite().status == 200
    assert call.bye().status == 200


def test_a_seal_is_good_for_its_own_call(um):
    """The branch of a real BYE of ours, on an answer that says another Call-ID; then on its own,
    from another trunk's host, which RFC 3261 18.1.2 lets answer."""
    pbx = um.udp()
    caller, other = Caller(um, pbx).dial(), Call(pbx).open()
    caller.listen_to_the_greeting()
    caller.rtp.digit("#")
    bye = pbx.recv(3 * SLOW, lambda m: m.method == "BYE" and not m.status, "our BYE")
    pbx.send(answer_to_nothing(other, bye.get("Via")))
    until("it is dropped", 2, lambda: count(um, 'um_dropped_total{why="forged"}') == 1)
    pbx.recv(2 * SLOW, lambda m: m.method == "BYE" and m.raw == bye.raw, "our BYE again")
    pbx.answer(bye)
    assert other.bye().status == 200


# -- generations

def test_a_tag_of_a_generation_names_no_call(um):
    """It brings a request to that worker, and to none of its calls."""
    victim = Call(um.udp()).open()
    generation, other = um.active()["generation"], um.udp(um.block.redirected)
    for tag in (f"g{generation}-0123456789abcdef", victim.ok.tag("To"), f"g{generation + 1}-x",
                "g0-x", "g4294967295-x", f"g{generation}-", "g-1-x"):
        for method in ("BYE", "INVITE", "UPDATE", "CANCEL"):
            guess = Call(other)
            guess.to = f"<sip:3500@um.example.com>;tag={tag}"
            other.send(guess.request(method, body=guess.offer() if method == "INVITE" else ""))
            assert guess.final(method).status == 481, (method, tag)
    assert victim.reinvite().status == 200
    assert victim.bye().status == 200


# -- calls of others

def thief(um, victim, endpoint, from_tag=True, to_tag=True):
    """A call that says the victim's Call-ID, and his tags."""
    call = Call(endpoint, call_id=victim.call_id)
    call.target, call.cseq = victim.target, victim.cseq + 10
    if from_tag:
        call.from_tag = victim.from_tag
    if to_tag:
        call.to = victim.to
    return call


METHODS = ("BYE", "INVITE", "UPDATE", "REFER", "INFO", "NOTIFY", "PRACK", "MESSAGE", "OPTIONS")


def test_another_trunk_cannot_touch_a_call(um):
    """Whatever it knows of it.  The call goes on, and its BYE goes where it should."""
    pbx, other = um.udp(), um.udp(um.block.redirected)
    caller = Caller(um, pbx).dial()
    for from_tag, to_tag in itertools.product((True, False), repeat=2):
        for method in METHODS:
            call = thief(um, caller.call, other, from_tag, to_tag)
            call.media_port = 9
            other.send(call.request(method, body=call.offer() if method == "INVITE" else ""))
            want = 481
            if not to_tag and method in ("INVITE", "OPTIONS"):
                want = 482 if method == "INVITE" else 200  # OPTIONS outside a call asks for us
            assert call.final(method).status == want, (method, from_tag, to_tag)
        call = thief(um, caller.call, other, from_tag, to_tag)
        other.send(call.request("CANCEL", cseq=1, to=f"<sip:3500@{call.host}>"))
        assert call.final("CANCEL").status == 481
        other.send(call.request("ACK"))
    assert count(um, 'um_refused_total{why="other-trunk"}') == 4 * (len(METHODS) + 1) - 2
    assert [c["trunk"] for c in um.calls()] == ["proxied"]
    caller.listen_to_the_greeting()
    assert len(caller.rtp.heard(PCMU)) > 20
    caller.rtp.digit("#")
    caller.call.hung_up(3 * SLOW)
    other.silent(0.2, lambda m: not m.status)


def test_another_trunk_cannot_cancel_an_unanswered_call(make):
    """No worker yet: the INVITE is held, and only its own trunk can take it back."""
    um = make({"limits": {"hold": "3s"}, "worker": {"stop_grace": "1s"}}).own_program()
    um.fake_worker("sleep 60")
    um.start(ready=False)
    until("doors answer", 5, lambda: um.http("/livez")[0] == 200)
    pbx, other = um.udp(), um.udp(um.block.redirected)
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer()))
    pbx.recv(2, call.mine("INVITE", final=False), "100 Trying")
    false = Call(other, call_id=call.call_id)
    for method in ("CANCEL", "BYE", "INVITE"):
        other.send(false.request(method, branch=call.branch))
        assert false.final(method).status == (482 if method == "INVITE" else 481)
    pbx.silent(0.3)
    pbx.send(call.request("CANCEL", branch=call.branch))
    assert call.final("CANCEL").status == 200
    assert call.final("INVITE").status == 487


def test_a_proxy_may_try_again_by_another_trunk(make):
    """The same INVITE (Call-ID, CSeq, From tag) comes by a second trunk when the first has had its
    refusal: that is a call, not a repeat."""
    um = make({"trunk proxied": {"max_rate": 1}})
    um.configure({"trunk redirected": {"mode": "proxy"}})
    um.start()
    first, second = um.udp(), um.udp(um.block.redirected)
    for _ in range(5):  # until the first's limit of a second is reached
        call = Call(first)
        answer = call.invite()
        if answer.status == 480:
            break
        call.ack()
        call.bye()
    assert answer.status == 480
    call.ack_failure(answer)
    call.ep = second
    call.open()
    assert call.bye().status == 200


def test_a_dialog_of_the_same_trunk(make):
    """Another address of the trunk that began the call may speak in it, with both tags (RFC 3261
    12.2.2); with a wrong one it is refused and moves nothing."""
    um = make()
    um.configure({"trunk proxied": {"source": f"{um.block.proxied} {um.block.ip(14)}"}})
    um.start()
    pbx, twin = um.udp(), um.udp(um.block.ip(14))
    caller = Caller(um, pbx).dial()
    call = caller.call
    wrong = f"{call.to.split(';tag=')[0]};tag=g{um.active()['generation']}-0000000000000000"
    for method in ("BYE", "INVITE", "UPDATE"):
        guess = thief(um, call, twin)
        twin.send(guess.request(method, to=wrong, body=guess.offer() if method == "INVITE" else ""))
        assert guess.final(method).status == 481, method
        guess = thief(um, call, twin, from_tag=False)
        twin.send(guess.request(method, body=guess.offer() if method == "INVITE" else ""))
        assert guess.final(method).status == 481, method
    caller.listen_to_the_greeting()
    caller.rtp.digit("#")
    bye = pbx.recv(3 * SLOW, lambda m: m.method == "BYE" and not m.status, "the BYE")
    pbx.answer(bye)
    assert bye.uri == f"sip:2101@{um.block.proxied}:{pbx.port};transport=udp"
    right = Call(pbx).open()
    right.ep = twin
    assert right.bye().status == 200


# -- addresses inside

def inside(um):
    """Where only we may send."""
    b = um.block
    return [f"{b.worker}:5065", f"{b.worker}:5067", f"{b.supervisor}:5064", f"{b.door}:5060",
            f"{b.worker}:9", "0.0.0.0:5060", "255.255.255.255:5060", "224.0.1.75:5060"]


def dialled(um, pbx, contact=None, fields=""):
    """A call whose Contact is as given, or with `fields`."""
    caller = Caller(um, pbx)
    if contact:
        changed(caller.call, lambda t: re.sub(r"Contact: .*?\r\n", f"Contact: {contact}\r\n", t))
    return caller.dial(fields=fields)


def test_a_contact_or_route_that_names_the_inside(um):
    """The BYE goes to the PBX itself, as for a Contact that is a name; nothing goes in there."""
    pbx, callers = um.udp(), []
    for n, where in enumerate(inside(um)):
        host, port = where.rsplit(":", 1)
        callers += [dialled(um, pbx, *words) for words in (
            (f"<sip:2101@{where}>",),
            (f"<sip:2101@pbx.example.com:{port};maddr={host}>",),
            (None, f"Record-Route: <sip:{where};lr>\r\n"),
            (None, f"Record-Route: <sip:{where};lr;transport=tcp>, <sip:{where}>\r\n"))[n % 2::2]]
    callers[-1].listen_to_the_greeting()
    for caller in callers:
        caller.rtp.digit("#")
    for caller in callers:
        caller.call.hung_up(5 * SLOW)
    assert um.metrics()["um_worker_exits_unexpected_total"] == 0
    assert count(um, 'um_dropped_total{why="stray"}') == 0
    assert len(re.findall("names .* as its address: not sent there", um.log)) >= len(callers)
    assert Call(pbx).open().bye().status == 200


def test_a_request_uri_or_route_that_names_the_inside(um):
    """They are no reason to send anything anywhere: it is a call like any other."""
    pbx = um.udp()
    for where in inside(um):
        call = Call(pbx, uri=f"sip:3500@{where}")
        call.open(fields=f"Route: <sip:{where};lr>\r\n")
        assert call.bye().status == 200
        host = where.split(":")[0]
        call = Call(pbx, uri=f"sip:3500@um.example.com;maddr={host}")
        call.open(fields=f"Route: <sip:um.example.com;lr;maddr={host}>\r\n")
        assert call.bye().status == 200


def test_a_via_maddr_that_names_the_inside(um):
    pbx = um.udp()
    for where in inside(um):
        host = where.split(":")[0]
        call = changed(Call(pbx), lambda t, h=host: with_via(t, f";maddr={h}"))
        pbx.send(call.request("OPTIONS"))
        assert call.final("OPTIONS").status == 200
        assert call.open().bye().status == 200


def test_a_via_maddr_of_the_trunks_own(um):
    """RFC 3261 18.2.2: the answer goes there, to the sent-by port, whatever rport says."""
    ear = Udp(um.block.ip(32), None, 5071)
    um.closing.append(ear)
    pbx = um.udp()
    call = Call(pbx)
    text = with_via(call.request("OPTIONS"), f";maddr={ear.ip}")
    pbx.send(text.replace(f"UDP {pbx.ip}:{pbx.port}", f"UDP {pbx.ip}:{ear.port}"))
    assert ear.recv(2, what="the answer at maddr").status == 200
    pbx.silent(0.2)


def test_a_stranger_cannot_aim_our_answers(um):
    """Neither with maddr nor with received: his answer goes to where he is."""
    ear = Udp(um.block.ip(33), None, 5072)
    um.closing.append(ear)
    pbx = um.udp(um.block.stranger)
    for extra in (f";maddr={ear.ip}", f";received={ear.ip}", f";maddr={ear.ip};received={ear.ip}"):
        call = Call(pbx)
        pbx.send(with_via(call.request("INVITE", body=call.offer()), extra)
                 .replace(f"UDP {pbx.ip}:{pbx.port}", f"UDP {ear.ip}:{ear.port}"))
        assert call.final("INVITE", 2).status == 403
    ear.silent(0.2)


# -- floods

def test_floods_of_a_trunk(um):
    """BYE, CANCEL and ACK for calls that never were, repeats of one number, numbers that go back: each
    is answered or dropped, and calls go on."""
    pbx, generation = um.udp(), um.active()["generation"]
    victim = Call(pbx).open()
    for n in range(300):
        ghost = Call(pbx)
        ghost.to += f";tag=g{generation}-{n:016x}"
        for method in ("BYE", "ACK", "CANCEL"):
            pbx.send(ghost.request(method))
        if n % 20 == 19:  # no more than the sockets hold
            assert ghost.final("BYE").status == 481
    pbx.waiting.clear()
    victim.cseq = 5
    assert victim.reinvite().status == 200
    answers = []
    for cseq in (6, 6, 3, 1, 0, 6):  # the number in use, and lower ones (RFC 3261 12.2.2: 500)
        pbx.send(victim.request("INVITE", cseq=cseq, body=victim.offer()))
        answers.append(victim.final("INVITE", 3).status)
    assert all(status in (200, 400, 482, 500) for status in answers), answers
    for _ in range(200):
        pbx.send(victim.request("BYE", cseq=9, branch="z9hG4bKthe-same-one"))
    assert victim.final("BYE").status == 200
    until("the call is over", 3, lambda: um.calls() == [])
    assert um.active()["generation"] == generation
    assert um.metrics()["um_worker_exits_unexpected_total"] == 0
    assert Call(pbx).open().bye().status == 200
