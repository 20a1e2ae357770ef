"""Requests that RFC 3261 wants refused: 483, 416, 400, 505, 481; and noise that gets no answer at all.
After each of them the next call is answered."""

import socket

import pytest

from harness.sip import Call


def check_alive(um):
    assert Call(um.udp()).open().bye().status == 200
    assert um.running()


def test_max_forwards_0(um):
    pbx = um.udp()
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer(), max_forwards=0))
    answer = call.final("INVITE")
    assert answer.status == 483, answer
    call.ack_failure(answer)
    assert um.metrics()['um_refused_total{why="max-forwards"}'] == 1
    check_alive(um)


@pytest.mark.parametrize("uri", ["http://um.example.com/", "im:3500@um.example.com", "urn:x:y"])
def test_unknown_uri_scheme(um, uri):
    pbx = um.udp()
    call = Call(pbx, uri=uri)
    answer = call.invite()
    assert answer.status == 416, answer
    call.ack_failure(answer)


@pytest.mark.parametrize("uri", ["sip:3500@um.example.com", "sips:3500@um.example.com",
                                 "tel:+31205550100"])
def test_known_uri_schemes(um, uri):
    pbx = um.udp()
    call = Call(pbx, uri=uri)
    answer = call.invite()
    assert answer.status == 200, answer
    call.ack()
    call.bye()


BROKEN = {
    "no Call-ID": lambda t: drop(t, "Call-ID"),
    "no From": lambda t: drop(t, "From"),
    "no To": lambda t: drop(t, "To"),
    "no CSeq": lambda t: drop(t, "CSeq"),
    "CSeq of another method": lambda t: t.replace("1 INVITE", "1 BYE"),
    "CSeq without a number": lambda t: t.replace("CSeq: 1", "CSeq: one"),
    "CSeq beyond 32 bit": lambda t: t.replace("CSeq: 1", "CSeq: 4294967296999"),
    "Max-Forwards in words": lambda t: t.replace("Max-Forwards: 70", "Max-Forwards: many"),
    "a field without colon": lambda t: t.replace("Max-Forwards: 70", "Max-Forwards 70"),
    "two Call-IDs": lambda t: t.replace("Call-ID:", "Call-ID: other\r\nCall-ID:"),
    "Content-Length too long": lambda t: t.replace("Content-Length: ", "Content-Length: 9"),
    "Content-Length negative": lambda t: t.replace("Content-Length: ", "Content-Length: -"),
}


def drop(text, name):
    return "\r\n".join(l for l in text.split("\r\n") if not l.startswith(name + ":"))


@pytest.mark.parametrize("how", BROKEN)
def test_malformed_is_400(um, how):
    pbx = um.udp()
    call = Call(pbx)
    pbx.send(BROKEN[how](call.request("INVITE", body=call.offer())))
    answer = pbx.recv(2, lambda m: m.status >= 200, "an answer")
    assert answer.status == 400, answer
    assert um.metrics()['um_refused_total{why="malformed"}'] == 1
    check_alive(um)


def test_what_only_the_worker_cannot_read_is_400_too(um):
    """The supervisor looks at a few fields only; the refusal of the worker must get back, even though
    it leaves out the field that it could not read."""
    pbx = um.udp()
    call = Call(pbx, caller="2101%0d%0a%1b[31m")
    answer = call.invite()
    assert answer.status == 400, answer
    call.ack_failure(answer)
    check_alive(um)


def test_another_version_is_505(um):
    pbx = um.udp()
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer()).replace(" SIP/2.0\r\n", " SIP/3.0\r\n", 1))
    assert pbx.recv(2, lambda m: m.status >= 200).status == 505
    check_alive(um)


NOISE = {
    "nothing": b"", "one byte": b"\0", "CRLF": b"\r\n", "4 CRLF": b"\r\n\r\n",
    "zeros": b"\0" * 1400, "ff": b"\xff" * 60000, "a start line only": b"INVITE sip:a@b SIP/2.0\r\n",
    "no Via": b"OPTIONS sip:a@b SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\n"
              b"CSeq: 1 OPTIONS\r\n\r\n",
    "a response nobody asked for": b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKx\r\n"
              b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 300,
}


@pytest.mark.parametrize("what", NOISE)
def test_noise_is_dropped_on_udp(um, what):
    pbx = um.udp()
    pbx.send(NOISE[what])
    pbx.silent(0.3)
    check_alive(um)


@pytest.mark.parametrize("what", NOISE)
def test_noise_on_tcp(um, what):
    pbx = um.tcp()
    pbx.send(NOISE[what])
    try:
        pbx.recv(0.5)
    except AssertionError:
        pass
    check_alive(um)


def test_forged_inner_messages_from_outside(um):
    """Whoever guesses the inner addresses gains nothing: our Via parameters are signed or ignored,
    and the inner socket takes messages from workers only."""
    pbx = um.udp()
    call = Call(pbx).open()
    inner = (um.block.supervisor, 5064)
    worker = (um.block.worker, 5065)
    forged = (f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {um.block.supervisor}:5064;branch=z9hG4bKx;d=0\r\n"
              f"Via: SIP/2.0/UDP {pbx.ip}:{pbx.port};branch=z9hG4bKy\r\n"
              f"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: forged\r\n"
              f"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n")
    attacker = um.udp(um.block.stranger)
    for target in (inner, worker, (um.block.door, 5060)):
        attacker.send(forged, target)
        attacker.send(call.request("BYE", cseq=2), target)
    pbx.silent(0.5, lambda m: m.get("Call-ID") == "forged")
    assert call.reinvite().status == 200, "a stranger hung the call up"
    assert call.bye().status == 200


def test_nobody_else_reaches_a_workers_stream(um):
    """A worker listens for the supervisor alone, over TCP as over UDP."""
    for source, may in ((um.block.stranger, False), (um.block.supervisor, True)):
        with socket.socket() as s:
            s.bind((source, 0))
            s.settimeout(0.5)
            reached = s.connect_ex((um.block.worker, um.active()["port"])) == 0
            assert reached == may, f"from {source}: {reached}"


