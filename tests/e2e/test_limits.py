"""Every limit has its answer and its counter: size, header count, connections per source and in all,
slow and idle connections, calls of a trunk and in all, calls per second."""

import time

import pytest

from harness.evertrunk import SLOW
from harness.procs import resident_bytes
from harness.sip import Call
from harness.wait import until


def alive(um):
    assert Call(um.udp()).open().bye().status == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_too_large_is_513(um, transport):
    pbx = getattr(um, transport)()
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer(), fields=f"X-Large: {'x' * 20000}\r\n"))
    answer = call.final("INVITE")
    assert answer.status == 513, answer
    alive(um)


def test_a_body_announced_too_large_is_not_waited_for(um):
    pbx = um.tcp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    start = text.index("Content-Length: ")
    pbx.send(text[:start] + "Content-Length: 2000000000\r\n\r\nv=0")
    assert call.final("INVITE", 2).status == 513
    assert pbx.wait_closed(3), "the stream is out of step and must be closed"
    alive(um)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_too_many_fields_is_400(make, transport):
    um = make({"limits": {"headers": 40}}).start()
    pbx = getattr(um, transport)()
    call = Call(pbx)
    pbx.send(call.request("INVITE", body=call.offer(),
                          fields="".join(f"X-{n}: y\r\n" for n in range(60))))
    assert call.final("INVITE").status == 400
    alive(um)


def test_connections_per_source(make):
    um = make({"limits": {"connections_per_source": 3}}).start()
    first = [um.tcp() for _ in range(3)]
    for pbx in first:
        assert Call(pbx).open().bye().status == 200
    try:
        fourth = um.tcp()
        assert fourth.wait_closed(2), "the fourth connection stays open"
    except ConnectionError:
        pass
    assert um.metrics()['um_connections_total{result="refused"}'] >= 1
    for pbx in first:
        assert Call(pbx).open().bye().status == 200
    # another source is not hurt, and a place that is given back can be taken
    assert Call(um.tcp(um.block.redirected)).invite().status == 302
    first[0].close()
    time.sleep(0.2)
    assert Call(um.tcp()).open().bye().status == 200


def test_connections_in_all(make):
    um = make({"limits": {"connections": 4, "connections_per_source": 2}}).start()
    kept = [um.tcp(ip) for ip in (um.block.proxied, um.block.redirected) for _ in range(2)]
    try:
        assert um.tcp(um.block.auto).wait_closed(2)
    except ConnectionError:
        pass
    assert Call(kept[0]).open().bye().status == 200


def test_a_byte_at_a_time(make):
    um = make({"limits": {"message_time": "8s"}}).start()
    pbx = um.tcp()
    call = Call(pbx)
    text = call.request("INVITE", body=call.offer())
    for byte in text:
        pbx.send(byte)
        time.sleep(0.001)
    answer = call.final("INVITE")
    assert answer.status == 200, answer
    call.confirm(answer)
    call.ack()
    assert call.bye().status == 200


def test_too_slow_is_closed(make):
    um = make({"limits": {"message_time": "1s"}}).start()
    slow, quick = um.tcp(), um.tcp()
    slow.send("INVITE sip:3500@um.example.com SIP/2.0\r\nVia: ")
    for _ in range(12):
        try:
            slow.send("x")
        except OSError:
            break
        time.sleep(0.2)
    assert slow.wait_closed(2)
    assert um.metrics()['um_connections_total{result="slow"}'] == 1
    assert Call(quick).open().bye().status == 200


def test_idle_is_closed_and_a_keepalive_is_not_idle(make):
    um = make({"limits": {"connection_idle": "2s"}}).start()
    idle, busy = um.tcp(), um.tcp()
    for _ in range(6):
        busy.send("\r\n\r\n")
        assert busy.raw(1, 2) == b"\r\n"
        time.sleep(0.7)
    assert idle.wait_closed(2)
    assert um.metrics()['um_connections_total{result="idle"}'] == 1
    assert Call(busy).open().bye().status == 200


def test_crlf_keepalive(um):
    pbx = um.tcp()
    pbx.send("\r\n\r\n")
    assert pbx.raw(2, 2) == b"\r\n"
    pbx.send("\r\n")
    assert pbx.raw(0.3, 1) == b""
    pbx.send("\r\n\r\n" * 3)
    assert pbx.raw(2, 6) == b"\r\n" * 3
    call = Call(pbx).open()
    pbx.send("\r\n\r\n")
    assert pbx.raw(2, 2) == b"\r\n"
    assert call.bye().status == 200
    assert um.metrics()["um_keepalives_total"] == 5


def test_many_messages_in_one_write(um):
    pbx = um.tcp()
    calls = [Call(pbx) for _ in range(50)]
    pbx.send("".join(c.request("OPTIONS") for c in calls))
    for call in calls:
        assert call.final("OPTIONS").status == 200


def test_a_peer_that_does_not_read(um):
    """It gets so much and no more; nobody else waits for it."""
    pbx = um.tcp()
    memory = resident_bytes(um.pid)
    ping = Call(pbx).request("OPTIONS", fields=f"X: {'x' * 1000}\r\n").encode() * 20
    pbx.sock.settimeout(0.2)
    end = time.monotonic() + 6
    try:
        while time.monotonic() < end:
            pbx.sock.sendall(ping)
    except OSError:
        pass
    assert resident_bytes(um.pid) - memory < (8 << 20) * SLOW
    alive(um)


def test_calls_of_a_trunk(make):
    um = make({"trunk proxied": {"max_calls": 2}}).start()
    pbx = um.udp()
    up = [Call(pbx).open() for _ in range(2)]
    refused = Call(pbx)
    answer = refused.invite()
    assert answer.status == 480, answer
    refused.ack_failure(answer)
    assert um.metrics()['um_refused_total{why="limit"}'] == 1
    assert up[0].bye().status == 200
    until("a place is free", 3, lambda: Call(pbx).invite().status == 200, step=0.2)
    up[1].bye()


def test_calls_in_all(make):
    um = make({"limits": {"calls": 3, "pending": 3}}).start()
    pbx = um.udp()
    up = [Call(pbx).open() for _ in range(3)]
    refused = Call(pbx)
    answer = refused.invite()
    assert answer.status == 480, answer
    refused.ack_failure(answer)
    for call in up:
        call.bye()
    until("a place is free", 3, lambda: Call(pbx).invite().status == 200, step=0.2)


def test_new_calls_per_second(make):
    um = make({"trunk proxied": {"max_rate": 5}}).start()
    pbx = um.udp()
    answers = []
    for _ in range(20):
        call = Call(pbx)
        answer = call.invite()
        answers.append(answer.status)
        if answer.status == 200:
            call.ack()
            call.bye()
        else:
            call.ack_failure(answer)
    assert answers.count(200) <= 12 and answers.count(480) >= 5, answers
    time.sleep(1.2)
    assert Call(pbx).open().bye().status == 200


def test_rtp_ports_run_out(make):
    um = make({"rtp": {"ports": "21000-21003"}}).start()
    pbx = um.udp()
    up = [Call(pbx).open() for _ in range(2)]
    refused = Call(pbx)
    answer = refused.invite()
    assert answer.status in (480, 486, 500, 503), answer
    refused.ack_failure(answer)
    up[0].bye()
    until("a port is free", 3, lambda: Call(pbx).invite().status == 200, step=0.2)
