"""What does not come to an end leaves nothing behind: TLS handshakes broken off at every stage, TCP
connections that come and vanish, and strangers who only knock."""

import itertools
import os
import socket
import ssl
import time

import pytest

from harness.evertrunk import SANITIZED
from harness.procs import cpu_seconds, no_quarantine, resident_bytes
from harness.sip import Call
from harness.tls import Pki, tls
from harness.wait import until

ALLOWED = 5 << 20


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("pbx", "DNS:pbx.example.com")
    return p


@pytest.fixture
def um(make, pki):
    return no_quarantine(pki.setup(make({"limits": {"message_time": "2s"}}))).start()


def descriptors(um):
    return len(os.listdir(f"/proc/{um.pid}/fd"))


def options(endpoint):
    call = Call(endpoint)
    endpoint.send(call.request("OPTIONS"))
    return call.final("OPTIONS").status


def connect(ip, to):
    s = socket.socket()
    s.bind((ip, 0))
    s.settimeout(5)
    s.connect(to)
    return s


def broken_off(ip, to, context, stage):
    """A handshake that ends after `stage` bytes of ours; how depends on the stage, too."""
    raw = connect(ip, to)
    inner, outer = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(inner, outer)
    sent = 0
    try:
        while sent < stage:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
            piece = outer.read()[:stage - sent]
            raw.sendall(piece)
            sent += len(piece)
            if sent < stage:
                inner.write(raw.recv(65536))
    except OSError:
        pass
    if stage % 2:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
    raw.close()


def flat(um, run, times, warm):
    """Runs it `warm` times and then `times` times: no memory, no descriptors more than before."""
    for n in range(warm):
        run(n)
    until("no connection", 10, lambda: um.metrics()["um_trunk_connections"] == 0)
    memory, fds = resident_bytes(um.pid), descriptors(um)
    for n in range(times):
        run(n)
    until("no connection", 10, lambda: um.metrics()["um_trunk_connections"] == 0)
    until("the descriptors are back", 5, lambda: descriptors(um) <= fds)
    grown = resident_bytes(um.pid) - memory
    assert grown <= ALLOWED, f"grown by {grown >> 10} KiB"
    assert um.running()


def test_a_thousand_broken_handshakes(um, pki):
    context, to = pki.client("pbx"), (um.block.door, 5061)
    stages = itertools.cycle([0, 1, 5, 6, 100, 250, 400, 517, 600, 900, 1200, 1500])
    flat(um, lambda n: broken_off(um.block.proxied, to, context, next(stages)), 1000, 100)
    assert options(tls(um)) == 200
    assert um.metrics()['um_tls_handshakes_total{result="failed"}'] >= 900


def test_a_thousand_good_ones(um, pki):
    """Mutual TLS, one request, and away without a word."""
    context = pki.client("pbx")

    def run(_n):
        pbx = tls(um, context)
        assert options(pbx) == 200
        um.closing.remove(pbx)
        pbx.close()

    flat(um, run, 1000, 100)


def test_ten_thousand_tcp_connections(um):
    """Some are closed, some reset, some said the half of a message."""
    to = (um.block.door, 5060)
    half = b"OPTIONS sip:um SIP/2.0\r\nVia: SIP/2.0/TCP x"

    def run(n):
        s = connect(um.block.proxied, to)
        if n % 3 == 1:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if n % 3 == 2:
            s.sendall(half)
        s.close()

    flat(um, run, 10000, 500)
    assert options(um.tcp()) == 200


def test_who_says_nothing_is_let_go(um):
    """A connection to a TLS door that never begins its handshake ends after limits.message_time."""
    silent = [connect(um.block.proxied, (um.block.door, 5061)) for _ in range(5)]
    start = time.monotonic()
    for s in silent:
        assert s.recv(1) == b""
        s.close()
    assert 1.5 < time.monotonic() - start < 6


def test_strangers_do_not_keep_a_trunk_out(um):
    """As many strangers as like to come: most are turned away, and a trunk gets its handshake. The
    supervisor does not burn for them."""
    to = (um.block.door, 5061)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    cpu, start = cpu_seconds(um.pid), time.monotonic()
    refused = 0
    while time.monotonic() - start < 3:
        try:
            context.wrap_socket(connect(um.block.stranger, to)).close()
        except OSError:
            refused += 1
    pbx = tls(um)
    assert options(pbx) == 200
    assert refused > 50
    if not SANITIZED:
        assert cpu_seconds(um.pid) - cpu < 1.5
    done = um.metrics()['um_tls_handshakes_total{result="full"}']
    assert done <= 50 * 5 + 1, f"{done} handshakes in some 3 seconds"
