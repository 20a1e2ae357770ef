"""How peers use TCP: one connection for all calls, one a call, one a request; silent for hours; and Evertrunk
through all of it, over a real wire."""

import random
import time

import pytest

from harness.evertrunk import SLOW
from harness.sip import Call
from harness.wait import until

US, PBX = "192.0.2.20", "192.0.2.10"


@pytest.fixture
def hosts(net):
    host, pbx = net.space("um"), net.space("pbx")
    net.wire(host, f"{US}/24", pbx, f"{PBX}/24")
    return host, pbx


@pytest.fixture
def um(hosts, make_on):
    um = make_on(hosts[0], US, {"pbx": {"source": PBX, "mode": "proxy"}})
    um.pbx = hosts[1]
    return um


def test_one_connection_for_all_calls(um):
    """Forty calls, interleaved, half of them on a worker that is replaced meanwhile."""
    um.wait_standby()
    pbx = um.pbx.tcp(PBX, (US, 5060))
    up = []
    for n in range(40):
        up.append(Call(pbx).open())
        if n == 20:
            um.recycle("--reason", "connections")
    random.Random(1).shuffle(up)
    for call in up:
        assert call.reinvite().status == 200
        assert call.bye().status == 200
    assert len(um.connections()) == 1
    assert um.metrics()['um_connections_total{result="accepted"}'] == 1


def test_one_connection_a_call(um):
    """Each is closed with its call; none is left."""
    for _ in range(3):
        up = [Call(um.pbx.tcp(PBX, (US, 5060))).open() for _ in range(8)]
        assert len(um.connections()) == 8
        for call in up:
            assert call.bye().status == 200
            call.ep.close()
        until("they are gone", 3, lambda: not um.connections())


def test_one_connection_a_request(um):
    """INVITE, ACK, re-INVITE, ACK, BYE: each on its own, each answered on its own; with two calls at
    a time, and to each of the doors."""
    def fresh(call, port=5060):
        call.ep.close()
        call.ep = um.pbx.tcp(PBX, (US, port))

    calls = [Call(um.pbx.tcp(PBX, (US, port))) for port in (5060, 5065, 5067)]
    for call in calls:
        assert call.invite().status == 200
    for call in calls:
        fresh(call)
        call.ack()
    for call, port in zip(calls, (5067, 5060, 5065)):
        fresh(call, port)
        call.cseq += 1
        call.ep.send(call.request("INVITE", body=call.offer(version=2)))
        answer = call.final("INVITE")
        assert answer.status == 200 and call.ep.waiting == []
    for call in calls:
        fresh(call)
        call.ack()
        fresh(call)
        assert call.bye().status == 200
    assert um.metrics()['um_connections_total{result="accepted"}'] >= 15
    assert um.metrics()['um_connections_total{result="opened"}'] == 0


def test_request_and_keepalive_in_pieces_and_heaps(um):
    """Segments do not end where messages end."""
    pbx, dice = um.pbx.tcp(PBX, (US, 5060)), random.Random(2)
    calls = [Call(pbx) for _ in range(12)]
    stream = "".join("\r\n\r\n" * dice.randrange(3) + c.request("OPTIONS") for c in calls)
    while stream:
        cut = dice.choice((1, 3, 40, 700, 1600))
        pbx.send(stream[:cut])
        stream = stream[cut:]
        time.sleep(0.002)
    for call in calls:
        assert call.final("OPTIONS").status == 200


def test_hours_of_silence(hosts, make_on):
    """connection_idle = 0: no number of idle looks closes it, and neither does a recycle; the kernel's
    own questions are all that travels."""
    um = make_on(hosts[0], US, {"pbx": {"source": PBX, "mode": "proxy"}},
                 {"limits": {"connection_idle": "0"}})
    pbx = hosts[1].tcp(PBX, (US, 5060))
    call = Call(pbx).open()
    um.wait_standby()
    um.recycle("--reason", "silence")
    time.sleep(3)
    assert "timer:(keepalive," in um.connections()[0]
    assert call.reinvite().status == 200
    pbx.send("\r\n\r\n")
    assert pbx.raw(2, 2) == b"\r\n"
    assert call.bye().status == 200
    assert len(um.connections()) == 1


def test_silence_counts_as_long_as_nothing_comes(hosts, make_on):
    """A short limit stands for a long one: ping-pong keeps one connection, a call without packets does
    not keep the other; the call lives on all the same."""
    um = make_on(hosts[0], US, {"pbx": {"source": PBX, "mode": "proxy"}},
                 {"limits": {"connection_idle": "1s"}})
    kept, idle = hosts[1].tcp(PBX, (US, 5060)), hosts[1].tcp(PBX, (US, 5060))
    call = Call(idle).open()
    end = time.monotonic() + 3.5
    while time.monotonic() < end:
        kept.send("\r\n\r\n")
        assert kept.raw(1, 2) == b"\r\n"
        time.sleep(0.3)
    assert idle.wait_closed(1 * SLOW)
    assert len(um.connections()) == 1
    call.ep = kept
    assert call.bye().status == 200


def test_both_sides_close_at_the_same_time(um):
    """And in the middle of a message: nobody is left behind, nothing is counted as slow."""
    for n in range(20):
        pbx = um.pbx.tcp(PBX, (US, 5060))
        call = Call(pbx)
        text = call.request("INVITE", body=call.offer())
        pbx.send(text[:len(text) * n // 20])
        if n % 2:  # RST instead of FIN
            pbx.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")
        pbx.close()
    until("they are gone", 3, lambda: not um.connections())
    assert um.metrics()['um_connections_total{result="slow"}'] == 0
    assert um.metrics()["um_calls_started_total"] == 0
    assert Call(um.pbx.tcp(PBX, (US, 5060))).open().bye().status == 200


def test_small_answers_are_not_held_back(um):
    """TCP_NODELAY: no answer waits for the acknowledgement of the one before."""
    pbx = um.pbx.tcp(PBX, (US, 5060))
    calls = [Call(pbx) for _ in range(30)]
    took = []
    for call in calls:
        start = time.monotonic()
        pbx.send(call.request("OPTIONS"))
        call.final("OPTIONS")
        took.append(time.monotonic() - start)
    took.sort()
    assert took[len(took) // 2] < 0.02 * SLOW, took  # Nagle and a delayed ACK: 40 ms each
