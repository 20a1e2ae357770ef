"""Kamailio speaks TLS with us, both ends with a certificate: calls and BYEs of both ends through a recycle, and
one that shows the name of somebody else."""

import pytest

from harness.evertrunk import SLOW
from harness.kamailio import Kamailio
from harness.sipp import Sipp
from harness.tls import Pki
from harness.wait import until

CALLS, SPS, GATEWAY = 24, 11, 21


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    p = Pki(tmp_path_factory.mktemp("pki"))
    p.ca.issue("sps", "DNS:sps.example.com")
    p.ca.issue("stranger", "DNS:sps.example.org")
    return p


@pytest.fixture
def um(make, pki):
    um = make()
    um.configure({"trunk proxied": {"tls_name": "sps.example.com", "tls": "required"}})
    return pki.setup(um, host="um.example.com").start().wait_standby()


def sps(um, certificate="sps"):
    return Kamailio(um, um.block.ip(SPS), "tls", port=5061, certificate=certificate).start()


def gateway(um, scenario):
    return Sipp(um.folder / "sipp", scenario, um.block.ip(GATEWAY), f"{um.block.ip(SPS)}:5060", calls=CALLS,
                rate=CALLS, transport="u1", port=5060)


def test_calls_through_a_recycle(um):
    sps(um)
    with gateway(um, "cs1000.xml") as sipp:
        until("calls", 10, lambda: um.metrics()["um_calls_active"] >= 5, step=0.02)
        um.recycle()
        sipp.wait(30 * SLOW).all_good(CALLS)
    metrics = um.metrics()
    assert metrics["um_calls_started_total"] == CALLS
    assert 1 <= metrics['um_tls_handshakes_total{result="full"}'] <= 4, "a handshake for each call?"
    assert metrics['um_tls_handshakes_total{result="failed"}'] == 0


def test_we_hang_up(um):
    """The BYE of the old worker goes to its Record-Route, transport=tls."""
    sps(um)
    with gateway(um, "cs1000_hung_up.xml") as sipp:
        until("all are up", 15 * SLOW, lambda: um.metrics()["um_calls_active"] == CALLS, step=0.05)
        um.recycle("--now")
        sipp.wait(15 * SLOW).all_good(CALLS)
    assert um.history()[0]["cut"] == CALLS


def test_one_that_shows_another_name(um):
    sps(um, "stranger")
    with gateway(um, "cs1000.xml"):
        um.wait_log("trunk proxied must show sps.example.com; it has shown dns:sps.example.org", 15)
    assert um.metrics()["um_calls_started_total"] == 0
