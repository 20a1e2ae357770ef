"""Requests that belong to no call (the message waiting lamp) over TLS: our certificate is what the telephone
system knows us by, and what it does not like about it is said in the log."""

import ssl

import pytest

from harness.evertrunk import SLOW
from harness.scripted import CHANGES, Scripted
from harness.tls import Authority, Ear, Pki
from harness.wait import until


@pytest.fixture
def pki(tmp_path):
    p = Pki(tmp_path)
    p.ca.issue("pbx", "DNS:pbx.example.com")
    return p


@pytest.fixture
def start(make, pki):
    def one(certificate=None, **trunk):
        um = make(CHANGES)
        um.configure({"trunk proxied": {"address": f"{um.block.proxied}:5071", "transport": "tls",
                                        "domain": "pbx.example.com", **trunk}})
        pki.setup(um)
        if certificate:
            pki.ca.install(certificate, um.folder)
        um.start()
        um.worker = Scripted(um)
        return um
    return one


def is_notify(m):
    return not m.status and m.method == "NOTIFY"


def test_to_the_trunks_address(start, pki):
    um = start(tls_name="pbx.example.com", tls="required")
    ear = Ear(um, pki.server("pbx"), port=5071)
    um.worker.notify("sip:2101@pbx.example.com")
    pbx = ear.accept(4 * SLOW)
    shown = pbx.sock.getpeercert()
    assert ("DNS", "um.example.com") in shown["subjectAltName"]
    for _ in range(3):
        notify = pbx.recv(3 * SLOW, is_notify, "the NOTIFY")
        assert notify.get("Via").startswith(f"SIP/2.0/TLS {um.block.door}:5061;")
        pbx.answer(notify)
        assert um.worker.heard().status == 200
        um.worker.notify("sips:2101@pbx.example.com")  # on the same connection
    assert um.metrics()['um_connections_total{result="opened"}'] == 1


def test_to_who_is_somebody_else(start, pki):
    pki.ca.issue("other", "DNS:other.example.com")
    um = start(tls_name="pbx.example.com")
    ear = Ear(um, pki.server("other"), port=5071)
    um.worker.notify("sip:2101@pbx.example.com")
    pbx = ear.accept(4 * SLOW)
    assert pbx.wait_closed(5) and not pbx.buffer
    um.wait_log("TLS connection to .* refused: trunk proxied must show pbx.example.com; it has shown "
                "dns:other.example.com")


def test_a_pbx_that_does_not_know_our_root(start, pki, tmp_path):
    """TLS 1.3 tells us late, and we tell the operator."""
    other = Authority(tmp_path / "other", "other")
    um = start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.folder / "pbx.pem", pki.folder / "pbx.key")
    context.load_verify_locations(other.pem)
    context.verify_mode = ssl.CERT_REQUIRED
    ear = Ear(um, context, port=5071)
    um.worker.notify("sip:2101@pbx.example.com")
    with pytest.raises(OSError):
        ear.accept(4 * SLOW)
    line = um.wait_log("TLS (handshake|connection) with .*:5071 .*: the other side says: ")
    assert "unknown ca" in line, line


def test_the_wildcard_that_this_began_with(start, pki):
    """Calls in work, message waiting out does not: a telephone system that keeps to RFC 5922 closes a
    connection of ours whose certificate has a wildcard.  The log had said so at the start."""
    pki.ca.issue("wild", "DNS:*.example.com")
    um = start(certificate="wild")
    um.wait_log("has the wildcard \\*.example.com .* message waiting first of all, does not arrive")
    ear = Ear(um, pki.server("pbx"), port=5071)
    um.worker.notify("sip:2101@pbx.example.com")
    pbx = ear.accept(4 * SLOW)
    assert ("DNS", "*.example.com") in pbx.sock.getpeercert()["subjectAltName"]
    pbx.close()
    until("the connection is gone", 5, lambda: um.metrics()["um_trunk_connections"] == 0)
